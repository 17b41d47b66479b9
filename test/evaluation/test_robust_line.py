import numpy as np
import pytest

from depth_nodes.evaluation.robust_line import theil_sen


def test_a_line_is_found_among_wrong_points():
    rng = np.random.default_rng(0)
    x = np.arange(40.0)
    y = 0.3 * x - 2
    y[rng.permutation(40)[:11]] += rng.uniform(-50, 90, 11)
    assert theil_sen(x, y) == pytest.approx((0.3, -2))
