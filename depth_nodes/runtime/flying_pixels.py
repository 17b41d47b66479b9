"""Flying pixels: depth that a network spreads over an edge, where there is nothing."""

from __future__ import annotations

import cv2
from jaxtyping import Bool, Float32
import numpy as np

# Around a flying pixel, the farthest thing is so many times as far as the nearest.
JUMP = 1.25
# Nearer to one of the two, as a factor, it belongs to it. The nearest pixels always stay: a pole
# of a few pixels is all edge, and must not vanish.
TOLERANCE = 1.1
WINDOW_PX = 5
# From this share of a flying pixel on, a pixel of a resized image is one too.
MIN_SHARE = 0.01

_WINDOW = np.ones((WINDOW_PX, WINDOW_PX), np.uint8)


def flying_pixels(
    inverse_depth: Float32[np.ndarray, 'height width'],
) -> Bool[np.ndarray, 'height width']:
    """The pixels between what is near and what is far in the window around them, and at neither.

    Any unit will do: only ratios count. NaN is none.
    """
    nearest, farthest = cv2.dilate(inverse_depth, _WINDOW), cv2.erode(inverse_depth, _WINDOW)
    with np.errstate(over='ignore'):  # of what OpenCV makes of NaN
        is_flying = nearest > JUMP * farthest
        is_flying &= TOLERANCE * inverse_depth < nearest
        is_flying &= inverse_depth > TOLERANCE * farthest
    return is_flying


def resized_mask(
    is_flying: Bool[np.ndarray, 'height width'], width_px: int, height_px: int
) -> Bool[np.ndarray, '{height_px} {width_px}']:
    """The pixels of another size into whose interpolated depth a flying one enters."""
    if is_flying.shape == (height_px, width_px):
        return is_flying
    share = cv2.resize(is_flying.astype(np.float32), (width_px, height_px))
    return share > MIN_SHARE
