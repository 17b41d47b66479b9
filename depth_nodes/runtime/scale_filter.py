"""From the scales of single frames to one that can be driven by."""

from __future__ import annotations

from collections import deque
import math

import numpy as np

from depth_nodes.runtime.scale_measurement import robust_std, ScaleMeasurement

# How fast the logarithm of the scale walks: standard deviation after a second.
DRIFT_PER_ROOT_S = 0.02
WINDOW = 10
MIN_MEASUREMENTS = 5
GATE_SIGMAS = 3.0
# A frame inside of the gate moves the scale no farther than this.
MAX_STEP = 0.0099
# With a larger standard deviation the depth is not called metres.
MAX_STD = 0.1


class ScaleFilter:
    """A Kalman filter of the logarithm of the scale, which walks at random.

    The measurements of the last frames are kept beside it. Their spread is what a frame's scale is
    really worth. Their median, which no single frame moves, is where the filter starts, and
    where it starts anew once most of them lie outside of the gate: then the scale has jumped.

    Attributes:
        log_scale: of the newest estimate; 0 before there is one.
        measured_at_s: when the last measurement was used.
    """

    def __init__(self) -> None:
        self.log_scale = 0.0
        self.measured_at_s = math.nan
        self._variance = self._noise = math.inf
        self._recent: deque[float] = deque(maxlen=WINDOW)

    @property
    def has_estimate(self) -> bool:
        """Whether enough has been measured to start."""
        return math.isfinite(self._variance)

    def variance(self, at_s: float) -> float:
        """Of the logarithm, at this time; infinite before there is an estimate."""
        # Where the last frames do not agree, the filter cannot know better than their mean.
        return max(self._predicted(at_s), self._noise / WINDOW)

    def is_trusted(self, at_s: float) -> bool:
        """Whether depth times this scale may be called metres."""
        return self.variance(at_s) <= MAX_STD**2

    def rewind(self, at_s: float) -> None:
        """Where time has jumped back, silence counts from there: the future never comes."""
        self.measured_at_s = min(self.measured_at_s, at_s)

    def add(self, measurement: ScaleMeasurement, at_s: float) -> bool:
        """Whether the frame was used; else the scale is held.

        Args:
            measurement: of one frame.
            at_s: its time; where time jumps back, no time has passed.
        """
        self._recent.append(measurement.log_scale)
        if len(self._recent) < MIN_MEASUREMENTS:
            return False
        values = np.array(self._recent)
        median = float(np.median(values))
        self._noise = noise = max(measurement.variance, robust_std(values, median) ** 2)
        predicted = self._predicted(at_s)
        gate = GATE_SIGMAS * math.sqrt(predicted + noise)
        if abs(median - self.log_scale) > gate or not self.has_estimate:
            self._set(median, noise, at_s)
            return True
        innovation = measurement.log_scale - self.log_scale
        if abs(innovation) > gate:
            return False
        gain = predicted / (predicted + noise)
        step = min(max(gain * innovation, -MAX_STEP), MAX_STEP)
        self._set(self.log_scale + step, (1 - gain) * predicted, at_s)
        return True

    def _predicted(self, at_s: float) -> float:
        silence_s = max(0.0, at_s - self.measured_at_s) if self.has_estimate else 0.0
        return self._variance + DRIFT_PER_ROOT_S**2 * silence_s

    def _set(self, log_scale: float, variance: float, at_s: float) -> None:
        self.log_scale, self._variance, self.measured_at_s = log_scale, variance, at_s
