"""Laws of the weights; that they are OpenCV's is shown by test_torch_resize.py."""

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from depth_nodes.runtime.resize_taps import area_taps, linear_taps, MIN_COVER_PX, Taps

SIDES = st.integers(1, 5000)


def applied(taps: Taps, values: np.ndarray) -> np.ndarray:
    return (values[taps.indices] * taps.weights).sum(axis=0)


@settings(deadline=None)
@given(side=SIDES, other=SIDES)
def test_area_weights_add_up_and_stay_inside(side, other):
    small, large = sorted((side, other))
    taps = area_taps(large, small)
    assert taps.indices.shape == taps.weights.shape
    assert taps.indices.min() == 0
    assert taps.indices.max() == large - 1
    assert (taps.weights >= 0).all()
    np.testing.assert_allclose(taps.weights.sum(axis=0), 1, atol=2 * MIN_COVER_PX)


@settings(deadline=None)
@given(side=SIDES, other=SIDES)
def test_every_pixel_counts_the_same(side, other):
    """The mean over the image stays, up to covers that are left out."""
    small, large = sorted((side, other))
    taps, counts = area_taps(large, small), np.zeros(large)
    np.add.at(counts, taps.indices, taps.weights)
    np.testing.assert_allclose(counts, small / large, atol=2 * MIN_COVER_PX)


@pytest.mark.parametrize(('size_from', 'size_to', 'weights'), [
    (5, 2, [[0.4, 0.2], [0.4, 0.4], [0.2, 0.4]]),
    (6, 3, [[0.5] * 3] * 2),
    (4, 3, [[0.75, 0.5, 0.25], [0.25, 0.5, 0.75]]),
])  # fmt: skip
def test_area_weights_by_hand(size_from, size_to, weights):
    np.testing.assert_allclose(area_taps(size_from, size_to).weights, weights, rtol=1e-6)


@settings(deadline=None)
@given(side=SIDES, other=SIDES)
def test_linear_interpolation_of_a_ramp_is_exact_up_to_the_edges(side, other):
    ramp = np.arange(side, dtype=np.float64)
    expected = np.clip((np.arange(other) + 0.5) * side / other - 0.5, 0, side - 1)
    resized = applied(linear_taps(side, other, np.float64), ramp)
    np.testing.assert_allclose(resized, expected, atol=1e-9)


def test_padding_repeats_the_last_pixel():
    values = np.random.default_rng(0).random(10)
    taps = area_taps(10, 4)
    padded = applied(taps.padded(7), values)
    np.testing.assert_array_equal(padded[:4], applied(taps, values))
    assert (padded[4:] == padded[3]).all()
