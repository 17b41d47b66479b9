"""How HQDecv2 changes resolution (FA-Depth, arXiv 2405.10885, section III-D)."""

from __future__ import annotations

from jaxtyping import Float
import torch
from torch import nn, Tensor
import torch.nn.functional as F

from depth_nodes.networks.blocks.adaptive_refinement import DenseConv
from depth_nodes.networks.blocks.adaptive_sum import AdaptiveSum
from depth_nodes.networks.blocks.channel_attention import ChannelAttention, ChannelInteraction
from depth_nodes.networks.blocks.global_context import ContextConfig, GlobalContext
from depth_nodes.networks.blocks.sparse import Conv1x1


class AxialDownsample(nn.Module):
    """AdaAxialNPCAS: rows, then columns, become channels that interact; beside a maximum.

    HQDec has two interactions and a dense filter an axis; here one interaction an axis does it.
    """

    def __init__(self, channels: int, factor: int, coefficient_width: int) -> None:
        super().__init__()
        self.factor = factor
        self.rows = ChannelInteraction(channels * factor, channels)
        self.columns = ChannelInteraction(channels * factor, channels)
        self.attention = ChannelAttention(channels)
        self.pool_norm, self.axial_norm = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)
        self.sum = AdaptiveSum(2, coefficient_width)

    def forward(
        self, features: Float[Tensor, 'batch channel height width']
    ) -> Float[Tensor, 'batch channel low_height low_width']:
        folded = self.rows(_folded_rows(features, self.factor)).transpose(2, 3)
        axial = self.columns(_folded_rows(folded, self.factor)).transpose(2, 3)
        pooled = F.max_pool2d(features, self.factor)
        return F.elu(self.sum([self.pool_norm(pooled), self.axial_norm(self.attention(axial))]))


class AdaptiveUpsample(nn.Module):
    """DAdaNRSUv2 (equation 27): four views of the features, shuffled to twice the size.

    Every view keeps the number of channels; the shuffled ones are balanced with a bilinear resize.
    """

    def __init__(self, channels: int, *, coefficient_width: int, context: ContextConfig) -> None:
        super().__init__()
        self.point = Conv1x1(channels, channels)
        self.local = DenseConv(channels, channels)
        self.context = GlobalContext(channels, channels, context)
        self.interaction = ChannelInteraction(4 * channels, 4 * channels)
        self.norm = nn.BatchNorm2d(channels)
        self.sum = AdaptiveSum(2, coefficient_width)

    def forward(
        self, features: Float[Tensor, 'batch channel height width']
    ) -> Float[Tensor, 'batch channel double_height double_width']:
        views = [
            features,
            F.elu(self.point(features)),
            self.local(features),
            F.elu(self.context(features)),
        ]
        shuffled = F.pixel_shuffle(self.interaction(torch.cat(views, dim=1)), 2)
        resized = F.interpolate(features, scale_factor=2, mode='bilinear', align_corners=False)
        return self.sum([self.norm(resized), shuffled])


def _folded_rows(
    features: Float[Tensor, 'batch channel height width'], factor: int
) -> Float[Tensor, 'batch folded_channel low_height width']:
    return features.unflatten(2, (-1, factor)).transpose(2, 3).flatten(1, 2)
