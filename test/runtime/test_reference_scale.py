"""A factor that holes, ranges and wrong pixels do not move."""

import numpy as np
import pytest

from depth_nodes.runtime.reference_scale import scale_to_reference

DEPTH = np.random.default_rng(0).uniform(1, 9, (60, 80)).astype(np.float32)


@pytest.mark.parametrize('factor', [0.25, 1.0, 3.0])
def test_the_factor_comes_back(factor):
    assert scale_to_reference(DEPTH, factor * DEPTH) == pytest.approx(factor)


def test_nearly_half_of_the_pixels_may_be_wrong():
    reference = 2 * DEPTH
    reference[:29] = 1000.0
    assert scale_to_reference(DEPTH, reference) == pytest.approx(2)


@pytest.mark.parametrize('value', [np.nan, np.inf, -np.inf, 0.0])
def test_what_is_no_depth_does_not_count(value):
    for spoilt in (DEPTH.copy(), 2 * DEPTH):
        spoilt[:45] = value
        other = DEPTH if spoilt[50, 0] != DEPTH[50, 0] else 2 * DEPTH
        pair = (DEPTH, spoilt) if other is DEPTH else (spoilt, other)
        assert scale_to_reference(*pair) == pytest.approx(2)


def test_the_reference_may_be_of_another_size():
    smooth = np.linspace(1, 2, 80, dtype=np.float32) * np.ones((60, 1), np.float32)
    assert scale_to_reference(smooth, 3 * smooth[::2, ::2]) == pytest.approx(3, rel=0.01)


def test_almost_nothing_in_common_is_no_scale():
    reference = np.full_like(DEPTH, np.inf)
    assert scale_to_reference(DEPTH, reference) is None
    reference[0, :40] = 5.0
    assert scale_to_reference(DEPTH, reference) is None
    reference[0] = 5.0
    assert scale_to_reference(DEPTH, reference) is not None
