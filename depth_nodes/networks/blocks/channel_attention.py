"""Channels weighted by what the whole image says of them."""

from __future__ import annotations

import math

from jaxtyping import Float
import torch
from torch import nn, Tensor
import torch.nn.functional as F

from depth_nodes.networks.blocks.sparse import DepthwiseConv, PointwiseConv

SQUEEZE_RATIO = 16


class ChannelAttention(nn.Module):
    """Efficient channel attention (ECA): a filter along the channel means, and a sigmoid."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        side = max(3, int((math.log2(channels) + 1) / 2) | 1)
        self.filter = nn.Conv1d(1, 1, side, padding=side // 2, bias=False)

    def forward(
        self, features: Float[Tensor, 'batch channel height width']
    ) -> Float[Tensor, 'batch channel height width']:
        means = features.mean(dim=(2, 3))
        weights = torch.sigmoid(self.filter(means[:, None]))[:, 0]
        return features * weights[:, :, None, None]


class SqueezeExcitation(nn.Module):
    """Channels weighted by two fully connected layers over the channel means."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        squeezed = max(4, channels // SQUEEZE_RATIO)
        self.squeeze = nn.Linear(channels, squeezed)
        self.excite = nn.Linear(squeezed, channels)

    def forward(
        self, features: Float[Tensor, 'batch channel height width']
    ) -> Float[Tensor, 'batch channel height width']:
        squeezed = F.elu(self.squeeze(features.mean(dim=(2, 3))))
        return features * torch.sigmoid(self.excite(squeezed))[:, :, None, None]


class ChannelInteraction(nn.Module):
    """Depthwise filter, squeeze and excitation, 1x1 filter: HQDec's exchange among channels."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.filter = DepthwiseConv(in_channels)
        self.attention = SqueezeExcitation(in_channels)
        self.mix = PointwiseConv(in_channels, out_channels)

    def forward(
        self, features: Float[Tensor, 'batch in_channel height width']
    ) -> Float[Tensor, 'batch out_channel height width']:
        attended = self.attention(F.elu(self.filter(features)))
        return F.elu(self.mix(attended))
