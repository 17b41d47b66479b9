"""Multi-scale gradient matching: edges where the truth has them, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator

from jaxtyping import Bool, Float
import torch
from torch import Tensor

NUM_SCALES = 4


def gradient_matching_loss(
    log_error: Float[Tensor, 'batch 1 height width'],
    is_valid: Bool[Tensor, 'batch 1 height width'],
    num_pairs: Float[Tensor, ' level'] | None = None,
    num_scales: int = NUM_SCALES,
) -> Float[Tensor, '']:
    """Mean absolute gradient of the log error over grids of stride 1, 2, 4, ...

    Li and Snavely, MegaDepth (CVPR 2018), equation 4: blind to a common scale, strict about
    discontinuities. Differences count where both of their pixels are valid.

    Args:
        log_error: ln(predicted depth) - ln(true depth).
        is_valid: where the truth is known.
        num_pairs: what `count_pairs` says of `is_valid`, where the caller knows it; or of all
            batches of a step on average, for losses whose mean over the batches is sought.
        num_scales: how many strides, at least 1.
    """
    if num_pairs is None:
        num_pairs = count_pairs(is_valid, num_scales)
    # A pixel without truth may hold inf or nan, which a multiplication by zero would keep.
    error = torch.where(is_valid, log_error, 0.0)
    sums = [
        ((_last(level, axis) - _first(level, axis)).abs() * _pairs(valid, axis)).sum()
        for (level, axis), (valid, _) in zip(
            _levels(error, num_scales), _levels(is_valid, num_scales), strict=True
        )
    ]
    return (torch.stack(sums) / num_pairs.clamp(min=1)).sum() / num_scales


def count_pairs(
    is_valid: Bool[Tensor, 'batch 1 height width'], num_scales: int = NUM_SCALES
) -> Float[Tensor, ' level']:
    """How many differences count, at each stride down and across."""
    counts = [_pairs(valid, axis).sum() for valid, axis in _levels(is_valid, num_scales)]
    return torch.stack(counts).float()


def _levels(values: Tensor, num_scales: int) -> Iterator[tuple[Tensor, int]]:
    for scale in range(num_scales):
        for axis in (-2, -1):
            yield values[..., :: 2**scale, :: 2**scale], axis


def _pairs(is_valid: Tensor, axis: int) -> Tensor:
    return _first(is_valid, axis) & _last(is_valid, axis)


def _first(values: Tensor, axis: int) -> Tensor:
    return values.narrow(axis, 0, values.shape[axis] - 1)


def _last(values: Tensor, axis: int) -> Tensor:
    return values.narrow(axis, 1, values.shape[axis] - 1)
