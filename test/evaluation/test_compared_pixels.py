import math

import numpy as np
import pytest

from depth_nodes.evaluation.compared_pixels import affine_fit, clamped, compared_pixels
from depth_nodes.evaluation.evaluation_config import EvaluationConfig

INF, NAN = math.inf, math.nan
RANGE = EvaluationConfig(min_depth_m=0.5, max_depth_m=10.0)


def test_pixels_in_range_go_row_by_row():
    truth = np.array([[0, 1], [20, 2], [3, 0.5]], np.float32)
    prediction = np.arange(6, dtype=np.float32).reshape(3, 2)
    pixels = compared_pixels(prediction, truth, RANGE)
    assert pixels.truth_m.tolist() == [1, 2, 3]
    assert pixels.prediction_m.tolist() == [1, 3, 4]
    assert pixels.is_compared.tolist() == [[False, True], [False, True], [True, False]]


def test_each_alignment_by_hand():
    truth = np.array([[1, 2, 4]], np.float32)
    pixels = compared_pixels(np.array([[2, 4, 8]], np.float32), truth, RANGE)
    assert pixels.scale == 0.5
    assert pixels.aligned_m('none').tolist() == [2, 4, 8]
    assert pixels.aligned_m('median').tolist() == [1, 2, 4]
    assert pixels.aligned_m('affine') == pytest.approx([1, 2, 4])


def test_clamping_brings_everything_into_the_range():
    values = np.array([-INF, -3, 0.2, 5, 70, INF, NAN])
    assert clamped(values, RANGE).tolist() == [0.5, 0.5, 0.5, 5, 10, 10, 10]


def test_affine_fit_recovers_known_numbers():
    prediction = np.array([0.1, 0.4, 0.7, 2.0])
    assert affine_fit(prediction, 3 * prediction - 0.2) == pytest.approx((3, -0.2))


def test_the_fit_is_that_of_numpys_least_squares():
    rng = np.random.default_rng(0)
    prediction, truth = rng.uniform(0.01, 9, (2, 500))
    expected = np.polyfit(prediction, truth, 1)
    assert affine_fit(prediction, truth) == pytest.approx(expected, rel=1e-9)


def test_a_constant_is_fitted_by_a_shift():
    for constant in (0.0, 1 / 3, 1e6):
        scale, shift = affine_fit(np.full(7, constant), np.arange(7.0))
        assert (scale, shift) == (0, 3)
