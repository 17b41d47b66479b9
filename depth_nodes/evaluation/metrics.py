"""How far a depth image is from the truth: the usual metrics, one image at a time.

Definitions of Eigen et al. (NIPS 2014), and SILog, iRMSE and iMAE of the KITTI depth benchmarks
(Uhrig et al., 3DV 2017); the spread of the scale factors as in Monodepth2 (Godard et al., ICCV
2019).
"""

from __future__ import annotations

from collections.abc import Iterable
import math
from typing import NamedTuple

from jaxtyping import Bool, Float, Float64
import numpy as np

from depth_nodes.evaluation.compared_pixels import compared_pixels, ComparedPixels
from depth_nodes.evaluation.evaluation_config import Align, EvaluationConfig

M_PER_KM = 1000.0
D1_FACTOR = 1.25


class ImageMetrics(NamedTuple):
    """The metrics of one image.

    Attributes:
        density: share of the ground-truth pixels with a prediction.
        abs_rel: mean of |error| / truth.
        sq_rel: mean of error^2 / truth [m].
        rmse: root mean square error [m].
        rmse_log: root mean square error of the natural logarithm.
        d1: share of pixels within a factor of 1.25; d2 and d3 of its square and cube.
        d2: see d1.
        d3: see d1.
        scale: median of the truth / median of the prediction, before alignment; NaN where nothing
            was predicted.
        silog: 100 times the standard deviation of the natural logarithm's error.
        irmse_per_km: root mean square error of inverse depth [1/km].
        imae_per_km: mean of |error| of inverse depth [1/km].
    """

    density: float
    abs_rel: float
    sq_rel: float
    rmse: float
    rmse_log: float
    d1: float
    d2: float
    d3: float
    scale: float
    silog: float
    irmse_per_km: float
    imae_per_km: float


def image_metrics(
    prediction_m: Float[np.ndarray, 'height width'],
    truth_m: Float[np.ndarray, 'truth_height truth_width'],
    config: EvaluationConfig,
    stride: int = 1,
) -> ImageMetrics | None:
    """Compares one depth image with the truth; None where no truth lies in range and crop.

    Predicted -Inf and +Inf count as the ends of the range and NaN as its far end, whatever the
    alignment; none of them takes part in finding it.

    Args:
        prediction_m: depth [m] at the size of the image.
        truth_m: depth [m], 0 where unknown.
        config: range, crop and alignment.
        stride: truth (i, j) belongs to pixel (stride * i, stride * j) of the image.

    Raises:
        InputError: the two sizes do not belong together.
    """
    pixels = compared_pixels(prediction_m, truth_m, config, stride)
    return None if pixels is None else pixel_metrics(pixels, config.align)


def pixel_metrics(pixels: ComparedPixels, align: Align) -> ImageMetrics:
    """The metrics of one image's pixels under an alignment."""
    truth, prediction = pixels.truth_m, pixels.clamped_m(align)
    difference = np.abs(prediction - truth)
    relative = difference * pixels.inverse_truth
    log_difference = np.log(prediction) - pixels.log_truth
    inverse_difference = np.abs(1 / prediction - pixels.inverse_truth)
    d1, d2, d3 = (
        np.count_nonzero(is_within(D1_FACTOR**power, prediction, truth)) / truth.size
        for power in (1, 2, 3)
    )
    return ImageMetrics(
        density=1 - np.count_nonzero(np.isnan(pixels.prediction_m)) / truth.size,
        abs_rel=float(np.mean(relative)),
        sq_rel=float(np.dot(relative, difference)) / truth.size,
        rmse=_root_mean_square(difference),
        rmse_log=_root_mean_square(log_difference),
        d1=d1,
        d2=d2,
        d3=d3,
        scale=pixels.scale,
        silog=100 * _root_mean_square(log_difference - np.mean(log_difference)),
        irmse_per_km=M_PER_KM * _root_mean_square(inverse_difference),
        imae_per_km=M_PER_KM * float(np.mean(inverse_difference)),
    )


def _root_mean_square(values: Float64[np.ndarray, ' point']) -> float:
    return math.sqrt(float(np.dot(values, values)) / values.size)


def is_within(
    factor: float,
    prediction: Float64[np.ndarray, ' point'],
    truth: Float64[np.ndarray, ' point'],
) -> Bool[np.ndarray, ' point']:
    """Where max(prediction / truth, truth / prediction) is below a factor."""
    return (prediction < factor * truth) & (truth < factor * prediction)


def mean_of_known(values: Iterable[float | None]) -> float | None:
    """The mean of the numbers that exist; None without any."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
