from types import SimpleNamespace

import numpy as np
import pytest

from depth_nodes.messages.camera import Camera
from depth_nodes.messages.range import distance_from_range, points_from_depth, points_from_scan


def scan(ranges):
    return SimpleNamespace(
        ranges=ranges,
        angle_min=-np.pi / 2,
        angle_increment=np.pi / 4,
        range_min=0.1,
        range_max=9.0,
    )


def test_a_scan_turns_from_right_to_left():
    points = points_from_scan(scan([1.0, np.sqrt(2), 2.0, np.sqrt(2), 1.0]))
    expected = [[0, -1, 0], [1, -1, 0], [2, 0, 0], [1, 1, 0], [0, 1, 0]]
    np.testing.assert_allclose(points, expected, atol=1e-6)


def test_what_is_out_of_range_is_no_point():
    points = points_from_scan(scan([np.nan, 0.05, 2.0, np.inf, 9.5]))
    np.testing.assert_allclose(points, [[2, 0, 0]], atol=1e-6)
    assert points_from_scan(scan([])).shape == (0, 3)


@pytest.mark.parametrize(
    ('distance', 'expected'),
    [(1.5, 1.5), (0.01, None), (5.0, None), (np.inf, None), (-np.inf, None), (np.nan, None)],
)
def test_a_distance_counts_in_its_range(distance, expected):
    message = SimpleNamespace(range=distance, min_range=0.1, max_range=4.0)
    assert distance_from_range(message) == expected


@pytest.mark.parametrize('max_points', [100, 1000, 100_000])
def test_points_of_depth_fall_on_their_pixels(max_points):
    camera = Camera.from_fov(64, 48, 70.0)
    depth = np.random.default_rng(0).uniform(1, 5, (48, 64)).astype(np.float32)
    depth[::7], depth[1::7], depth[2::7] = np.nan, np.inf, 0
    points = points_from_depth(depth, camera, max_points)
    assert 0 < len(points) <= max_points
    u = points[:, 0] / points[:, 2] * camera.fx_px + camera.cx_px
    v = points[:, 1] / points[:, 2] * camera.fy_px + camera.cy_px
    column, row = np.rint(u).astype(int), np.rint(v).astype(int)
    np.testing.assert_allclose(u, column, atol=1e-3)
    np.testing.assert_array_equal(depth[row, column], points[:, 2])
