"""The few layers that all modules of the refiner are made of."""

from __future__ import annotations

from jaxtyping import Float
import torch
from torch import nn, Tensor
import torch.nn.functional as F

EPSILON = 1e-6


class ChannelNorm(nn.Module):
    """Layer normalisation over the channels of each pixel, in 32 bits whatever the network's."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(
        self, features: Float[Tensor, 'batch channel height width']
    ) -> Float[Tensor, 'batch channel height width']:
        """Features of mean 0 and variance 1, scaled and shifted channel by channel."""
        kind = torch.promote_types(features.dtype, torch.float32)
        pixels = features.permute(0, 2, 3, 1).to(kind)
        weight, bias = self.weight.to(kind), self.bias.to(kind)
        normalised = F.layer_norm(pixels, self.weight.shape, weight, bias, EPSILON)
        return normalised.permute(0, 3, 1, 2).to(features.dtype)


def conv3x3(in_channels: int, out_channels: int, *, bias: bool = False) -> nn.Conv2d:
    """A 3x3 filter that keeps the size."""
    return nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=bias)


def resized(
    features: Float[Tensor, 'batch channel height width'], size: tuple[int, ...]
) -> Float[Tensor, 'batch channel new_height new_width']:
    """Bilinear, the outermost centres on one another, as everywhere in this network."""
    return F.interpolate(features, size, mode='bilinear', align_corners=True)
