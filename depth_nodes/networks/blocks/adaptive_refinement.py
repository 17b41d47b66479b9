"""AdaRMv2 of HQDecv2 (FA-Depth, arXiv 2405.10885, equations 24 to 26)."""

from __future__ import annotations

from jaxtyping import Float
from torch import nn, Tensor
import torch.nn.functional as F

from depth_nodes.networks.blocks.adaptive_sum import AdaptiveSum
from depth_nodes.networks.blocks.channel_attention import ChannelAttention
from depth_nodes.networks.blocks.global_context import ContextConfig, GlobalContext
from depth_nodes.networks.blocks.sparse import PointwiseConv

MIN_SQUEEZED = 4


class DenseConv(nn.Module):
    """A reflection-padded 3x3 filter over all channels, and ELU: HQDec's transfer."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.filter = nn.Conv2d(in_channels, out_channels, 3)

    def forward(
        self, features: Float[Tensor, 'batch in_channel height width']
    ) -> Float[Tensor, 'batch out_channel height width']:
        return F.elu(self.filter(F.pad(features, [1] * 4, mode='reflect')))


class AdaptiveRefinement(nn.Module):
    """Features, what their neighbourhood adds, and what the whole image adds, in balance."""

    def __init__(
        self, channels: int, *, squeeze: int, coefficient_width: int, context: ContextConfig
    ) -> None:
        super().__init__()
        squeezed = max(MIN_SQUEEZED, channels // squeeze)
        self.norm = nn.BatchNorm2d(channels)
        self.squeeze = PointwiseConv(channels, squeezed)
        self.local_filter = DenseConv(squeezed, squeezed)
        self.local_mix = PointwiseConv(squeezed, channels)
        self.local_attention = ChannelAttention(channels)
        self.context = GlobalContext(squeezed, channels, context)
        self.context_attention = ChannelAttention(channels)
        self.sum = AdaptiveSum(3, coefficient_width)

    def forward(
        self, features: Float[Tensor, 'batch channel height width']
    ) -> Float[Tensor, 'batch channel height width']:
        squeezed = F.elu(self.squeeze(features))
        local = self.local_attention(self.local_mix(self.local_filter(squeezed)))
        context = self.context_attention(self.context(squeezed))
        return F.elu(self.sum([self.norm(features), local, context]))
