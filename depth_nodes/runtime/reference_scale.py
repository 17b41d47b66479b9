"""The factor between two depth images of one view."""

from __future__ import annotations

import cv2
from jaxtyping import Float32
import numpy as np

MIN_SHARE = 0.01


def scale_to_reference(
    depth: Float32[np.ndarray, 'height width'],
    reference: Float32[np.ndarray, 'reference_height reference_width'],
) -> float | None:
    """The median of reference / depth, which errors in less than half of the pixels do not move.

    Both may be of different sizes. Pixels count where both are finite and above 0.

    Returns:
        None where fewer than 1 % of the pixels count.
    """
    height, width = reference.shape
    same_size = cv2.resize(depth, (width, height), interpolation=cv2.INTER_NEAREST)
    counts = np.isfinite(reference) & (reference > 0) & np.isfinite(same_size) & (same_size > 0)
    if counts.mean() < MIN_SHARE:
        return None
    return float(np.median(reference[counts] / same_size[counts]))
