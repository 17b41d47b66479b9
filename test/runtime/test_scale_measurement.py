import math

import numpy as np
import pytest

from depth_nodes.runtime.scale_measurement import MIN_STD, scale_from_ratios


@pytest.mark.parametrize('factor', [0.2, 1.0, 20.0])
@pytest.mark.parametrize('outliers', [(0.1, 10.0), (2.0, 50.0), (0.01, 0.5)])
def test_a_third_of_outliers_does_not_matter(factor, outliers):
    """On both sides, and all on one: the median alone would be wrong by 3 % there."""
    random = np.random.default_rng(0)
    ratios = factor * np.exp(random.normal(0, 0.05, 1000))
    ratios[:300] = factor * random.uniform(*outliers, 300)
    measurement = scale_from_ratios(ratios)
    assert math.exp(measurement.log_scale) == pytest.approx(factor, rel=0.01)


def test_variance_covers_the_error():
    random = np.random.default_rng(1)
    errors = []
    for _ in range(200):
        measurement = scale_from_ratios(np.exp(random.normal(0, 0.3, 30)))
        errors.append(measurement.log_scale / math.sqrt(measurement.variance))
    assert 0.7 < np.std(errors) < 1.4


def test_many_pixels_are_not_surer_than_a_frame_can_be():
    measurement = scale_from_ratios(np.full(100_000, 3.0))
    assert measurement.log_scale == pytest.approx(math.log(3.0))
    assert measurement.variance >= MIN_STD**2


def test_nothing_where_little_is_known():
    assert scale_from_ratios(np.ones(7)) is None
    random = np.random.default_rng(2)
    assert scale_from_ratios(np.exp(random.uniform(-9, 9, 300))).variance > 0.5
