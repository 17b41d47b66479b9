"""Weights along one side of a grid."""

import numpy as np
import pytest

from depth_nodes.geometry.feathering import feathers
from depth_nodes.geometry.tiles import native_grid


def total(starts: tuple[int, ...], size: int) -> np.ndarray:
    found = np.zeros(starts[-1] + size, np.float32)
    for start, weight in zip(starts, feathers(starts, size), strict=True):
        found[start : start + size] += weight
    return found


@pytest.mark.parametrize('length', [40, 64, 65, 120, 128, 129, 200, 1280])
def test_they_sum_to_one_at_every_pixel(length):
    starts = native_grid(length, length, 64, 64).rows
    np.testing.assert_allclose(total(starts, min(length, 64)), 1, atol=1e-6)


def test_also_where_three_tiles_overlap():
    starts = (0, 180, 361)
    assert starts[2] < starts[0] + 384
    np.testing.assert_allclose(total(starts, 384), 1, atol=1e-6)


def test_they_rise_in_equal_steps_over_the_overlap():
    first, last = feathers((0, 40), 64)
    assert (first[:40] == 1).all()
    np.testing.assert_allclose(np.diff(last[:24]), 1 / 24, atol=1e-6)
    np.testing.assert_allclose(last[[0, 23]], [0.5 / 24, 23.5 / 24], atol=1e-6)
    assert (last[24:] == 1).all()


def test_side_by_side_nothing_falls():
    assert (feathers((0, 64, 128), 64) == 1).all()
