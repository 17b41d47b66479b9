"""The number formats of features and of losses."""

from __future__ import annotations

from jaxtyping import Float
import torch
from torch import Tensor


def at_least_float32(values: Float[Tensor, '*shape']) -> Float[Tensor, '*shape']:
    """The values in 32 bits where they have 16, as features under autocast; else themselves."""
    return values.to(torch.promote_types(values.dtype, torch.float32))


def rounding(precision: str, device: torch.device) -> torch.autocast:
    """The context in which a network computes; `auto` is bfloat16 on a GPU, else float32."""
    is_rounded = precision == 'bfloat16' or (precision == 'auto' and device.type == 'cuda')
    return torch.autocast(device.type, torch.bfloat16, enabled=is_rounded)
