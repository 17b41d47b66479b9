"""What a robot would brake for: the nearest obstacle of every image column, true and predicted.

An obstacle is what stands higher above the ground than a fifth of the camera's height, and not
higher than twice it, so that a robot passes below ceilings and bridges. Ground is found in the
truth, see `ground_line`, and holds for the prediction too: depth that makes the ground rise makes
a robot brake. Where no ground is seen, obstacles are what lies in the second quarter of the rows,
where a level camera sees the ground far away only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jaxtyping import Bool, Float64
import numpy as np

from depth_nodes.evaluation.compared_pixels import clamped, ComparedPixels
from depth_nodes.evaluation.ground import ground_line, height_share
from depth_nodes.evaluation.metrics import mean_of_known
from depth_nodes.evaluation.robust_line import Line

DISTANCES_M = (1.0, 2.0, 5.0)
MIN_HEIGHT_SHARE, MAX_HEIGHT_SHARE = 0.2, 2.0
BAND = (1 / 4, 1 / 2)
# So many of a column's pixels must be as near: fewer are no obstacle but noise.
SUPPORT_SHARE = 0.02
TOLERANCE = 1.25

Columns = Float64[np.ndarray, ' column']
Depth = Float64[np.ndarray, 'height width']
Mask = Bool[np.ndarray, 'height width']


@dataclass(frozen=True, kw_only=True)
class NearestObstacles:
    """The nearest obstacle [m] of every column with known truth; infinite where there is none."""

    true_m: Columns
    predicted_m: Columns
    has_ground: bool


class ObstacleScores:
    """Adds up the columns of images under the alignment asked for."""

    def __init__(self) -> None:
        self._num_columns = 0
        self._has_ground: list[bool] = []
        self._errors_m: list[float] = []
        self._relative_errors: list[float] = []
        # Of every distance: columns with a true obstacle, missed ones, phantoms.
        self._counts = np.zeros((len(DISTANCES_M), 3), np.int64)

    def add(self, pixels: ComparedPixels) -> None:
        """Takes in the pixels of an image."""
        nearest = nearest_obstacles(pixels)
        true_m, predicted_m = nearest.true_m, nearest.predicted_m
        self._num_columns += len(true_m)
        self._has_ground.append(nearest.has_ground)
        is_both = np.isfinite(true_m) & np.isfinite(predicted_m)
        if is_both.any():
            error = np.abs(predicted_m[is_both] - true_m[is_both])
            self._errors_m.append(float(np.median(error)))
            self._relative_errors.append(float(np.median(error / true_m[is_both])))
        self._counts += [_counts_within(distance, nearest) for distance in DISTANCES_M]

    def result(self) -> dict[str, Any]:
        """Ready for JSON; None where no column tells."""
        return {
            'columns': self._num_columns,
            'ground_share': mean_of_known([float(has) for has in self._has_ground]),
            'nearest_error_m': mean_of_known(self._errors_m),
            'nearest_rel': mean_of_known(self._relative_errors),
            'within': [
                self._within(distance, *counts)
                for distance, counts in zip(DISTANCES_M, self._counts.tolist(), strict=True)
            ],
        }

    def _within(self, distance_m: float, true: int, missed: int, phantom: int) -> dict[str, Any]:
        free = self._num_columns - true
        return {
            'distance_m': distance_m,
            'true_columns': true,
            'missed': missed,
            'phantom': phantom,
            'missed_share': missed / true if true else None,
            'phantom_share': phantom / free if free else None,
        }


def nearest_obstacles(pixels: ComparedPixels) -> NearestObstacles:
    """The nearest obstacles of one image, where its truth is compared.

    Predicted NaN and what lies beyond the range are no obstacle; -Inf is one at the near end.
    """
    config, is_compared = pixels.config, pixels.is_compared
    truth, prediction = np.full((2, *is_compared.shape), np.inf)
    truth[is_compared] = pixels.truth_m
    aligned = pixels.aligned_m(config.align)
    near = np.where(aligned < config.max_depth_m, clamped(aligned, config), np.inf)
    prediction[is_compared] = near
    ground = ground_line(truth)
    num_known = np.count_nonzero(is_compared & _band(ground, *is_compared.shape), axis=0)
    has_truth = num_known > 0
    if not has_truth.any():
        return NearestObstacles(true_m=np.empty(0), predicted_m=np.empty(0), has_ground=False)
    support = max(1, round(SUPPORT_SHARE * float(np.median(num_known[has_truth]))))
    true_m, predicted_m = (
        _nearest(np.where(_stands(depth, ground), depth, np.inf)[:, has_truth], support)
        for depth in (truth, prediction)
    )
    return NearestObstacles(true_m=true_m, predicted_m=predicted_m, has_ground=ground is not None)


def _stands(depth_m: Depth, ground: Line | None) -> Mask:
    """Which pixels are obstacles; those of infinite depth may be."""
    if ground is None:
        return _band(ground, *depth_m.shape)
    height = height_share(depth_m, ground)
    return (height > MIN_HEIGHT_SHARE) & (height < MAX_HEIGHT_SHARE)


def _band(ground: Line | None, height: int, width: int) -> Mask:
    """Where obstacles are looked for: everywhere above a known ground."""
    top, bottom = (0, height) if ground else (int(share * height) for share in BAND)
    mask = np.zeros((height, width), bool)
    mask[top:bottom] = True
    return mask


def _nearest(depth_m: Depth, support: int) -> Columns:
    """The depth of each column that `support` pixels are as near as, or nearer."""
    return np.partition(depth_m, support - 1, axis=0)[support - 1]


def _counts_within(distance_m: float, nearest: NearestObstacles) -> list[int]:
    """Columns with a true obstacle within a distance, those of them missed, and phantoms.

    Depth up to `TOLERANCE` times too far is no miss, and as much too near no phantom.
    """
    true_m, predicted_m = nearest.true_m, nearest.predicted_m
    is_true, is_predicted = true_m <= distance_m, predicted_m <= distance_m
    missed = is_true & ~is_predicted & (predicted_m > TOLERANCE * true_m)
    phantom = is_predicted & ~is_true & (true_m > TOLERANCE * predicted_m)
    return [int(np.count_nonzero(mask)) for mask in (is_true, missed, phantom)]
