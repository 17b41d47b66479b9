"""Corners of a keyframe, found again in the frames after it."""

from __future__ import annotations

import cv2
from jaxtyping import Bool, Float32, UInt8
import numpy as np

MAX_FEATURES = 250
MIN_QUALITY = 0.01
MIN_DISTANCE_SHARE = 0.02  # of the width
WINDOW_PX = 15
NUM_PYRAMID_LEVELS = 3
# A track that does not lead back to where it came from is wrong.
MAX_RETURN_PX = 0.5

Gray = UInt8[np.ndarray, 'height width']
Pixels = Float32[np.ndarray, 'feature 2']


class FeatureTrack:
    """Follows from frame to frame (Lucas and Kanade, 1981; corners of Shi and Tomasi, 1994).

    Attributes:
        start_px: where the features that are still followed are in the keyframe.
        current_px: where they are in the newest frame.
    """

    def __init__(self, gray: Gray) -> None:
        """Begins at a keyframe, with no features where it shows none."""
        distance = MIN_DISTANCE_SHARE * gray.shape[1]
        corners = cv2.goodFeaturesToTrack(gray, MAX_FEATURES, MIN_QUALITY, distance)
        self.start_px: Pixels = np.zeros((0, 2), np.float32) if corners is None else corners[:, 0]
        self.current_px = self.start_px
        self._gray = gray

    def follow(self, gray: Gray) -> Bool[np.ndarray, ' feature']:
        """Goes on to the next frame; which of the features that there were are still there."""
        before, self._gray = self._gray, gray
        if not len(self.current_px):
            return np.zeros(0, bool)
        after_px, is_found = _flow(before, gray, self.current_px)
        back_px, is_back = _flow(gray, before, after_px)
        error = np.linalg.norm(back_px - self.current_px, axis=-1)
        is_kept = is_found & is_back & (error < MAX_RETURN_PX)
        self.start_px, self.current_px = self.start_px[is_kept], after_px[is_kept]
        return is_kept


def _flow(
    before: Gray, after: Gray, pixels: Pixels
) -> tuple[Pixels, Bool[np.ndarray, ' feature']]:
    """Where pixels have gone, and whether they were found."""
    moved, is_found, _ = cv2.calcOpticalFlowPyrLK(
        before,
        after,
        pixels,
        pixels.copy(),
        winSize=(WINDOW_PX, WINDOW_PX),
        maxLevel=NUM_PYRAMID_LEVELS,
    )
    return np.asarray(moved, np.float32), np.ravel(is_found) > 0
