import dataclasses

import cv2
import numpy as np
import pytest
from robot_bag import info_message

from depth_nodes.errors import InputError
from depth_nodes.messages.camera import Camera
from depth_nodes.messages.cloud_projection import depth_from_points, projection_from_message

CAMERA = Camera(width_px=64, height_px=48, fx_px=50.0, fy_px=52.0, cx_px=30.5, cy_px=24.0)
RADTAN = np.array([-0.3, 0.1, 1e-3, -5e-4, 0.02])
FISHEYE = np.array([0.05, -0.01, 2e-3, -1e-4])


def rays(camera: Camera) -> np.ndarray:
    rows, columns = np.mgrid[: camera.height_px, : camera.width_px].astype(np.float64)
    x = (columns - camera.cx_px) / camera.fx_px
    return np.stack([x, (rows - camera.cy_px) / camera.fy_px, np.ones_like(rows)], axis=-1)


def depths(camera: Camera = CAMERA) -> np.ndarray:
    random = np.random.default_rng(0)
    return random.uniform(0.5, 60, (camera.height_px, camera.width_px)).astype(np.float32)


def some_pose() -> np.ndarray:
    pose = np.eye(4)
    pose[:3, :3] = cv2.Rodrigues(np.array([0.4, -1.1, 0.7]))[0]
    pose[:3, 3] = [0.3, -1.2, 0.8]
    return pose


def test_a_back_projected_depth_image_comes_back():
    depth, camera_from_lidar = depths(), some_pose()
    points = (rays(CAMERA) * depth[..., None]).reshape(-1, 3)
    lidar_from_camera = np.linalg.inv(camera_from_lidar)
    cloud = points @ lidar_from_camera[:3, :3].T + lidar_from_camera[:3, 3]
    projection = projection_from_message(info_message(CAMERA, 1), is_rectified=True)
    found = depth_from_points(cloud.astype(np.float32), camera_from_lidar, projection)
    np.testing.assert_allclose(found, depth, rtol=1e-5)
    at = projection.pixels(points.astype(np.float32)).reshape(48, 64, 2)
    rows, columns = np.mgrid[:48, :64]
    assert np.abs(at - np.stack([columns, rows], axis=-1)).max() < 1e-3


def test_the_nearest_of_several_points_counts_and_others_are_left_out():
    def point(column: float, row: float, depth: float) -> list[float]:
        x, y = (column - CAMERA.cx_px) / CAMERA.fx_px, (row - CAMERA.cy_px) / CAMERA.fy_px
        return [x * depth, y * depth, depth]

    points = [point(10.4, 20.4, 9), point(9.6, 19.6, 3), point(10, 20, 5)]
    points += [point(-0.6, 5, 4), point(63.6, 5, 4), point(5, 47.6, 4), point(5, -0.6, 4)]
    points += [[0, 0, -3], [0, 0, 0], [np.nan, 0, 1], [0, np.inf, 2]]
    points += [point(-0.4, 47.4, 7)]
    projection = projection_from_message(info_message(CAMERA, 1), is_rectified=True)
    found = depth_from_points(np.array(points, np.float32), np.eye(4), projection)
    expected = np.zeros((48, 64), np.float32)
    expected[20, 10], expected[47, 0] = 3, 7
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_no_points_make_an_empty_image():
    projection = projection_from_message(info_message(CAMERA, 1), is_rectified=True)
    found = depth_from_points(np.empty((0, 3), np.float32), np.eye(4), projection)
    assert found.shape == (48, 64)
    assert not found.any()


@pytest.mark.parametrize(('model', 'lens'), [('plumb_bob', RADTAN), ('equidistant', FISHEYE)])
def test_points_are_seen_through_the_lens_of_a_raw_image(model, lens):
    """Every pixel's own ray, by OpenCV's undistortion, comes back to the pixel."""
    rows, columns = np.mgrid[:48, :64].astype(np.float64)
    pixels = np.stack([columns, rows], axis=-1).reshape(-1, 1, 2)
    is_fisheye = model == 'equidistant'
    undistort = cv2.fisheye.undistortPoints if is_fisheye else cv2.undistortPoints
    slopes = undistort(pixels, CAMERA.matrix, lens)[:, 0]
    depth = depths()
    points = np.column_stack([slopes, np.ones(len(slopes))]) * depth.reshape(-1, 1)
    info = info_message(CAMERA, 1, distortion_model=model, d=lens)
    projection = projection_from_message(info, is_rectified=False)
    found = projection.pixels(points.astype(np.float32))
    assert np.abs(found - pixels[:, 0]).max() < 0.1
    image = depth_from_points(points.astype(np.float32), np.eye(4), projection)
    np.testing.assert_allclose(image, depth, rtol=1e-5)
    # In the rectified image the distortion of its CameraInfo is no longer there.
    rectified = projection_from_message(info, is_rectified=True)
    assert np.abs(rectified.pixels(points.astype(np.float32)) - pixels[:, 0]).max() > 1


def test_points_far_outside_of_a_lens_do_not_fold_back_into_the_image():
    info = info_message(CAMERA, 1, d=RADTAN)
    projection = projection_from_message(info, is_rectified=False)
    angles = np.linspace(0.9, 1.55, 60)
    points = np.column_stack([np.sin(angles), np.zeros(60), np.cos(angles)]) * 5
    found = depth_from_points(points.astype(np.float32), np.eye(4), projection)
    assert not found.any()


def test_rotation_of_rectification_and_offset_of_a_right_camera_count():
    turned = cv2.Rodrigues(np.array([0.0, 0.05, 0.02]))[0]
    right = dataclasses.replace(CAMERA, stereo_offset_px_m=-6.0)
    info = info_message(right, 1, r=turned.reshape(-1))
    projection = projection_from_message(info, is_rectified=True)
    inside = turned.T @ np.array([0.1, 0.2, 4.0])
    ((u, v),) = projection.pixels(inside[None].astype(np.float32))
    assert u == pytest.approx((50 * 0.1 - 6) / 4 + 30.5, abs=1e-4)
    assert v == pytest.approx(52 * 0.2 / 4 + 24, abs=1e-4)
    image = depth_from_points(inside[None].astype(np.float32), np.eye(4), projection)
    assert image.max() == pytest.approx(4.0, abs=1e-5)


@pytest.mark.parametrize(('model', 'number'), [('omni', 5), ('plumb_bob', 3), ('equidistant', 5)])
def test_an_unknown_lens_is_refused_in_one_line(model, number):
    info = info_message(CAMERA, 1, distortion_model=model, d=RADTAN[:number])
    with pytest.raises(
        InputError, match=f"lens model '{model}' with {number} coefficients is not"
    ):
        projection_from_message(info, is_rectified=False)
