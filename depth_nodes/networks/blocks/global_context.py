"""What each pixel learns from the whole image (FA-Depth, arXiv 2405.10885, equation 25).

HQDec cut its features into patches and put them together again, which left the patches' grid in
the depth. Here samples overlap, recovery interpolates, and skips carry the edges across.
"""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import nn, Tensor
import torch.nn.functional as F

from depth_nodes.networks.blocks.sparse import (
    Conv1x1,
    DepthwiseConv,
    in_full_precision,
    PointwiseConv,
)

MLP_RATIO = 2


@dataclass(frozen=True, kw_only=True)
class ContextConfig:
    """How the whole image is seen at one level of a network.

    Attributes:
        num_levels: halvings between the features and the tokens.
        width: channels of a token.
        num_heads: attention heads; they divide the width.
        num_layers: attention layers.
    """

    num_levels: int
    width: int
    num_heads: int
    num_layers: int


class OverlappingSample(nn.Module):
    """A depthwise filter at every second pixel; neighbouring samples share pixels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2, groups=channels, bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(
        self, features: Float[Tensor, 'batch channel height width']
    ) -> Float[Tensor, 'batch channel half_height half_width']:
        # CPUs have no fast depthwise filters in bfloat16.
        if features.device.type == 'cpu':
            return in_full_precision(self._filtered, features)
        return self._filtered(features)

    def _filtered(
        self, features: Float[Tensor, 'batch channel height width']
    ) -> Float[Tensor, 'batch channel half_height half_width']:
        # Sides are even, so padding on one side is enough; and the exporter sees at once that
        # half of the size is left, where it would otherwise drag roundings along.
        return self.norm(self.conv(F.pad(features, [1, 0, 1, 0], mode='reflect')))


class BorderFilter(nn.Module):
    """A depthwise 3x3 filter over features that are 0 outside of the image.

    It tells tokens which of them lie at the border, at every size of image; elsewhere features
    are padded by reflection, and equal ones could not be told apart.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(
        self, features: Float[Tensor, 'batch channel height width']
    ) -> Float[Tensor, 'batch channel height width']:
        # CPUs have no fast depthwise filters in bfloat16.
        if features.device.type == 'cpu':
            return in_full_precision(self._filtered, features)
        return self._filtered(features)

    def _filtered(
        self, features: Float[Tensor, 'batch channel height width']
    ) -> Float[Tensor, 'batch channel height width']:
        return self.norm(self.conv(features))


class TokenAttention(nn.Module):
    """A pre-norm transformer layer over the pixels of a feature map."""

    def __init__(self, width: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.attention_norm, self.mlp_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.project = nn.Linear(width, width)
        self.expand = nn.Linear(width, MLP_RATIO * width)
        self.shrink = nn.Linear(MLP_RATIO * width, width)

    def forward(
        self, tokens: Float[Tensor, 'batch point channel']
    ) -> Float[Tensor, 'batch point channel']:
        tokens = tokens + self._attend(self.attention_norm(tokens))
        return tokens + self.shrink(F.gelu(self.expand(self.mlp_norm(tokens))))

    def _attend(
        self, tokens: Float[Tensor, 'batch point channel']
    ) -> Float[Tensor, 'batch point channel']:
        heads = self.query_key_value(tokens).unflatten(2, (3, self.num_heads, -1))
        query, key, value = heads.permute(2, 0, 3, 1, 4).unbind()
        attended = F.scaled_dot_product_attention(query, key, value)
        return self.project(attended.transpose(1, 2).flatten(2))


class GlobalContext(nn.Module):
    """Overlapping sampling, attention among the samples, recovery by interpolation and skips."""

    def __init__(self, in_channels: int, out_channels: int, config: ContextConfig) -> None:
        super().__init__()
        levels, width = range(config.num_levels), config.width
        self.samples = nn.ModuleList(OverlappingSample(in_channels) for _ in levels)
        self.embed = PointwiseConv(in_channels, width)
        self.position = BorderFilter(width)
        self.layers = nn.ModuleList(
            TokenAttention(width, config.num_heads) for _ in range(config.num_layers)
        )
        self.norm = nn.LayerNorm(width)
        self.unembed = Conv1x1(width, in_channels)
        self.recoveries = nn.ModuleList(DepthwiseConv(in_channels) for _ in levels)
        self.mix = PointwiseConv(in_channels, out_channels)

    def forward(
        self, features: Float[Tensor, 'batch in_channel height width']
    ) -> Float[Tensor, 'batch out_channel height width']:
        levels = [features]
        for sample in self.samples:
            levels.append(sample(levels[-1]))
        level = self.unembed(self._attend(F.elu(self.embed(levels.pop()))))
        for recovery in self.recoveries:
            level = F.interpolate(level, scale_factor=2, mode='bilinear', align_corners=False)
            level = recovery(level + levels.pop())
        return self.mix(level)

    def _attend(
        self, features: Float[Tensor, 'batch channel height width']
    ) -> Float[Tensor, 'batch channel height width']:
        placed = features + self.position(features)
        tokens = placed.flatten(2).transpose(1, 2)
        for layer in self.layers:
            tokens = layer(tokens)
        return self.norm(tokens).transpose(1, 2).unflatten(2, placed.shape[2:])
