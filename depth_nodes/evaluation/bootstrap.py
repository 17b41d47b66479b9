"""How sure a mean over frames is, when neighbouring frames are alike.

The circular block bootstrap (Politis & Romano 1992): frames are drawn in blocks of neighbours, so
that what they share is drawn with them. Twenty pictures of one wall say little more than one.
"""

from __future__ import annotations

from collections.abc import Sequence
import math
from typing import NamedTuple

from jaxtyping import Float64
import numpy as np

NUM_DRAWS = 4000
CONFIDENCE = 0.95
# Fewer blocks than these tell too little about how blocks differ.
MIN_BLOCKS = 6
ROUNDING = 1e-9  # relative; what varies by less is constant

Series = Float64[np.ndarray, ' frame']


class Interval(NamedTuple):
    """A mean and where it lies with a confidence of 95 %.

    Attributes:
        mean: of the values.
        low: end of the interval; None where there are too few blocks.
        high: the other end.
        block_frames: length of the longest blocks.
    """

    mean: float
    low: float | None
    high: float | None
    block_frames: int


def mean_interval(groups: Sequence[Float64[np.ndarray, ' _']]) -> Interval:
    """The mean of the groups' means, and its interval; the same each time.

    The groups are taken as they are: it tells of their scenes, not of others.

    Args:
        groups: values of the frames of each sequence, in their order; none is empty.
    """
    rng = np.random.default_rng(0)
    mean = float(np.mean([np.mean(group) for group in groups]))
    lengths = [block_length(group) for group in groups]
    num_blocks = sum(len(group) // length for group, length in zip(groups, lengths, strict=True))
    if num_blocks < MIN_BLOCKS:
        return Interval(mean, None, None, max(lengths))
    draws = [
        _drawn_means(group, length, rng) for group, length in zip(groups, lengths, strict=True)
    ]
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.percentile(np.mean(draws, axis=0), (tail, 100 - tail)).tolist()
    return Interval(mean, low, high, max(lengths))


def block_length(values: Series) -> int:
    """How many neighbours belong together: twice as many as are correlated.

    Correlation ends where it is below 2 sqrt(log10(n) / n), as in Politis & White (2004); a block
    has at least n^(1/3) frames, and at most a third of them.
    """
    size = len(values)
    centred = values - values.mean()
    longest = max(size // 3, 1)
    shortest = min(math.ceil(size ** (1 / 3)), longest)
    if np.abs(centred).max() <= ROUNDING * np.abs(values).max():
        return shortest
    limit = 2 * math.sqrt(math.log10(max(size, 2)) / size)
    power = centred @ centred
    for lag in range(1, longest // 2 + 1):
        if abs(centred[lag:] @ centred[:-lag]) / power < limit:
            return max(2 * (lag - 1), shortest)
    return longest


def _drawn_means(
    values: Series, length: int, rng: np.random.Generator
) -> Float64[np.ndarray, ' draw']:
    """Means of series put together from blocks, which go on at the start behind the end."""
    size = len(values)
    sums = np.concatenate([[0.0], np.cumsum(np.concatenate([values, values[:length]]))])
    starts = rng.integers(0, size, (NUM_DRAWS, math.ceil(size / length)))
    return np.mean((sums[starts + length] - sums[starts]) / length, axis=1)
