from dataclasses import replace

import numpy as np
import pytest

from depth_nodes.messages.camera import Camera
from depth_nodes.ros import frame_changes
from depth_nodes.ros.frame_changes import FrameChanges, LENS, SIZE, TIME
from depth_nodes.runtime.frame import Frame

CAMERA = Camera.from_fov(160, 128, 70.0)
PERIOD_S = 0.1


@pytest.fixture
def changes_of(monkeypatch):
    """Shows one frame after the other, each with the time since the one before."""
    changes, now_s = FrameChanges(), 100.0
    monkeypatch.setattr(frame_changes.time, 'monotonic', lambda: now_s)

    def show(stamp_s: float, after_s: float = PERIOD_S, camera: Camera = CAMERA) -> dict[str, str]:
        nonlocal now_s
        now_s += after_s
        image = np.zeros((camera.height_px, camera.width_px, 3), np.uint8)
        return dict(changes.of(Frame(image=image, camera=camera, stamp_ns=round(stamp_s * 1e9))))

    return show


def test_a_stream_that_goes_on_has_none(changes_of):
    assert not any(changes_of(5.0 + frame * PERIOD_S) for frame in range(20))


@pytest.mark.parametrize('stamp_s', [0.0, 5.0, -3.0])
def test_stamps_that_stand_still_are_no_jump(changes_of, stamp_s):
    assert not any(changes_of(stamp_s) for _ in range(5))


@pytest.mark.parametrize(('stamp_s', 'text'), [(99.5, '-0.500 s'), (160.0, '+60.000 s')])
def test_a_jump_is_told_once(changes_of, stamp_s, text):
    changes_of(100.0)
    assert text in changes_of(stamp_s)[TIME]
    assert not changes_of(stamp_s + PERIOD_S)


@pytest.mark.parametrize('waited_s', [9.5, 10.0, 30.0])
def test_a_pause_is_no_jump(changes_of, waited_s):
    """Neither where the camera has stopped, nor where its frames were dropped."""
    changes_of(100.0)
    assert not changes_of(110.0, after_s=waited_s)


@pytest.mark.parametrize('rate', [0.1, 10.0])
def test_recordings_may_be_slower_and_faster(changes_of, rate):
    stamps = [100.0 + frame * PERIOD_S for frame in range(10)]
    assert not any(changes_of(stamp_s, after_s=PERIOD_S / rate) for stamp_s in stamps)


def test_another_size_and_another_lens(changes_of):
    small, zoomed = CAMERA.resized(80, 64), replace(CAMERA, fx_px=2 * CAMERA.fx_px)
    changes_of(1.0)
    assert changes_of(1.1, camera=small) == {SIZE: 'images are now 80x64 px, before 160x128 px'}
    assert not changes_of(1.2, camera=small)
    changes_of(1.3)
    told = changes_of(1.4, camera=zoomed)
    assert list(told) == [LENS]
    assert f'is {zoomed.fx_px:g} px, before {CAMERA.fx_px:g} px' in told[LENS]


def test_all_at_once(changes_of):
    changes_of(1.0)
    assert set(changes_of(0.0, camera=CAMERA.resized(80, 64))) == {TIME, SIZE}
