"""Flying pixels go, what is near stays, and planes are left alone."""

import cv2
import numpy as np
import pytest

from depth_nodes.runtime.flying_pixels import flying_pixels, MIN_SHARE, resized_mask

NEAR_M, FAR_M = 2.0, 6.0


def boxes(seed: int = 0) -> np.ndarray:
    """Depth [m] of things in front of a floor and a wall."""
    rng = np.random.default_rng(seed)
    rows = np.arange(192)[:, None] + np.zeros(320)
    depth = np.minimum(300 / np.maximum(rows - 90, 1), 15).astype(np.float32)
    for _ in range(8):
        left, top = rng.integers(0, 280), rng.integers(20, 120)
        width, height = rng.integers(6, 60), rng.integers(20, 70)
        depth[top : top + height, left : left + width] = rng.uniform(1.5, 4)
    return depth


def blurred(depth_m: np.ndarray, sigma_px: float) -> np.ndarray:
    """Inverse depth as networks see edges."""
    return cv2.GaussianBlur((1 / depth_m).astype(np.float32), (0, 0), sigma_px)


def from_nearest_surface(inverse_depth: np.ndarray, depth_m: np.ndarray) -> np.ndarray:
    """How far off in log depth, as the best of the surfaces within 3 px says."""
    truth = cv2.copyMakeBorder(-np.log(depth_m), 3, 3, 3, 3, cv2.BORDER_REPLICATE)
    height, width = depth_m.shape
    shifted = [truth[y : y + height, x : x + width] for y in range(7) for x in range(7)]
    return np.min(np.abs(np.array(shifted) - np.log(inverse_depth)), axis=0)


@pytest.mark.parametrize('sigma_px', [0.7, 1.0, 2.0])
@pytest.mark.parametrize('seed', range(3))
def test_most_flying_pixels_go_and_few_good_ones(seed, sigma_px):
    depth = boxes(seed)
    inverse_depth = blurred(depth, sigma_px)
    error = np.abs(np.log(inverse_depth * depth))
    is_mixed = from_nearest_surface(inverse_depth, depth) > np.log(1.1)
    is_good = error < np.log(1.1)
    found = flying_pixels(inverse_depth)
    assert is_mixed.mean() > 0.005
    assert found[is_mixed].mean() >= 0.5
    assert found[is_good].mean() <= 0.05


@pytest.mark.parametrize('width_px', [1, 2, 3, 5])
def test_a_pole_does_not_vanish(width_px):
    depth = np.full((40, 60), FAR_M, np.float32)
    depth[:, 30 : 30 + width_px] = NEAR_M
    inverse_depth = blurred(depth, 1.0)
    nearest = inverse_depth == inverse_depth.max(axis=1, keepdims=True)
    found = flying_pixels(inverse_depth)
    assert not found[nearest].any()
    assert found[:, 26:30].any()


def test_planes_have_none():
    """Floor and walls that run away from the camera, to 30 m."""
    rows, columns = np.mgrid[:192, :640]
    floor = (rows + 20) / 360 / 1.5
    wall = (columns + 25) / 360 / 1.0
    for plane in (floor, wall):
        inverse_depth = plane.astype(np.float32)
        assert 1 / inverse_depth.max() < 3
        assert 1 / inverse_depth.min() > 10
        assert not flying_pixels(inverse_depth).any()


def test_a_sharp_edge_has_none():
    depth = np.full((40, 60), FAR_M, np.float32)
    depth[10:30, 20:45] = NEAR_M
    assert not flying_pixels(1 / depth).any()


def test_the_unit_does_not_matter():
    inverse_depth = blurred(boxes(), 1.0)
    found = flying_pixels(inverse_depth)
    assert found.any()
    np.testing.assert_array_equal(flying_pixels(inverse_depth * np.float32(2**-7)), found)


def test_nan_is_none():
    inverse_depth = blurred(boxes(), 1.0)
    inverse_depth[:, 100] = np.nan
    assert not flying_pixels(inverse_depth)[:, 100].any()


def test_a_resized_mask_covers_whatever_a_flying_pixel_enters():
    """As NaN would spread, but for weights of a hundredth."""
    found = flying_pixels(blurred(boxes(), 1.0))
    values = np.where(found, np.float32(np.nan), np.float32(1))
    spread = np.isnan(cv2.resize(values, (800, 480)))
    mask = resized_mask(found, 800, 480)
    assert not (mask & ~spread).any()
    assert (spread & ~mask).mean() < MIN_SHARE
    np.testing.assert_array_equal(resized_mask(found, 320, 192), found)
