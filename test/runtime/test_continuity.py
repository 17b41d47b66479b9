"""Which frames go on from the last one of their camera."""

import numpy as np
import pytest

from depth_nodes.messages.camera import Camera
from depth_nodes.runtime.continuity import Continuity, MAX_GAP_NS
from depth_nodes.runtime.frame import Frame

START_NS = 5_000_000_000


def frame(stamp_ns: int | None, width: int = 96, fov_deg: float = 60.0) -> Frame:
    image = np.zeros((64, width, 3), np.uint8)
    return Frame(image=image, camera=Camera.from_fov(width, 64, fov_deg), stamp_ns=stamp_ns)


@pytest.mark.parametrize(
    ('following', 'goes_on'),
    [
        (frame(START_NS + 33_000_000), True),
        (frame(START_NS + MAX_GAP_NS), True),
        (frame(START_NS + MAX_GAP_NS + 1), False),
        (frame(START_NS), False),
        (frame(START_NS - 1), False),
        (frame(START_NS + 33_000_000, width=128), False),
        (frame(START_NS + 33_000_000, fov_deg=61.0), False),
        (frame(None), False),
    ],
)
def test_after_a_frame(following, goes_on):
    continuity = Continuity()
    assert not continuity.goes_on(frame(START_NS))
    assert continuity.goes_on(following) == goes_on
    stamp_ns = following.stamp_ns
    again = frame(stamp_ns and stamp_ns + 1, following.camera.width_px)
    if again.camera == following.camera:
        assert continuity.goes_on(again)


def test_frames_without_stamps_come_one_after_the_other():
    continuity = Continuity()
    assert [continuity.goes_on(frame(None)) for _ in range(3)] == [False, True, True]
