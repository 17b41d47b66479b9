"""`flying_pixels` on torch tensors."""

from __future__ import annotations

from jaxtyping import Bool, Float32
from torch import Tensor
from torch.nn.functional import max_pool2d

from depth_nodes.runtime.flying_pixels import JUMP, TOLERANCE, WINDOW_PX


def torch_flying_pixels(
    inverse_depth: Float32[Tensor, 'batch 1 height width'],
) -> Bool[Tensor, 'batch 1 height width']:
    """As `flying_pixels` says, for a batch of cameras."""
    nearest = max_pool2d(inverse_depth, WINDOW_PX, stride=1, padding=WINDOW_PX // 2)
    farthest = -max_pool2d(-inverse_depth, WINDOW_PX, stride=1, padding=WINDOW_PX // 2)
    is_edge = nearest > JUMP * farthest
    is_between = (TOLERANCE * inverse_depth < nearest) & (inverse_depth > TOLERANCE * farthest)
    return is_edge & is_between
