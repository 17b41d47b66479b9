"""Depth beside the truth, pixel by pixel, and brought to its scale.

Median alignment as in Monodepth2 (Godard et al., ICCV 2019), affine alignment in inverse depth as
in MiDaS (Ranftl et al., TPAMI 2022).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
import math
from typing import Any

from jaxtyping import Bool, Float, Float64
import numpy as np

from depth_nodes.errors import InputError
from depth_nodes.evaluation.crop import crop_mask
from depth_nodes.evaluation.evaluation_config import Align, EvaluationConfig

ROUNDING = 1e-12  # numbers that differ less are the same


@dataclass(frozen=True, kw_only=True)
class ComparedPixels:
    """Depth beside the truth, where the truth lies in range and crop.

    Attributes:
        is_compared: which pixels of the ground truth these are; the arrays below go row by row.
        truth_m: depth [m].
        prediction_m: depth [m] as predicted, with its -Inf, +Inf and NaN.
        config: range and crop.
    """

    is_compared: Bool[np.ndarray, 'truth_height truth_width']
    truth_m: Float64[np.ndarray, ' point']
    prediction_m: Float64[np.ndarray, ' point']
    config: EvaluationConfig

    @cached_property
    def is_usable(self) -> Bool[np.ndarray, ' point']:
        """Where the prediction is finite and above 0; nothing else takes part in alignments."""
        return np.isfinite(self.prediction_m) & (self.prediction_m > 0)

    @cached_property
    def scale(self) -> float:
        """Median of the truth / median of the prediction; NaN without a usable pixel."""
        if not self.is_usable.any():
            return math.nan
        truth, prediction = self.truth_m[self.is_usable], self.prediction_m[self.is_usable]
        return float(np.median(truth) / np.median(prediction))

    @cached_property
    def inverse_fit(self) -> tuple[float, float]:
        """Scale and shift [1/m] that fit inverse depth to the truth."""
        inverse = 1 / self.prediction_m[self.is_usable]
        return affine_fit(inverse, self.inverse_truth[self.is_usable])

    @cached_property
    def log_truth(self) -> Float64[np.ndarray, ' point']:
        """Natural logarithm of the truth."""
        return np.log(self.truth_m)

    @cached_property
    def inverse_truth(self) -> Float64[np.ndarray, ' point']:
        """1 / truth [1/m]."""
        return 1 / self.truth_m

    def aligned_m(self, align: Align) -> Float64[np.ndarray, ' point']:
        """Predicted depth [m] after alignment, not clamped; what is not finite stays."""
        prediction = self.prediction_m
        if align == 'none' or not self.is_usable.any():
            return prediction
        if align == 'median':
            return self.scale * prediction
        scale, shift = self.inverse_fit
        fitted = scale / np.where(self.is_usable, prediction, np.nan) + shift
        # An inverse depth of zero or less lies beyond every range.
        depth = np.where(fitted > 0, 1 / np.where(fitted > 0, fitted, 1.0), math.inf)
        return np.where(np.isfinite(prediction), depth, prediction)

    def clamped_m(self, align: Align) -> Float64[np.ndarray, ' point']:
        """Depth [m] after alignment and within the range; NaN counts as the far end."""
        return clamped(self.aligned_m(align), self.config)


def compared_pixels(
    prediction_m: Float[np.ndarray, 'height width'],
    truth_m: Float[np.ndarray, 'truth_height truth_width'],
    config: EvaluationConfig,
    stride: int = 1,
) -> ComparedPixels | None:
    """The pixels to compare; None where no truth lies in range and crop.

    Args:
        prediction_m: depth [m] at the size of the image.
        truth_m: depth [m], 0 where unknown.
        config: range and crop.
        stride: truth (i, j) belongs to pixel (stride * i, stride * j) of the image.

    Raises:
        InputError: the two sizes do not belong together.
    """
    prediction = sampled(prediction_m, truth_m.shape, stride)
    is_compared = (truth_m > config.min_depth_m) & (truth_m < config.max_depth_m)
    if config.crop != 'none':
        mask = crop_mask(config.crop, *prediction_m.shape)
        is_compared &= sampled(mask, truth_m.shape, stride)
    if not is_compared.any():
        return None
    return ComparedPixels(
        is_compared=is_compared,
        truth_m=truth_m[is_compared].astype(np.float64),
        prediction_m=prediction[is_compared].astype(np.float64),
        config=config,
    )


def clamped(
    depth_m: Float64[np.ndarray, ' point'], config: EvaluationConfig
) -> Float64[np.ndarray, ' point']:
    """Depth [m] within the range; NaN counts as the far end."""
    within = depth_m.clip(config.min_depth_m, config.max_depth_m)
    return np.where(np.isnan(within), config.max_depth_m, within)


def affine_fit(
    prediction: Float64[np.ndarray, ' point'], truth: Float64[np.ndarray, ' point']
) -> tuple[float, float]:
    """Scale and shift with the least squares of scale * prediction + shift - truth.

    A prediction that is everywhere the same has scale 0.
    """
    mean = float(np.mean(prediction))
    centred = prediction - mean
    spread = float(np.dot(centred, centred))
    is_constant = spread <= prediction.size * (ROUNDING * mean) ** 2
    scale = 0.0 if is_constant else float(np.dot(centred, truth)) / spread
    return scale, float(np.mean(truth)) - scale * mean


def sampled(image: Any, shape: tuple[int, ...], stride: int) -> Any:
    """The pixels (stride * i, stride * j) of an image, as many as the ground truth has.

    Raises:
        InputError: the image does not have them.
    """
    grid = image[::stride, ::stride][: shape[0], : shape[1]]
    if grid.shape != shape:
        raise InputError(
            f'ground truth of {shape[1]}x{shape[0]} at every {stride}. pixel does not fit a '
            f'depth image of {image.shape[1]}x{image.shape[0]}'
        )
    return grid
