"""Multi-scale gradient matching: edges where the truth has them, and nowhere else."""

from __future__ import annotations

from jaxtyping import Bool, Float
import torch
from torch import Tensor


def gradient_matching_loss(
    log_error: Float[Tensor, 'batch 1 height width'],
    is_valid: Bool[Tensor, 'batch 1 height width'],
    num_scales: int = 4,
) -> Float[Tensor, '']:
    """Mean absolute gradient of the log error over grids of stride 1, 2, 4, ...

    Li and Snavely, MegaDepth (CVPR 2018), equation 4: blind to a common scale, strict about
    discontinuities. Differences count where both of their pixels are valid.

    Args:
        log_error: ln(predicted depth) - ln(true depth).
        is_valid: where the truth is known.
        num_scales: how many strides, at least 1.
    """
    # A pixel without truth may hold inf or nan, which a multiplication by zero would keep.
    error = torch.where(is_valid, log_error, 0.0)
    losses = []
    for scale in range(num_scales):
        stride = 2**scale
        level, valid = error[..., ::stride, ::stride], is_valid[..., ::stride, ::stride]
        for axis in (-2, -1):
            is_pair = _first(valid, axis) & _last(valid, axis)
            difference = (_last(level, axis) - _first(level, axis)).abs() * is_pair
            losses.append(difference.sum() / is_pair.sum().clamp(min=1))
    return torch.stack(losses).sum() / num_scales


def _first(values: Tensor, axis: int) -> Tensor:
    return values.narrow(axis, 0, values.shape[axis] - 1)


def _last(values: Tensor, axis: int) -> Tensor:
    return values.narrow(axis, 1, values.shape[axis] - 1)
