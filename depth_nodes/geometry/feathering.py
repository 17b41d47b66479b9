"""Weights of tiles that overlap, as numpy arrays."""

from __future__ import annotations

from jaxtyping import Float32
import numpy as np


def feathers(starts: tuple[int, ...], size: int) -> Float32[np.ndarray, 'tile pixel']:
    """Weights along one side of a grid: linear over the overlaps, of sum 1 at every pixel.

    Args:
        starts: where the tiles of a row or column begin, without gaps between them.
        size: of each along that side [px].
    """
    place = np.arange(size) + 0.5
    weights = np.ones((len(starts), size))
    for index, (start, following) in enumerate(zip(starts, starts[1:], strict=False)):
        overlap = start + size - following
        if overlap > 0:
            weights[index] *= np.minimum((size - place) / overlap, 1)
            weights[index + 1] *= np.minimum(place / overlap, 1)
    total = np.zeros(starts[-1] + size)
    for start, weight in zip(starts, weights, strict=True):
        total[start : start + size] += weight
    # More than 1 where three of them overlap.
    for start, weight in zip(starts, weights, strict=True):
        weight /= total[start : start + size]
    return weights.astype(np.float32)
