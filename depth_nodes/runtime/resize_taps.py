"""Which pixels OpenCV's resize takes along one axis, and with what weight.

OpenCV 4, modules/imgproc/src/resize.cpp: the same arithmetic, so that weights are equal bit by
bit. Pixel centres lie at half pixels of the image's edge.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from jaxtyping import Float, Int
import numpy as np

# A pixel that is covered less than this is left out.
MIN_COVER_PX = 1e-3


class Taps(NamedTuple):
    """A resized pixel is the sum of `weights` times the pixels `indices`, tap by tap."""

    indices: Int[np.ndarray, 'num_taps size']
    weights: Float[np.ndarray, 'num_taps size']

    def padded(self, size: int) -> Taps:
        """More pixels at the end, each a copy of the last one."""
        margin = ((0, 0), (0, size - self.indices.shape[1]))
        return Taps(np.pad(self.indices, margin, 'edge'), np.pad(self.weights, margin, 'edge'))


def shrink_factor(size_from: int, size_to: int) -> float:
    """Pixels of the image a resized pixel, rounded as OpenCV rounds it."""
    return 1.0 / (size_to / size_from)


def area_taps(size_from: int, size_to: int) -> Taps:
    """The mean over what a resized pixel covers; for shrinking."""
    scale = shrink_factor(size_from, size_to)
    start = np.arange(size_to) * scale
    end, cover = start + scale, np.minimum(scale, size_from - start)
    last = np.minimum(np.floor(end), size_from - 1)
    first = np.minimum(np.ceil(start), last)
    left = np.where(first - start > MIN_COVER_PX, first - start, 0)
    right = np.where(end - last > MIN_COVER_PX, np.minimum(np.minimum(end - last, 1), cover), 0)
    begin = first - (left > 0)
    num_taps = int((last - begin + (right > 0)).max())
    indices = begin + np.arange(num_taps)[:, None]
    inner = np.where((first <= indices) & (indices < last), 1.0, 0.0)
    covered = np.where(indices < first, left, inner) + np.where(indices == last, right, 0)
    weights = (covered / cover).astype(np.float32)
    return Taps(np.minimum(indices, size_from - 1).astype(np.int64), weights)


def linear_taps(size_from: int, size_to: int, dtype: Any) -> Taps:
    """Linear interpolation between two pixels, the edges repeated; positions are of `dtype`."""
    scale = shrink_factor(size_from, size_to)
    positions = ((np.arange(size_to) + 0.5) * scale - 0.5).astype(dtype)
    lower = np.floor(positions)
    weight = positions - lower
    indices = np.clip(np.stack([lower, lower + 1]), 0, size_from - 1).astype(np.int64)
    return Taps(indices, np.stack([1 - weight, weight]))
