"""Depth that is steady where nothing moves, and how far it agrees with the frame before.

Each pixel is an exponential mean in log depth. What the camera or a thing moves passes: where
the image changes, or the depth itself does beyond the common scale, the new depth counts alone.
A network's scale jitters from frame to frame; that common factor is taken out first and followed
as slowly as the pixels, so that moving and standing pixels keep one scale.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
from jaxtyping import Float32
import numpy as np

# Share of a new frame; the mean lags (1 - GAIN) / GAIN = 2.3 frames behind a slow change.
GAIN = 0.3
# Up to here a change is noise, from twice as much on it is real; of brightness 0..1 and log depth.
GREY_CHANGE = 4 / 255
LOG_CHANGE = 0.1
GREY_BLUR_PX = 5
# With less of the image standing still, the camera moves, and so may the scale.
STILL_SHARE = 0.5
# Medians are taken over every fourth pixel of every fourth row.
SAMPLE_STRIDE = 4
# Depth that differs by 10 % from that of the frame before has a confidence of 1 / e.
DISAGREEMENT = 0.1
CONFIDENCE_BLUR_PX = 15
GREEN = 1  # the channel of an image that is as good as its brightness
SMALLEST = 1e-6  # inverse depth that still has a logarithm

Map = Float32[np.ndarray, 'height width']


class Steadied(NamedTuple):
    """What the filter makes of a frame.

    Attributes:
        inverse_depth: smoothed.
        confidence: 0..1, of how far the frame agrees with those before; 0 where none was.
    """

    inverse_depth: Map
    confidence: Map


class TemporalFilter:
    """The frames of one camera, one after the other."""

    def __init__(self) -> None:
        self._log_inverse_depth: Map | None = None
        self._grey: Map | None = None

    def __call__(
        self, inverse_depth: Map, brightness: Map, *, gain: float, goes_on: bool
    ) -> Steadied:
        """Smooths a frame.

        Args:
            inverse_depth: in any unit that stays.
            brightness: of the image, 0..1.
            gain: share of the new frame in the mean; 1 smooths nothing.
            goes_on: whether the frame before may be used.
        """
        new = np.log(np.maximum(inverse_depth, np.float32(SMALLEST)))
        grey = _blurred(brightness, GREY_BLUR_PX)
        before, grey_before = self._log_inverse_depth, self._grey
        # What `new` becomes below is what the next frame is compared with.
        self._log_inverse_depth, self._grey = new, grey
        if before is None or grey_before is None or not goes_on or before.shape != new.shape:
            return Steadied(inverse_depth, np.zeros_like(new))
        difference = np.nan_to_num(new - before, nan=0.0)
        scale = _median(difference)
        difference -= scale
        confidence = _agreement(np.where(np.isnan(new), np.float32(1), np.abs(difference)))
        if gain == 1:
            return Steadied(inverse_depth, confidence)
        stillness = _stillness(grey - grey_before)
        pull = stillness * _rest(difference, LOG_CHANGE) * difference
        if stillness.mean() > STILL_SHARE:
            pull += scale
        new -= np.float32(1 - gain) * pull
        return Steadied(np.exp(new), confidence)


def _agreement(difference: Map) -> Map:
    """Confidence from the size of the difference in log depth, averaged around each pixel."""
    limited = np.minimum(difference, np.float32(1))
    return np.exp(-_blurred(limited, CONFIDENCE_BLUR_PX) / np.float32(DISAGREEMENT))


def _stillness(change: Map) -> Map:
    """1 where the image stands still, whatever the exposure does; 0 where it moves."""
    return _rest(change - _median(change), GREY_CHANGE)


def _rest(change: Map, limit: float) -> Map:
    """1 up to the limit, 0 from twice the limit on."""
    return np.clip(2 - np.abs(change) / np.float32(limit), 0, 1)


def _median(values: Map) -> np.float32:
    """The lower one of a sample's two middle values, as torch has it."""
    sample = values[::SAMPLE_STRIDE, ::SAMPLE_STRIDE].ravel()
    middle = (sample.size - 1) // 2
    return np.partition(sample, middle)[middle]


def _blurred(values: Map, size_px: int) -> Map:
    return cv2.blur(values, (size_px, size_px), borderType=cv2.BORDER_REPLICATE)
