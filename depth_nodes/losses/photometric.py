"""How unlike two images are, pixel by pixel: structural similarity and absolute difference."""

from __future__ import annotations

from typing import Any

from jaxtyping import Float
import torch
from torch import Tensor
import torch.nn.functional as F

SSIM_SHARE = 0.85
# (0.01 L)^2 and (0.03 L)^2 of Wang et al., "Image quality assessment" (2004), for L = 1.
LUMINANCE_FLOOR = 1e-4
CONTRAST_FLOOR = 9e-4


def photometric_error(
    image: Float[Tensor, 'pair channel height width'],
    other: Float[Tensor, 'pair channel height width'],
) -> Float[Tensor, 'pair 1 height width']:
    """0.85 (1 - SSIM) / 2 + 0.15 |image - other|, means over the channels; in 0..1.

    Godard et al. (arXiv 1609.03677, equation 2), with SSIM over 3 x 3 pixels, equally weighted,
    and reflection at the borders.

    Args:
        image: in 0..1.
        other: likewise; where it is sampled at computed positions, the gradient goes there.
    """
    difference = (image - other).abs().mean(dim=1, keepdim=True)
    return SSIM_SHARE * _dissimilarity(image, other) + (1 - SSIM_SHARE) * difference


def weighted_mean(
    error: Float[Tensor, 'pair 1 height width'], weight: Float[Tensor, 'pair 1 height width']
) -> Float[Tensor, '']:
    """The mean of the error over all the pixels by their weights; 0 where nothing has weight.

    Weights are detached here: otherwise the gradient would seek pixels of little error.

    Args:
        error: may be anything, nan too, where the weight is 0.
        weight: at least 0, and 0 where the pixel does not count.
    """
    weight = weight.detach()
    counted = torch.where(weight > 0, error, 0.0)
    return (counted * weight).sum() / weight.sum().clamp(min=torch.finfo(weight.dtype).tiny)


def _dissimilarity(
    image: Float[Tensor, 'pair channel height width'],
    other: Float[Tensor, 'pair channel height width'],
) -> Float[Tensor, 'pair 1 height width']:
    """(1 - SSIM) / 2, the mean over the channels.

    SSIM is (1 - l) (1 - s) with l = (m - m')^2 / (m^2 + m'^2 + C1) of the means and
    s = var(x - x') / (var x + var x' + C2). Written so, nothing cancels in float32 where the
    images are almost equal, and one filter less is needed than with the covariance.
    """
    first, second = (F.pad(values, (1, 1, 1, 1), mode='reflect') for values in (image, other))
    mean, other_mean = _box_mean(first), _box_mean(second)
    mean_difference = (mean - other_mean).square()
    squared_means = torch.addcmul(mean.square(), other_mean, other_mean)
    variances = _box_mean(torch.addcmul(first.square(), second, second)) - squared_means
    difference_variance = _box_mean((first - second).square()) - mean_difference
    luminance = mean_difference / (squared_means + LUMINANCE_FLOOR)
    structure = difference_variance / (variances + CONTRAST_FLOOR)
    dissimilarity = torch.addcmul(luminance + structure, luminance, structure, value=-1)
    return (dissimilarity.mean(dim=1, keepdim=True) / 2).clamp(0, 1)


def _box_mean(
    values: Float[Tensor, '*batch height width'],
) -> Float[Tensor, '*batch rows columns']:
    """Means over 3 x 3 pixels, of the pixels that have all eight neighbours."""
    return _BoxMean.apply(values)


class _BoxMean(torch.autograd.Function):
    """Rows, then columns: four additions of whole images each way.

    `avg_pool2d` visits nine pixels one by one, and autograd would copy an image for every slice.
    """

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        return _box_sum(values).div_(9)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return _box_sum(F.pad(gradient, (2, 2, 2, 2))).div_(9)


def _box_sum(values: Tensor) -> Tensor:
    rows = (values[..., :-2, :] + values[..., 1:-1, :]).add_(values[..., 2:, :])
    return (rows[..., :-2] + rows[..., 1:-1]).add_(rows[..., 2:])
