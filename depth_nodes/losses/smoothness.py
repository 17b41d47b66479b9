"""Smooth depth where the image is smooth."""

from __future__ import annotations

from jaxtyping import Float
import torch
from torch import Tensor


def edge_aware_smoothness(
    inverse_depth: Float[Tensor, 'batch 1 height width'],
    image: Float[Tensor, 'batch channel height width'],
) -> Float[Tensor, '']:
    """Mean of |dx| exp(-|dI/dx|) + |dy| exp(-|dI/dy|), x being inverse depth over its mean.

    Godard et al. (arXiv 1609.03677, equation 3), normalised per image as by Wang et al.
    (arXiv 1712.00175, section 3.2), so that shrinking the inverse depth gains nothing.

    Args:
        inverse_depth: above 0, in any unit.
        image: in 0..1; its differences are means over the channels.
    """
    mean = inverse_depth.mean(dim=(1, 2, 3)).clamp(min=torch.finfo(inverse_depth.dtype).tiny)
    across, down = (
        (_step(inverse_depth, axis) * _edge_weight(image, axis)).mean(dim=(1, 2, 3))
        for axis in (-1, -2)
    )
    return ((across + down) / mean).mean()


def _edge_weight(
    image: Float[Tensor, 'batch channel height width'], axis: int
) -> Float[Tensor, 'batch 1 rows columns']:
    return _step(image, axis).mean(dim=1, keepdim=True).neg().exp()


def _step(
    values: Float[Tensor, 'batch channel height width'], axis: int
) -> Float[Tensor, 'batch channel rows columns']:
    """The absolute difference of neighbours along the axis."""
    count = values.shape[axis] - 1
    return (values.narrow(axis, 1, count) - values.narrow(axis, 0, count)).abs()
