"""The number format in which losses are computed."""

from __future__ import annotations

from jaxtyping import Float
import torch
from torch import Tensor


def at_least_float32(values: Float[Tensor, '*shape']) -> Float[Tensor, '*shape']:
    """The values in 32 bits where they have 16, as features under autocast; else themselves."""
    return values.to(torch.promote_types(values.dtype, torch.float32))
