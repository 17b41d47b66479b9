"""The error against labels that are known up to scale and offset in inverse depth."""

from __future__ import annotations

from jaxtyping import Bool, Float
import torch
from torch import Tensor

# Mean absolute deviation of ln(depth) in recordings of rooms and desks: 0.14 to 0.27.
LOG_CONTRAST = 0.25
MIN_CONTRAST = 0.05


def affine_error(
    inverse_depth: Float[Tensor, 'image 1 height width'],
    disparity: Float[Tensor, 'image 1 height width'],
    is_valid: Bool[Tensor, 'image 1 height width'],
) -> Float[Tensor, 'image 1 height width']:
    """What a prediction and a label differ by, once each is centred and scaled on its own.

    The centring of Ranftl et al. (MiDaS, arXiv 1907.01341, equations 5 and 6) with means for
    medians: closed form, smooth, and about all the valid pixels of an image. The scale is that
    of an error in ln(depth) on a scene of ordinary contrast, and so is the sign: positive where
    the prediction is too far. An image's own scale and offset in inverse depth change nothing.

    Args:
        inverse_depth: the prediction, in any unit.
        disparity: the label, larger is nearer, up to a positive factor and an offset.
        is_valid: where the label is known.
    """
    predicted, mean = _centred(inverse_depth, is_valid)
    # Next to a flat prediction, such as that of a fresh network, the slope would have no limit.
    spread = _mean(predicted.abs(), is_valid).maximum(MIN_CONTRAST * mean.abs()).clamp(min=1e-12)
    truth, _ = _centred(disparity, is_valid)
    truth_spread = _mean(truth.abs(), is_valid).clamp(min=1e-12)
    return LOG_CONTRAST * (truth / truth_spread - predicted / spread)


def _centred(
    values: Float[Tensor, 'image 1 height width'], is_valid: Bool[Tensor, 'image 1 height width']
) -> tuple[Float[Tensor, 'image 1 height width'], Float[Tensor, 'image 1 1 1']]:
    """Values less their mean, 0 where they are unknown."""
    mean = _mean(values, is_valid)
    return torch.where(is_valid, values - mean, 0.0), mean


def _mean(
    values: Float[Tensor, 'image 1 height width'], is_valid: Bool[Tensor, 'image 1 height width']
) -> Float[Tensor, 'image 1 1 1']:
    total = torch.where(is_valid, values, 0.0).sum(dim=(1, 2, 3), keepdim=True)
    return total / is_valid.sum(dim=(1, 2, 3), keepdim=True).clamp(min=1)
