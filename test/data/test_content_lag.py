import numpy as np
import pytest
from robot_bag import scene

from depth_nodes.data.content_lag import (
    content_lag,
    depth_edge_feature,
    depth_feature,
    image_edge_feature,
    Series,
)


def series(times_s: np.ndarray, make, lag_s: float = 0.0) -> Series:
    """Pictures at some times, stamped `lag_s` later."""
    features = [make(*scene(round(float(time), 6))) for time in times_s]
    return Series(times_s + lag_s, np.asarray(features, np.float32))


def predicted(_, depth):
    return depth_feature(depth * np.float32(1.3))


def measured(_, depth):
    return depth_feature(depth)


def sparse(_, depth):
    """As a LiDAR of 16 lines."""
    kept = np.zeros_like(depth)
    kept[::4, ::3] = depth[::4, ::3]
    return depth_feature(kept)


@pytest.mark.parametrize('truth', [measured, sparse])
@pytest.mark.parametrize('lag_s', [-0.3, -0.2, 0.0, 0.1, 0.2])
def test_the_lag_of_a_scene_that_moves_is_found(lag_s, truth):
    times_s = np.arange(40) / 10
    found = content_lag([(series(times_s, predicted), series(times_s, truth, lag_s))])
    assert found == pytest.approx(lag_s, abs=0.02)


def test_a_lag_between_two_pictures_is_interpolated():
    times_s = np.arange(60) / 20
    late = series(times_s + 0.02, measured, 0.15)
    assert content_lag([(series(times_s, predicted), late)]) == pytest.approx(0.15, abs=0.02)


def test_images_and_depth_are_compared_by_their_edges():
    times_s = np.arange(40) / 10
    images = series(times_s, lambda rgb, _: image_edge_feature(rgb))
    for lag_s in (0.2, 0.0, -0.2):
        truth = series(times_s, lambda _, depth: depth_edge_feature(depth), lag_s)
        assert content_lag([(images, truth)]) == pytest.approx(lag_s, abs=0.03)


def test_several_windows_count_together():
    windows = []
    for start_s in (0.0, 3.0, 6.0):
        times_s = start_s + np.arange(12) / 10
        windows.append((series(times_s, predicted), series(times_s, measured, 0.1)))
    assert content_lag(windows[:1]) is None
    assert content_lag(windows) == pytest.approx(0.1, abs=0.02)


def test_nothing_is_told_where_nothing_moves_or_nothing_is_common():
    times_s = np.arange(40) / 10
    random = np.random.default_rng(0)

    def noisy_view(_, depth):
        return depth_feature(scene(0.0)[1] * random.normal(1, 0.02, depth.shape))

    def noise(_, depth):
        return depth_feature(random.uniform(1, 5, depth.shape))

    for first, second in ((noisy_view, noisy_view), (noise, noise), (predicted, noise)):
        pair = series(times_s, first), series(times_s, second, 0.2)
        assert content_lag([pair]) is None


def test_too_little_tells_nothing():
    few, none = np.arange(4) / 10, np.empty(0)
    for times_s in (few, none[:0]):
        one = Series(times_s, np.zeros((len(times_s), 24 * 32), np.float32))
        assert content_lag([(one, one)]) is None


def test_unknown_depth_is_unknown_in_its_cell_only():
    depth = np.full((48, 64), 2.0, np.float32)
    depth[:2, :2] = 0
    depth[2:4, 2:4], depth[2, 2] = np.inf, 4
    cells = depth_feature(depth).reshape(24, 32)
    assert np.isnan(cells[0, 0])
    assert cells[1, 1] == pytest.approx(np.log(4), abs=1e-5)
    assert np.isnan(cells).sum() == 1
    np.testing.assert_allclose(cells[2:], np.log(2), atol=1e-5)
