"""Which tiles of an image promise most, where there is time for a few of them only."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
from jaxtyping import Float32, UInt8
import numpy as np

from depth_nodes.geometry.tiles import Box

EPSILON = 1e-6


def rank_tiles(
    image: UInt8[np.ndarray, 'height width 3'],
    coarse_depth: Float32[np.ndarray, 'coarse_height coarse_width'],
    boxes: Sequence[Box],
) -> list[int]:
    """Numbers of the tiles, those first in which edges of the image lack edges of depth.

    Of each pixel of the coarse depth, which spans the image: the energy of the image's edges,
    times how much that differs from the relative gradient of the depth, both over their means. A
    tile is worth the mean over its pixels.
    """
    height, width = coarse_depth.shape
    edges = _over_mean(_edge_energy(image, width, height))
    steps = _over_mean(_gradient(np.log(np.maximum(coarse_depth, EPSILON)), cv2.CV_32F))
    promise = edges * np.abs(edges - steps)
    scale_y, scale_x = height / image.shape[0], width / image.shape[1]
    worth = [
        promise[
            int(box.y0 * scale_y) : round(box.y1 * scale_y),
            int(box.x0 * scale_x) : round(box.x1 * scale_x),
        ].mean()
        for box in boxes
    ]
    return sorted(range(len(boxes)), key=lambda index: -worth[index])


def _edge_energy(
    image: UInt8[np.ndarray, 'height width 3'], width_px: int, height_px: int
) -> Float32[np.ndarray, 'new_height new_width']:
    """Of the image as it is, so that what is thin counts, and then its mean at another size."""
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    energy = _gradient(gray, cv2.CV_16S)
    small = cv2.resize(energy, (width_px, height_px), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32)


def _gradient(values: np.ndarray, kind: int) -> np.ndarray:
    """|d/dx| + |d/dy|, of Sobel."""
    return np.abs(cv2.Sobel(values, kind, 1, 0)) + np.abs(cv2.Sobel(values, kind, 0, 1))


def _over_mean(values: Float32[np.ndarray, 'height width']) -> Float32[np.ndarray, 'height width']:
    return values / (values.mean() + EPSILON)
