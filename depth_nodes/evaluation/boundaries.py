"""Do things in a depth image end where they end in truth? Metrics of edges, one image at a time.

An edge is where depth jumps by a factor, as in Depth Pro (Bochkovskii et al., ICLR 2025), which
matches pairs of neighbours pixel by pixel; here edges may be `TOLERANCE_PX` apart. The soft edge
error is that of Chen et al. (ICCV 2019), in depth; the mean distances between edges are the depth
boundary errors of Koch et al. (ECCV workshops 2018).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
from jaxtyping import Bool, Float, Float32, Float64
import numpy as np

from depth_nodes.evaluation.compared_pixels import clamped, compared_pixels, ComparedPixels
from depth_nodes.evaluation.evaluation_config import EvaluationConfig

EDGE_RATIO = 1.25
TOLERANCE_PX = 2.0
# A missing edge costs as much; predicted edges farther from all true ones are none of theirs.
MAX_DISTANCE_PX = 10.0
AROUND = np.argwhere(np.ones((3, 3))) - 1

Edges = Bool[np.ndarray, 'height width']


class BoundaryMetrics(NamedTuple):
    """The metrics of one image; pixels are those of the ground truth, distances Euclidean.

    Attributes:
        edge_precision: share of the predicted edge pixels with a true one within 2 px; 0 where
            there is none.
        edge_recall: share of the true edge pixels with a predicted one within 2 px.
        edge_f1: harmonic mean of the two.
        see_m: soft edge error [m]: mean over the true edge pixels of the smallest |truth -
            prediction|, where truth may be that of any of the 3x3 pixels around.
        edge_acc_px: mean distance from predicted edge pixels to true ones, of those nearer than
            10 px; 10 where there is none.
        edge_comp_px: mean distance from true edge pixels to predicted ones, each 10 px at most.
    """

    edge_precision: float
    edge_recall: float
    edge_f1: float
    see_m: float
    edge_acc_px: float
    edge_comp_px: float


def boundary_metrics(
    prediction_m: Float[np.ndarray, 'height width'],
    truth_m: Float[np.ndarray, 'truth_height truth_width'],
    config: EvaluationConfig,
    stride: int = 1,
) -> BoundaryMetrics | None:
    """Compares the edges of one depth image with those of the truth; None where none counts.

    A pixel counts where everything that decides about it is known: truth in range and crop up to
    one pixel beyond the tolerance. So no edge beside a hole counts, and none of sparse truth.
    Predicted NaN makes no edge, but counts as the far end in `see_m`; -Inf and +Inf are nearer
    and farther than everything. Arguments and errors are those of `image_metrics`.
    """
    pixels = compared_pixels(prediction_m, truth_m, config, stride)
    return None if pixels is None else pixel_boundaries(pixels)


def pixel_boundaries(pixels: ComparedPixels) -> BoundaryMetrics | None:
    """The same of pixels that were picked out already."""
    config = pixels.config
    truth, prediction = np.full((2, *pixels.is_compared.shape), np.nan)
    truth[pixels.is_compared] = pixels.truth_m
    prediction[pixels.is_compared] = pixels.aligned_m(config.align)
    true_edges, predicted_edges = depth_edges(truth), depth_edges(np.maximum(prediction, 0))

    counts = _distance_to(~pixels.is_compared) > TOLERANCE_PX + 1
    counted = true_edges & counts
    if not counted.any():
        return None
    to_truth_px = _distance_to(true_edges)[predicted_edges & counts]
    to_prediction_px = _distance_to(predicted_edges)[counted]
    near_px = to_truth_px[to_truth_px < MAX_DISTANCE_PX]
    precision = float(np.mean(to_truth_px <= TOLERANCE_PX)) if to_truth_px.size else 0.0
    recall = float(np.mean(to_prediction_px <= TOLERANCE_PX))
    both = precision + recall
    return BoundaryMetrics(
        edge_precision=precision,
        edge_recall=recall,
        edge_f1=2 * precision * recall / both if both else 0.0,
        see_m=_soft_edge_error(clamped(prediction[counted], config), truth, counted),
        edge_acc_px=float(near_px.mean()) if near_px.size else MAX_DISTANCE_PX,
        edge_comp_px=float(np.minimum(to_prediction_px, MAX_DISTANCE_PX).mean()),
    )


def depth_edges(depth_m: Float[np.ndarray, 'height width']) -> Edges:
    """The pixels with one of their four neighbours more than `EDGE_RATIO` times as far.

    So the nearer of two pixels, where the thing in front ends, is the edge. NaN makes none.
    """
    reach = EDGE_RATIO * depth_m
    is_edge = np.zeros(depth_m.shape, bool)
    is_edge[:-1] |= reach[:-1] < depth_m[1:]
    is_edge[1:] |= reach[1:] < depth_m[:-1]
    is_edge[:, :-1] |= reach[:, :-1] < depth_m[:, 1:]
    is_edge[:, 1:] |= reach[:, 1:] < depth_m[:, :-1]
    return is_edge


def consistency_error(
    first_m: Float[np.ndarray, 'height width'], second_m: Float[np.ndarray, 'height width']
) -> float:
    """Mean |difference| [m] of two tiles' depth in their overlap (PatchFusion, CVPR 2024).

    Only pixels that are finite in both count; NaN where there is none.
    """
    is_finite = np.isfinite(first_m) & np.isfinite(second_m)
    if not is_finite.any():
        return math.nan
    return float(np.mean(np.abs(first_m[is_finite] - second_m[is_finite]), dtype=np.float64))


def _distance_to(is_target: Edges) -> Float32[np.ndarray, 'height width']:
    """Distance [px] of every pixel from the nearest target; beyond all images without one."""
    return cv2.distanceTransform((~is_target).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)


def _soft_edge_error(
    prediction_m: Float64[np.ndarray, ' edge'],
    truth_m: Float64[np.ndarray, 'height width'],
    is_edge: Edges,
) -> float:
    """Mean of the smallest error [m] against the truth in the 3x3 pixels around each edge."""
    around = np.argwhere(is_edge)[:, None] + AROUND
    rows, columns = np.clip(around, 0, np.array(truth_m.shape) - 1).transpose(2, 0, 1)
    return float(np.abs(truth_m[rows, columns] - prediction_m[:, None]).min(axis=1).mean())
