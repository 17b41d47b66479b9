"""How far a depth image is from the truth: the usual metrics, one image at a time.

Definitions of Eigen et al. (NIPS 2014); median alignment and the spread of its factors as in
Monodepth2 (Godard et al., ICCV 2019); affine alignment in inverse depth as in MiDaS (Ranftl et
al., TPAMI 2022); the crop of Garg et al. (ECCV 2016).
"""

from __future__ import annotations

from dataclasses import dataclass
import math
from typing import Any, Literal, NamedTuple

from jaxtyping import Bool, Float, Float64
import numpy as np

from depth_nodes.errors import ConfigError, InputError

Align = Literal['none', 'median', 'affine']
Crop = Literal['none', 'garg']

# Shares of height (top, bottom) and width (left, right); pixels outside are left out.
GARG_ROWS = (0.40810811, 0.99189189)
GARG_COLUMNS = (0.03594771, 0.96405229)


@dataclass(frozen=True, kw_only=True)
class EvaluationConfig:
    """What is compared: ground truth with min < depth < max, inside the crop, after alignment."""

    align: Align = 'none'
    crop: Crop = 'none'
    min_depth_m: float = 0.1
    max_depth_m: float = 80.0

    def __post_init__(self) -> None:
        """Refuses what is no range."""
        if not 0 < self.min_depth_m < self.max_depth_m < math.inf:
            raise ConfigError(
                f'depth range {self.min_depth_m} to {self.max_depth_m} m: give 0 < min < max'
            )


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


class ComparedPixels(NamedTuple):
    """Depth beside the truth, where the truth lies in range and crop.

    Attributes:
        is_compared: which pixels of the ground truth these are; the arrays below go row by row.
        truth_m: depth [m].
        aligned_m: predicted depth [m] after alignment, not clamped; what is not finite stays.
        scale: see `ImageMetrics`.
    """

    is_compared: Bool[np.ndarray, 'truth_height truth_width']
    truth_m: Float64[np.ndarray, ' point']
    aligned_m: Float64[np.ndarray, ' point']
    scale: float


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
    if pixels is None:
        return None
    density = float(np.mean(~np.isnan(pixels.aligned_m)))
    errors = _errors(clamped(pixels.aligned_m, config), pixels.truth_m)
    return ImageMetrics(density=density, scale=pixels.scale, **errors)


def compared_pixels(
    prediction_m: Float[np.ndarray, 'height width'],
    truth_m: Float[np.ndarray, 'truth_height truth_width'],
    config: EvaluationConfig,
    stride: int = 1,
) -> ComparedPixels | None:
    """Aligns a depth image with the truth; arguments and errors as in `image_metrics`."""
    sampled = _sampled(prediction_m, truth_m.shape, stride)
    is_compared = (truth_m > config.min_depth_m) & (truth_m < config.max_depth_m)
    if config.crop == 'garg':
        is_compared &= _sampled(garg_mask(*prediction_m.shape), truth_m.shape, stride)
    if not is_compared.any():
        return None
    truth = truth_m[is_compared].astype(np.float64)
    prediction = sampled[is_compared].astype(np.float64)

    usable = np.isfinite(prediction) & (prediction > 0)
    scale = math.nan
    aligned = prediction
    if usable.any():
        scale = float(np.median(truth[usable]) / np.median(prediction[usable]))
        aligned = _aligned(prediction, truth, usable, config.align, scale)
    aligned = np.where(np.isfinite(prediction), aligned, prediction)
    return ComparedPixels(is_compared=is_compared, truth_m=truth, aligned_m=aligned, scale=scale)


def clamped(
    depth_m: Float64[np.ndarray, ' point'], config: EvaluationConfig
) -> Float64[np.ndarray, ' point']:
    """Depth [m] within the range; NaN counts as the far end."""
    numbers = np.nan_to_num(depth_m, nan=config.max_depth_m, posinf=math.inf, neginf=-math.inf)
    return numbers.clip(config.min_depth_m, config.max_depth_m)


def garg_mask(height: int, width: int) -> Bool[np.ndarray, '{height} {width}']:
    """The pixels that the crop of Garg et al. keeps."""
    mask = np.zeros((height, width), bool)
    top, bottom = (int(share * height) for share in GARG_ROWS)
    left, right = (int(share * width) for share in GARG_COLUMNS)
    mask[top:bottom, left:right] = True
    return mask


def affine_fit(
    prediction: Float64[np.ndarray, ' point'], truth: Float64[np.ndarray, ' point']
) -> tuple[float, float]:
    """Scale and shift with the least squares of scale * prediction + shift - truth."""
    design = np.stack([prediction, np.ones_like(prediction)], axis=1)
    (scale, shift), *_ = np.linalg.lstsq(design, truth, rcond=None)
    return float(scale), float(shift)


def _aligned(
    prediction: Float64[np.ndarray, ' point'],
    truth: Float64[np.ndarray, ' point'],
    usable: Bool[np.ndarray, ' point'],
    align: Align,
    scale: float,
) -> Float64[np.ndarray, ' point']:
    if align == 'none':
        return prediction
    if align == 'median':
        return scale * prediction
    inverse = 1 / np.where(usable, prediction, np.nan)
    inverse_scale, shift = affine_fit(inverse[usable], 1 / truth[usable])
    fitted = inverse_scale * inverse + shift
    # An inverse depth of zero or less lies beyond every range.
    return np.where(fitted > 0, 1 / np.where(fitted > 0, fitted, 1.0), math.inf)


def _sampled(image: Any, shape: tuple[int, ...], stride: int) -> Any:
    """The pixels (stride * i, stride * j) of an image, as many as the ground truth has."""
    grid = image[::stride, ::stride][: shape[0], : shape[1]]
    if grid.shape != shape:
        raise InputError(
            f'ground truth of {shape[1]}x{shape[0]} at every {stride}. pixel does not fit a '
            f'depth image of {image.shape[1]}x{image.shape[0]}'
        )
    return grid


def _errors(
    prediction: Float64[np.ndarray, ' point'], truth: Float64[np.ndarray, ' point']
) -> dict[str, float]:
    """The metrics that are means over pixels."""
    difference = prediction - truth
    log_difference = np.log(prediction) - np.log(truth)
    ratio = np.maximum(prediction / truth, truth / prediction)
    return {
        'abs_rel': float(np.mean(np.abs(difference) / truth)),
        'sq_rel': float(np.mean(difference**2 / truth)),
        'rmse': float(np.sqrt(np.mean(difference**2))),
        'rmse_log': float(np.sqrt(np.mean(log_difference**2))),
        'd1': float(np.mean(ratio < 1.25)),
        'd2': float(np.mean(ratio < 1.25**2)),
        'd3': float(np.mean(ratio < 1.25**3)),
    }
