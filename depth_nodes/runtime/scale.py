"""What predicted depth is multiplied with to be metres, from whatever says so."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from depth_nodes.runtime.scale_filter import ScaleFilter
from depth_nodes.runtime.scale_measurement import ScaleMeasurement
from depth_nodes.runtime.scale_view import ScaleView

MEASURED_SOURCES = ('camera_height', 'range', 'odometry')
SCALE_MODES = ('model', 'fixed', *MEASURED_SOURCES, 'auto')
# Of the logarithm of the scale, from view to view: the model cards show 0.04 to 0.6.
MODEL_STD = 0.3
# `auto` changes to a source whose variance is below this share of that of its present one:
# sources do not agree exactly, and every change is a jump.
CHANGE_SHARE = 0.5
# Where more of the depth is beyond one end of the range, no source can measure it.
MAX_GATED_SHARE = 0.7
SEARCH_FACTOR = 5.0
SEARCH_STRIDE = 8
MIN_SEARCHED, MAX_SEARCHED = 0.01, 100.0


class Scale(NamedTuple):
    """What a frame's depth is multiplied with.

    Attributes:
        value: the factor.
        variance: of its natural logarithm, so the square of its relative error.
        source: where it comes from: `model`, `fixed` or one that is measured.
        age_s: since its last measurement; infinite before the first.
        is_metric: whether the depth is to be called metres; else it is relative.
    """

    value: float
    variance: float
    source: str
    age_s: float
    is_metric: bool


class ScaleEngine:
    """A filter for each source, and the choice among them.

    Args:
        mode: one of `SCALE_MODES`.
        factor: of the mode `fixed`.

    Attributes:
        mode: the same.
        sources: what this mode wants measured.
    """

    def __init__(self, mode: str, factor: float = 1.0) -> None:
        self.mode = mode
        self.sources = MEASURED_SOURCES if mode == 'auto' else tuple({mode} & {*MEASURED_SOURCES})
        self._factor = factor
        self._filters = {source: ScaleFilter() for source in self.sources}
        self._source = '' if mode == 'auto' else mode
        self._searched = 1.0

    def add(self, source: str, measurement: ScaleMeasurement, at_s: float) -> bool:
        """Whether the measurement of a frame was used; outliers are not."""
        return self._filters[source].add(measurement, at_s)

    def scale(self, at_s: float) -> Scale:
        """For the depth of a frame of this time; frames come one after the other."""
        for one in self._filters.values():
            one.rewind(at_s)
        if self.mode == 'fixed':
            return Scale(self._factor, 0.0, 'fixed', 0.0, is_metric=True)
        if self.mode == 'auto':
            self._choose(at_s)
        if self._source not in self._filters:
            is_metric = self.mode == 'model'  # for `auto` it is no more than better than nothing
            return Scale(self._searched, MODEL_STD**2, 'model', 0.0, is_metric)
        chosen = self._filters[self._source]
        if not chosen.has_estimate:
            return Scale(self._searched, math.inf, self._source, math.inf, is_metric=False)
        age_s = max(0.0, at_s - chosen.measured_at_s)
        value, variance = math.exp(chosen.log_scale), chosen.variance(at_s)
        return Scale(value, variance, self._source, age_s, chosen.is_trusted(at_s))

    def search(self, view: ScaleView) -> None:
        """While there is no measurement: brings depth that is out of range into it.

        What lies beyond `max_depth_m` or before `min_depth_m` has no value that could be measured,
        and with a scale that is far off that may be everything.
        """
        if not self.sources or any(one.has_estimate for one in self._filters.values()):
            return
        depth = view.depth_m[::SEARCH_STRIDE, ::SEARCH_STRIDE]
        for gated, factor in ((-np.inf, SEARCH_FACTOR), (np.inf, 1 / SEARCH_FACTOR)):
            if (depth == gated).mean() > MAX_GATED_SHARE:
                searched = self._searched * factor
                self._searched = min(max(searched, MIN_SEARCHED), MAX_SEARCHED)

    def _choose(self, at_s: float) -> None:
        """The source of least variance among the trusted; the model where there is none."""
        trusted = {
            source: one.variance(at_s)
            for source, one in self._filters.items()
            if one.is_trusted(at_s)
        }
        best = min(trusted, key=trusted.__getitem__, default='')
        if self._source not in trusted or trusted[best] < CHANGE_SHARE * trusted[self._source]:
            self._source = best
