"""Points on torch are the bytes that CloudWriter writes."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from depth_nodes.errors import ConfigError
from depth_nodes.messages.camera import Camera
from depth_nodes.messages.cloud import CloudWriter
from depth_nodes.runtime.pipeline_config import PointsConfig
from depth_nodes.runtime.torch_points import rays_from_camera, TorchPoints

MAX_DEPTH_M = 80.0


def make_camera(width: int, height: int, focal_px: float = 61.5) -> Camera:
    return Camera(
        width_px=width,
        height_px=height,
        fx_px=focal_px,
        fy_px=focal_px + 2,
        cx_px=width / 3,
        cy_px=height / 2,
    )


def make_frame(width: int, height: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    depth = rng.uniform(0.1, MAX_DEPTH_M, (height, width)).astype(np.float32)
    for index, hole in enumerate((np.nan, np.inf, -np.inf)):
        depth.flat[index * 3 :: 23] = hole
    return depth, rng.integers(0, 256, (height, width, 3), np.uint8)


def cloud_bytes(
    depth: np.ndarray, rgb: np.ndarray, camera: Camera, config: PointsConfig
) -> np.ndarray:
    message = SimpleNamespace(data=np.empty(0, np.uint8))
    CloudWriter(message, config.stride, config.max_range_m).write(depth, camera, rgb, None)
    return message.data.reshape(message.height, message.width, 16)


def torch_bytes(
    depths: list[np.ndarray], rgbs: list[np.ndarray], cameras: list[Camera], config: PointsConfig
) -> np.ndarray:
    rays = [rays_from_camera(camera, config.stride) for camera in cameras]
    columns = torch.from_numpy(np.stack([one.columns for one in rays]))[:, None]
    rows = torch.from_numpy(np.stack([one.rows for one in rays]))[..., None]
    points = torch.zeros(len(cameras), rows.shape[1], columns.shape[2], 4)
    write = TorchPoints(config, MAX_DEPTH_M, torch.device('cpu'))
    write(*(torch.from_numpy(np.stack(one)) for one in (depths, rgbs)), columns, rows, points)
    return points.numpy().view(np.uint8)


def require_same_points(points: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_array_equal(points[..., 12:], expected[..., 12:])
    planes, expected_planes = (
        data[..., :12].copy().view(np.float32) for data in (points, expected)
    )
    assert np.isnan(expected_planes).any()
    np.testing.assert_array_equal(planes, expected_planes)


@pytest.mark.parametrize('max_range_m', [50.0, MAX_DEPTH_M, np.inf])
@pytest.mark.parametrize('stride', [1, 2, 3, 7])
@pytest.mark.parametrize('size', [(37, 23), (64, 48), (1, 9), (9, 1)])
def test_bytes_are_those_of_the_cloud_writer(size, stride, max_range_m):
    camera, config = make_camera(*size), PointsConfig(stride=stride, max_range_m=max_range_m)
    depth, rgb = make_frame(*size, seed=1)
    points = torch_bytes([depth], [rgb], [camera], config)
    require_same_points(points[0], cloud_bytes(depth, rgb, camera, config))


def test_every_camera_has_its_own_rays():
    config = PointsConfig(stride=3, max_range_m=50.0)
    cameras = [make_camera(40, 30, focal) for focal in (20.0, 60.0, 200.0)]
    frames = [make_frame(40, 30, seed) for seed in range(3)]
    points = torch_bytes(
        [depth for depth, _ in frames], [rgb for _, rgb in frames], cameras, config
    )
    for index, (camera, frame) in enumerate(zip(cameras, frames, strict=True)):
        require_same_points(points[index], cloud_bytes(*frame, camera, config))


@pytest.mark.parametrize('values', [{'stride': 0}, {'max_range_m': 0.0}, {'max_range_m': np.nan}])
def test_clouds_without_points_are_refused(values):
    with pytest.raises(ConfigError, match='points'):
        PointsConfig(**values)
