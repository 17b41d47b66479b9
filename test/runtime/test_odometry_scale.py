"""A textured wall that the camera moves along; the rest is in test_scale.py."""

from dataclasses import replace
import math

import cv2
import numpy as np
import pytest

from depth_nodes.messages.camera import Camera
from depth_nodes.runtime.odometry_scale import MAX_AGE_S, OdometryScale
from depth_nodes.runtime.scale_view import ScaleView

CAMERA = Camera.from_fov(320, 200, 70.0)
DEPTH_M = 3.0
SPEED_MPS = 0.5


def wall_view(at_s, factor=4.0, scale=1.0):
    random = np.random.default_rng(0)
    texture = cv2.GaussianBlur(random.integers(0, 256, (200, 900)).astype(np.float32), (0, 0), 2)
    texture = cv2.normalize(texture, None, 0, 255, cv2.NORM_MINMAX)
    shift_px = SPEED_MPS * at_s / DEPTH_M * CAMERA.fx_px
    matrix = np.float32([[1, 0, -shift_px], [0, 1, 0]])
    gray = cv2.warpAffine(texture, matrix, (320, 200)).astype(np.uint8)
    return ScaleView(
        depth_m=np.full((200, 320), DEPTH_M * scale / factor, np.float32),
        camera=CAMERA,
        scale=scale,
        image=np.repeat(gray[..., None], 3, axis=-1),
        at_s=at_s,
    )


def pose(at_s):
    world_from_camera = np.eye(4)
    world_from_camera[0, 3] = SPEED_MPS * at_s
    return world_from_camera


def test_scale_of_a_drive_along_a_wall():
    odometry = OdometryScale()
    found = [odometry.measure(wall_view(0.1 * i), pose(0.1 * i)) for i in range(12)]
    assert found[0] is None
    for one in filter(None, found):
        assert math.exp(one.log_scale) == pytest.approx(4.0, rel=0.05)
    assert sum(one is not None for one in found) >= 5


def test_what_the_depth_was_multiplied_with_does_not_matter():
    odometry = OdometryScale()
    for i in range(6):
        view = wall_view(0.1 * i, scale=1.0 + i)
        measurement = odometry.measure(view, pose(0.1 * i))
    assert math.exp(measurement.log_scale) == pytest.approx(4.0, rel=0.05)


def test_a_camera_that_stands_says_nothing():
    odometry = OdometryScale()
    still = wall_view(0.0)
    for i in range(10):
        assert odometry.measure(replace(still, at_s=0.1 * i), np.eye(4)) is None


def test_large_images_are_made_smaller():
    odometry = OdometryScale()
    for i in range(6):
        view = wall_view(0.1 * i)
        large = cv2.resize(view.image, (1280, 800))
        measurement = odometry.measure(replace(view, image=large), pose(0.1 * i))
    assert math.exp(measurement.log_scale) == pytest.approx(4.0, rel=0.05)


@pytest.mark.parametrize('break_s', [2 * MAX_AGE_S, -50.0])
def test_after_a_break_it_begins_anew(break_s):
    odometry = OdometryScale()
    for i in range(6):
        odometry.measure(wall_view(0.1 * i), pose(0.1 * i))
    later = [replace(wall_view(0.1 * i), at_s=break_s + 0.1 * i) for i in range(6)]
    found = [odometry.measure(view, pose(0.1 * i)) for i, view in enumerate(later)]
    assert found[0] is None
    assert math.exp(found[-1].log_scale) == pytest.approx(4.0, rel=0.05)


def test_with_another_camera_it_begins_anew():
    odometry = OdometryScale()
    for i in range(5):
        odometry.measure(wall_view(0.1 * i), pose(0.1 * i))
    view = wall_view(0.5)
    lower = replace(
        view,
        image=view.image[:150],
        depth_m=view.depth_m[:150],
        camera=CAMERA.cropped(0, 0, 320, 150),
    )
    assert odometry.measure(lower, pose(0.5)) is None


def test_without_a_pose_the_keyframe_is_dropped():
    odometry = OdometryScale()
    for i in range(5):
        odometry.measure(wall_view(0.1 * i), pose(0.1 * i))
    assert odometry.measure(wall_view(0.5), None) is None
    assert odometry.measure(wall_view(0.6), pose(0.6)) is None
