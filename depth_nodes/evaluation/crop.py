"""Crops of the published protocols: which pixels of an image are compared."""

from __future__ import annotations

from typing import Literal

from jaxtyping import Bool
import numpy as np

Crop = Literal['none', 'garg', 'nyu']

# Rows (top, bottom) and columns (left, right) as shares of height and width. Garg et al. (ECCV
# 2016) for KITTI; Eigen et al. (NIPS 2014) for NYU: rows 45-470, columns 41-600 of 640x480.
SHARES: dict[Crop, tuple[tuple[float, float], tuple[float, float]]] = {
    'none': ((0, 1), (0, 1)),
    'garg': ((0.40810811, 0.99189189), (0.03594771, 0.96405229)),
    'nyu': ((45 / 480, 471 / 480), (41 / 640, 601 / 640)),
}


def crop_mask(crop: Crop, height: int, width: int) -> Bool[np.ndarray, '{height} {width}']:
    """The pixels that a crop keeps."""
    rows, columns = SHARES[crop]
    top, bottom = (int(share * height) for share in rows)
    left, right = (int(share * width) for share in columns)
    mask = np.zeros((height, width), bool)
    mask[top:bottom, left:right] = True
    return mask
