import math

import numpy as np
import pytest

from depth_nodes.messages.camera import Camera
from depth_nodes.messages.range import points_from_depth
from depth_nodes.runtime.range_samples import scale_from_distance, scale_from_points
from depth_nodes.runtime.scale_view import ScaleView

CAMERA = Camera.from_fov(160, 120, 75.0)
# The x axis of the sensor is the optical axis; it is mounted 10 cm to the right of the camera.
CAMERA_FROM_SENSOR = np.array([[0, -1, 0, 0.1], [0, 0, -1, 0], [1, 0, 0, 0], [0, 0, 0, 1.0]])


def view(depth, scale=1.0):
    return ScaleView(
        depth_m=depth.astype(np.float32),
        camera=CAMERA,
        scale=scale,
        image=np.zeros((120, 160, 3), np.uint8),
        at_s=0.0,
    )


@pytest.fixture
def truth():
    columns = np.linspace(-1, 1, 160)
    return (4 + 2 * np.sin(3 * columns) + np.zeros((120, 1))).astype(np.float32)


def seen_by_sensor(truth):
    in_camera = points_from_depth(truth, CAMERA, 2000)
    sensor_from_camera = np.linalg.inv(CAMERA_FROM_SENSOR)
    moved = in_camera @ sensor_from_camera[:3, :3].T + sensor_from_camera[:3, 3]
    return moved.astype(np.float32)


@pytest.mark.parametrize('factor', [0.2, 1.0, 20.0])
def test_points_of_a_sensor_elsewhere(truth, factor):
    measurement = scale_from_points(
        view(truth / factor), seen_by_sensor(truth), CAMERA_FROM_SENSOR
    )
    assert math.exp(measurement.log_scale) == pytest.approx(factor, rel=0.001)


def test_what_the_depth_was_multiplied_with_counts_too(truth):
    points = seen_by_sensor(truth)
    measurement = scale_from_points(view(truth / 2, scale=3.0), points, CAMERA_FROM_SENSOR)
    assert math.exp(measurement.log_scale) == pytest.approx(6.0, rel=0.001)


def test_invalid_depth_and_invisible_points_are_left_out(truth):
    depth = truth.copy()
    depth[:40], depth[40:60], depth[60:80] = np.nan, np.inf, -np.inf
    points = np.concatenate([-seen_by_sensor(truth), seen_by_sensor(truth), [[np.nan] * 3]])
    measurement = scale_from_points(view(depth), points.astype(np.float32), CAMERA_FROM_SENSOR)
    assert measurement.log_scale == pytest.approx(0.0, abs=0.001)


def test_nothing_where_nothing_is_seen(truth):
    empty = np.zeros((0, 3), np.float32)
    assert scale_from_points(view(truth), empty, CAMERA_FROM_SENSOR) is None
    assert scale_from_points(view(truth), -seen_by_sensor(truth), CAMERA_FROM_SENSOR) is None


@pytest.mark.parametrize('factor', [0.2, 1.0, 20.0])
def test_a_cone_hears_what_is_nearest(factor):
    depth = np.full((120, 160), 5.0)
    depth[50:70, 75:95] = 3.0
    measurement = scale_from_distance(view(depth / factor), 3.0, 0.4, CAMERA_FROM_SENSOR)
    assert math.exp(measurement.log_scale) == pytest.approx(factor, rel=0.02)


def test_a_cone_beside_the_image_hears_nothing():
    backwards = CAMERA_FROM_SENSOR.copy()
    backwards[:3, :3] *= -1
    depth = np.full((120, 160), 5.0)
    assert scale_from_distance(view(depth), 3.0, 0.4, backwards) is None
