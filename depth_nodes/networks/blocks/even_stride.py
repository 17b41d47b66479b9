"""Filters of stride 2 for images of even size, padded so that half of the size is left, exactly.

Torch's exporter follows sizes as formulas. A symmetric padding leaves (n - 1) // 2 + 1, which it
carries through everything that follows, and dozens of those take it an hour; n / 2 takes a minute.
"""

from __future__ import annotations

import copy

from jaxtyping import Float
from torch import nn, Tensor
import torch.nn.functional as F


class HalvingConv(nn.Module):
    """A strided filter over an image of even size, without the padding that it never sees."""

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        self.conv = copy.deepcopy(conv)
        self.conv.padding = (0, 0)
        self.padding: list[int] = []
        for side, before in zip(conv.kernel_size[::-1], _padding_before(conv)[::-1], strict=True):
            self.padding += [before, side - 2 - before]

    def forward(
        self, features: Float[Tensor, 'batch in_channel height width']
    ) -> Float[Tensor, 'batch out_channel half_height half_width']:
        padded = F.pad(features, self.padding)
        conv = self.conv
        return F.conv2d(padded, conv.weight, conv.bias, stride=2, groups=conv.groups)


def for_even_sizes(network: nn.Module) -> nn.Module:
    """A copy with its filters of stride 2 replaced; the same function of images of even sizes."""
    replaced = copy.deepcopy(network)
    for parent in list(replaced.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.Conv2d) and _halves(child):
                setattr(parent, name, HalvingConv(child))
    return replaced


def _halves(conv: nn.Conv2d) -> bool:
    odd_sides = all(side % 2 == 1 and side > 1 for side in conv.kernel_size)
    is_plain = conv.padding_mode == 'zeros' and conv.dilation == (1, 1)
    is_centred = _is_same(conv) or conv.padding == tuple(side // 2 for side in conv.kernel_size)
    return conv.stride == (2, 2) and odd_sides and is_plain and is_centred


def _padding_before(conv: nn.Conv2d) -> tuple[int, ...]:
    if _is_same(conv):  # of an even size TensorFlow pads the end more than the beginning
        return tuple((side - 2) // 2 for side in conv.kernel_size)
    return tuple(side // 2 for side in conv.kernel_size)


def _is_same(conv: nn.Conv2d) -> bool:
    """Whether timm pads like TensorFlow, at run time; such filters are a class of its own."""
    return type(conv).__name__ == 'Conv2dSame'
