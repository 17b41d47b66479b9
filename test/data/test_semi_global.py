"""Semi-global aggregation against its definition, written out."""

import numpy as np

from depth_nodes.data.semi_global import aggregate


def _path_sum(cost: np.ndarray, small: float, large: float) -> np.ndarray:
    """Path costs along one line, entry by entry as in equation 13."""
    path = cost.astype(np.float64).copy()
    for point in range(1, len(cost)):
        before = path[point - 1]
        for level in range(cost.shape[1]):
            steps = [before[level], before.min() + large]
            if level > 0:
                steps.append(before[level - 1] + small)
            if level + 1 < cost.shape[1]:
                steps.append(before[level + 1] + small)
            path[point, level] = cost[point, level] + min(steps) - before.min()
    return path


def test_four_paths_as_defined():
    cost = np.random.default_rng(0).uniform(size=(5, 6, 7)).astype(np.float32)
    expected = np.zeros(cost.shape)
    for row in range(5):
        expected[row] += _path_sum(cost[row], 0.1, 0.5)
        expected[row] += _path_sum(cost[row, ::-1], 0.1, 0.5)[::-1]
    for column in range(6):
        expected[:, column] += _path_sum(cost[:, column], 0.1, 0.5)
        expected[:, column] += _path_sum(cost[::-1, column], 0.1, 0.5)[::-1]
    np.testing.assert_allclose(aggregate(cost, 0.1, 0.5), expected, atol=1e-5)


def test_free_steps_leave_the_best_level_of_each_pixel():
    cost = np.random.default_rng(1).uniform(size=(4, 5, 6)).astype(np.float32)
    np.testing.assert_allclose(aggregate(cost, 0.0, 0.0), 4 * cost, atol=1e-6)


def test_dear_steps_carry_a_surface_over_a_gap():
    cost = np.full((9, 9, 8), 0.5, np.float32)
    cost[..., 5] = 0.1
    cost[3:6, 3:6] = 0.5  # nothing to see here
    assert (aggregate(cost, 0.1, 0.5).argmin(axis=-1) == 5).all()
