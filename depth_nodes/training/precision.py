"""The number formats of features and of losses."""

from __future__ import annotations

from jaxtyping import Float
import torch
from torch import Tensor


def at_least_float32(values: Float[Tensor, '*shape']) -> Float[Tensor, '*shape']:
    """The values in 32 bits where they have 16, as features under autocast; else themselves."""
    return values.to(torch.promote_types(values.dtype, torch.float32))


def is_rounded(precision: str, device: torch.device) -> bool:
    """Whether a network computes in bfloat16; `auto` does so on a GPU."""
    return precision == 'bfloat16' or (precision == 'auto' and device.type == 'cuda')


def rounding(precision: str, device: torch.device) -> torch.autocast:
    """The context in which a network computes."""
    return torch.autocast(device.type, torch.bfloat16, enabled=is_rounded(precision, device))
