"""A line through points of which some are wrong (Theil 1950, Sen 1968)."""

from __future__ import annotations

from typing import NamedTuple

from jaxtyping import Float64
import numpy as np


class Line(NamedTuple):
    """slope * x + offset."""

    slope: float
    offset: float


def theil_sen(x: Float64[np.ndarray, ' point'], y: Float64[np.ndarray, ' point']) -> Line:
    """The median of the slopes of all pairs of points, and of the offsets of all points.

    Nearly 30 % of the points may be anywhere. Memory grows with the square of their
    number; they must not all have one x.
    """
    first, second = np.triu_indices(len(x), 1)
    run, rise = x[second] - x[first], y[second] - y[first]
    is_apart = run != 0
    assert is_apart.any(), 'a line needs points at two places'
    slope = float(np.median(rise[is_apart] / run[is_apart]))
    return Line(slope, float(np.median(y - slope * x)))
