"""The frame before, as a network of several frames is given it."""

import numpy as np

from depth_nodes.messages.camera import Camera
from depth_nodes.runtime.frame import Frame
from depth_nodes.runtime.preprocess import fit_image
from depth_nodes.runtime.previous_frame import PreviousFrame

CAMERA = Camera.from_fov(160, 120, 60.0)
FIT = fit_image(160, 120, 128, 96)
SECOND_NS = 1_000_000_000


def frame(at_s, x_m=0.0, camera=CAMERA):
    pose = np.eye(4)
    pose[0, 3] = x_m
    stamp_ns = None if at_s is None else round(at_s * SECOND_NS)
    image = np.zeros((camera.height_px, camera.width_px, 3), np.uint8)
    return Frame(image=image, camera=camera, stamp_ns=stamp_ns, world_from_camera=pose)


def network_image(value):
    return np.full((1, 3, 96, 128), value, np.float32)


def test_the_frame_before_and_the_way_to_it():
    previous = PreviousFrame()
    buffer = network_image(0.25)
    assert previous.replaced_by(frame(1.0, 2.0), buffer, FIT) is None
    buffer[:] = 0.75  # the estimator uses its memory again
    view = previous.replaced_by(frame(1.1, 2.5), buffer, FIT)
    assert (view.image == 0.25).all()
    assert view.previous_from_current[0, 3] == 0.5
    np.testing.assert_allclose(view.intrinsics, CAMERA.resized(128, 96).matrix)
    view = previous.replaced_by(frame(1.2, 2.5), network_image(0.5), FIT)
    assert (view.image == 0.75).all()
    assert np.array_equal(view.previous_from_current, np.eye(4))


def test_another_recording_starts_anew():
    previous = PreviousFrame()
    for later in (
        frame(0.5),
        frame(0.5),
        frame(9.0),
        frame(9.1, camera=Camera.from_fov(160, 120, 70.0)),
    ):
        previous.replaced_by(frame(later.stamp_ns / SECOND_NS + 0.4), network_image(0.1), FIT)
        assert previous.replaced_by(later, network_image(0.2), FIT) is None


def test_frames_without_pose_or_time_change_nothing():
    previous = PreviousFrame()
    previous.replaced_by(frame(1.0), network_image(0.1), FIT)
    blind = Frame(image=frame(1.0).image, camera=CAMERA, stamp_ns=SECOND_NS)
    for other in (blind, frame(None)):
        assert previous.replaced_by(other, network_image(0.2), FIT) is None
    assert previous.replaced_by(frame(1.1), network_image(0.3), FIT) is not None
