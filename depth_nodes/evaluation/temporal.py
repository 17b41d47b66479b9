"""How steady depth is from frame to frame: drift and jitter of its scale, flicker of its pixels.

All of it before alignment, since a robot gets depth as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
import math
from typing import Any

from jaxtyping import Float, Float64
import numpy as np

from depth_nodes.evaluation.metrics import mean_of_known
from depth_nodes.evaluation.reprojection import Correspondence, reprojected, same_pixels, View
from depth_nodes.evaluation.robust_line import theil_sen

# Frames farther apart are no neighbours.
MAX_GAP_S = 1.0
# Below, the pixels whose truth stays the same are so by accident: the camera moves.
MIN_STATIC_SHARE = 0.25
# Fewer frames, or a shorter time, tell nothing about a drift.
MIN_DRIFT_FRAMES, MIN_DRIFT_S = 10, 1.0
MAX_DRIFT_POINTS = 400


@dataclass(frozen=True, kw_only=True)
class TimedView:
    """What of a frame the next one is compared with.

    Attributes:
        stamp_s: time of the image.
        scale: median of the truth / median of the prediction; NaN where unknown.
        prediction_m: depth [m] on the grid of the truth.
        view: the truth, and where it was seen from.
    """

    stamp_s: float
    scale: float
    prediction_m: Float[np.ndarray, 'height width']
    view: View


class TemporalScores:
    """Takes the frames of one sequence in their order; of the last one it keeps the depth."""

    def __init__(self) -> None:
        self._last: TimedView | None = None
        self._times_s: list[float] = []
        self._log_scales: list[float] = []
        self._jumps: list[float] = []
        self._static_shares: list[float] = []
        self._flicker: dict[str, list[float]] = {'reprojected pixels': [], 'static pixels': []}
        self._num_pairs = 0

    def add(self, current: TimedView) -> None:
        """Compares a frame with the one before."""
        last, self._last = self._last, current
        if current.scale > 0:
            self._times_s.append(current.stamp_s)
            self._log_scales.append(math.log(current.scale))
        if last is None or not 0 < current.stamp_s - last.stamp_s <= MAX_GAP_S:
            return
        self._num_pairs += 1
        if last.scale > 0 and current.scale > 0:
            self._jumps.append(abs(math.log(current.scale / last.scale)))
        self._add_flicker(last, current)

    def result(self) -> dict[str, Any]:
        """Ready for JSON; None where the sequence does not tell."""
        kind = 'reprojected pixels' if self._flicker['reprojected pixels'] else 'static pixels'
        return {
            'pairs': self._num_pairs,
            'scale_drift_per_min': scale_drift_per_min(self._times_s, self._log_scales),
            'scale_jitter': float(np.median(self._jumps)) if self._jumps else None,
            'flicker': mean_of_known(self._flicker[kind]),
            'flicker_of': kind,
            'static_share': mean_of_known(self._static_shares),
        }

    def _add_flicker(self, last: TimedView, current: TimedView) -> None:
        pair = reprojected(last.view, current.view)
        kind = 'static pixels' if pair is None else 'reprojected pixels'
        pair = same_pixels(last.view, current.view) if pair is None else pair
        if pair is None:
            return
        self._static_shares.append(pair.share)
        flicker = pixel_flicker(last, current, pair)
        if pair.share >= MIN_STATIC_SHARE and flicker is not None:
            self._flicker[kind].append(flicker)


def pixel_flicker(last: TimedView, current: TimedView, pair: Correspondence) -> float | None:
    """Median of |change of ln depth| of the same points, the true change taken out.

    None where nothing was predicted in both frames.
    """
    predicted = _log_change(last.prediction_m, current.prediction_m, pair)
    true = _log_change(last.view.truth_m, current.view.truth_m, pair)
    change = np.abs(predicted - true)
    change = change[np.isfinite(change)]
    return float(np.median(change)) if change.size else None


def scale_drift_per_min(times_s: list[float], log_scales: list[float]) -> float | None:
    """Theil-Sen slope of ln(scale) [1/min]: the median of the slopes of all pairs of frames.

    Long sequences are first thinned to the medians of neighbours. None where too few frames or
    too short a time tell nothing.
    """
    if len(times_s) < MIN_DRIFT_FRAMES or times_s[-1] - times_s[0] < MIN_DRIFT_S:
        return None
    parts = min(len(times_s), MAX_DRIFT_POINTS)
    times, values = (_thinned(np.array(series), parts) for series in (times_s, log_scales))
    return 60 * theil_sen(times, values).slope


def _thinned(values: Float64[np.ndarray, ' frame'], parts: int) -> Float64[np.ndarray, ' part']:
    return np.array([np.median(part) for part in np.array_split(values, parts)])


def _log_change(
    last_m: Float[np.ndarray, 'height width'],
    current_m: Float[np.ndarray, 'height width'],
    pair: Correspondence,
) -> Float64[np.ndarray, ' point']:
    """ln(depth now / depth before); not finite where one of them is no depth."""
    last = last_m.ravel()[pair.last].astype(np.float64)
    current = current_m.ravel()[pair.current].astype(np.float64)
    with np.errstate(divide='ignore', invalid='ignore'):
        return np.log(current / last)
