"""The frame before, as a network of several frames is given it."""

import numpy as np
import pytest

from depth_nodes.messages.camera import Camera
from depth_nodes.runtime.frame import Frame
from depth_nodes.runtime.preprocess import fit_image
from depth_nodes.runtime.previous_frame import PreviousFrame

CAMERA = Camera.from_fov(160, 120, 60.0)
FIT = fit_image(160, 120, 128, 96)
SECOND_NS = 1_000_000_000
DEPTH_M = 2.0  # so that 6 cm count


def frame(at_s, x_m=0.0, camera=CAMERA, scale=1.0):
    pose = np.eye(4)
    pose[0, 3] = x_m
    stamp_ns = None if at_s is None else round(at_s * SECOND_NS)
    image = np.zeros((camera.height_px, camera.width_px, 3), np.uint8)
    return Frame(
        image=image, camera=camera, stamp_ns=stamp_ns, world_from_camera=pose, scale=scale
    )


def network_image(value):
    return np.full((1, 3, 96, 128), value, np.float32)


class Camcorder:
    """Asks for the frame before each frame, and then gives that frame."""

    def __init__(self):
        self.previous = PreviousFrame()
        self.buffer = network_image(0.0)

    def see(self, frame, value=0.0):
        self.buffer[:] = value  # the estimator uses its memory again
        view = self.previous.of(frame, FIT)
        self.previous.keep(frame, self.buffer, np.full((96, 128), 1 / DEPTH_M, np.float32))
        return view


@pytest.fixture
def camcorder():
    return Camcorder()


def test_the_frame_before_and_the_way_to_it(camcorder):
    assert camcorder.see(frame(1.0, 2.0), 0.25) is None
    assert camcorder.previous.state == 'none yet'
    view = camcorder.see(frame(1.1, 2.5), 0.75)
    assert camcorder.previous.state == 'used'
    assert (view.image == 0.25).all()
    assert view.previous_from_current[0, 3] == 0.5
    np.testing.assert_allclose(view.intrinsics, CAMERA.resized(128, 96).matrix)
    assert (camcorder.see(frame(1.2, 3.0), 0.5).image == 0.75).all()


def test_a_slow_camera_is_given_the_newest_frame_that_is_far_enough_away(camcorder):
    """At 0.1 m/s and 30 Hz the frame before is 3 mm away, and that of 0.6 s before far enough."""
    views = [camcorder.see(frame(n / 30, n / 300)) for n in range(60)]
    assert all(view is None for view in views[:18])
    for view in views[19:]:
        assert 0.06 <= view.previous_from_current[0, 3] < 0.08


def test_a_camera_that_stands_has_none(camcorder):
    for n in range(100):
        assert camcorder.see(frame(n / 10, 1e-4 * (n % 3))) is None
        assert camcorder.previous.state == ('standing' if n else 'none yet')
    assert camcorder.see(frame(10.0, 0.5)) is not None


def test_what_counts_is_motion_over_depth_in_metres(camcorder):
    """Where depth is twice what the network says, so is the way."""
    camcorder.see(frame(1.0, 0.0, scale=2.0))
    assert camcorder.see(frame(1.1, 0.1, scale=2.0)) is None
    assert camcorder.see(frame(1.2, 0.13, scale=2.0)) is not None


def test_frames_grow_too_old(camcorder):
    """The camera has made a step and stood since, seen all the time."""
    camcorder.see(frame(0.0, 0.0))
    seen = [camcorder.see(frame(n / 10, 0.07)) is not None for n in range(1, 40)]
    assert seen == [n <= 20 for n in range(1, 40)]


def test_another_recording_starts_anew(camcorder):
    for later in (
        frame(0.5, 9.0),
        frame(0.5, 9.0),
        frame(9.0, 9.0),
        frame(9.1, 9.0, camera=Camera.from_fov(160, 120, 70.0)),
    ):
        camcorder.see(frame(later.stamp_ns / SECOND_NS + 0.4))
        assert camcorder.see(later) is None
        assert camcorder.previous.state == 'none yet'


def test_frames_without_pose_or_time_change_nothing(camcorder):
    camcorder.see(frame(1.0))
    blind = Frame(image=frame(1.0).image, camera=CAMERA, stamp_ns=SECOND_NS)
    for other in (blind, frame(None, 1.0)):
        assert camcorder.see(other) is None
        assert camcorder.previous.state == 'no pose'
    assert camcorder.see(frame(1.1, 1.0)) is not None
