"""The sparse convolution blocks of FA-Depth (arXiv 2405.10885), section III-A.

Every block is made of 1x1 and depthwise filters. Batch normalisation follows the encoder's
convolutions and folds into them (equations 18 and 19); the decoder has none.
"""

from __future__ import annotations

from collections.abc import Callable
import copy
import math

from jaxtyping import Float
import torch
from torch import nn, Tensor
import torch.nn.functional as F


def in_full_precision(function: Callable[[Tensor], Tensor], features: Tensor) -> Tensor:
    """What a function says under autocast, computed in 32 bits; elsewhere the function itself."""
    kind = features.device.type
    if not torch.is_autocast_enabled(kind):
        return function(features)
    with torch.autocast(kind, enabled=False):
        return function(features.float())


class BranchDrop(nn.Module):
    """Drops a branch for a whole sample (equations 4 and 5); does nothing outside training.

    The trainer lets `probability` grow over the iterations. With `is_rescaled` a kept branch is
    divided by the probability of keeping it.
    """

    def __init__(self, is_rescaled: bool = True) -> None:
        super().__init__()
        self.probability = 0.0
        self.is_rescaled = is_rescaled

    def forward(
        self, features: Float[Tensor, 'batch channel height width']
    ) -> Float[Tensor, 'batch channel height width']:
        if not self.training or self.probability == 0:
            return features
        keep = 1 - self.probability
        mask = features.new_empty(features.shape[0], 1, 1, 1).bernoulli_(keep)
        return features * (mask / keep if self.is_rescaled else mask)


class Conv1x1(nn.Conv2d):
    """A 1x1 filter; in training a matrix product, which CPUs do faster, above all in bfloat16."""

    def __init__(
        self, in_channels: int, out_channels: int, *, stride: int = 1, bias: bool = True
    ) -> None:
        super().__init__(in_channels, out_channels, 1, stride=stride, bias=bias)

    def forward(
        self, features: Float[Tensor, 'batch in_channel height width']
    ) -> Float[Tensor, 'batch out_channel out_height out_width']:
        if not self.training:
            return super().forward(features)
        pixels = features[..., :: self.stride[0], :: self.stride[1]].permute(0, 2, 3, 1)
        return F.linear(pixels, self.weight[:, :, 0, 0], self.bias).permute(0, 3, 1, 2)


class DepthwiseConv(nn.Module):
    """A reflection-padded 3x3 filter for each channel, and its normalisation."""

    def __init__(self, channels: int, *, stride: int = 1, dilation: int = 1) -> None:
        super().__init__()
        self.padding = dilation
        self.conv = nn.Conv2d(
            channels, channels, 3, stride=stride, dilation=dilation, groups=channels, bias=False
        )
        self.norm = nn.BatchNorm2d(channels)

    def forward(
        self, features: Float[Tensor, 'batch channel height width']
    ) -> Float[Tensor, 'batch channel out_height out_width']:
        # CPUs have no fast depthwise filters in bfloat16.
        if features.device.type == 'cpu':
            return in_full_precision(self._filtered, features)
        return self._filtered(features)

    def _filtered(
        self, features: Float[Tensor, 'batch channel height width']
    ) -> Float[Tensor, 'batch channel out_height out_width']:
        return self.norm(self.conv(F.pad(features, [self.padding] * 4, mode='reflect')))


class PointwiseConv(nn.Module):
    """A 1x1 filter and its normalisation."""

    def __init__(self, in_channels: int, out_channels: int, *, stride: int = 1) -> None:
        super().__init__()
        self.conv = Conv1x1(in_channels, out_channels, stride=stride, bias=False)
        self.norm = nn.BatchNorm2d(out_channels)

    def forward(
        self, features: Float[Tensor, 'batch in_channel height width']
    ) -> Float[Tensor, 'batch out_channel out_height out_width']:
        return self.norm(self.conv(features))


class SharedSparseDownsample(nn.Module):
    """Sparse downsampling (equation 2), one 1x1 filter over every second pixel and its context."""

    def __init__(self, in_channels: int, out_channels: int, is_rescaled: bool) -> None:
        super().__init__()
        self.context = DepthwiseConv(in_channels, stride=2)
        self.mix = PointwiseConv(in_channels, out_channels)
        self.drop = BranchDrop(is_rescaled)

    def forward(
        self, features: Float[Tensor, 'batch in_channel height width']
    ) -> Float[Tensor, 'batch out_channel half_height half_width']:
        context = self.drop(self.context(features))
        return self.mix(features[..., ::2, ::2] + context)


class ParallelSparseDownsample(nn.Module):
    """Sparse downsampling (equation 2), a strided 1x1 filter beside a grouped 3x3 one."""

    def __init__(self, in_channels: int, out_channels: int, is_rescaled: bool) -> None:
        super().__init__()
        groups = math.gcd(in_channels, out_channels)
        self.mix = PointwiseConv(in_channels, out_channels, stride=2)
        self.context = nn.Sequential()
        self.context.add_module(
            'conv',
            nn.Conv2d(
                in_channels, out_channels, 3, stride=2, padding=1, groups=groups, bias=False
            ),
        )
        self.context.add_module('norm', nn.BatchNorm2d(out_channels))
        self.drop = BranchDrop(is_rescaled)

    def forward(
        self, features: Float[Tensor, 'batch in_channel height width']
    ) -> Float[Tensor, 'batch out_channel half_height half_width']:
        return self.mix(features) + self.drop(self.context(features))


class DoubleScaleResidual(nn.Module):
    """The double-scale sparse residual module (equations 3a to 3d)."""

    def __init__(self, channels: int, hidden_channels: int, is_rescaled: bool) -> None:
        super().__init__()
        self.expand = PointwiseConv(channels, hidden_channels)
        self.local = DepthwiseConv(hidden_channels)
        self.wide = DepthwiseConv(hidden_channels, dilation=2)
        self.project = PointwiseConv(hidden_channels, channels)
        self.expand_activation, self.end_activation = nn.ReLU(), nn.ReLU()
        self.drop_local = BranchDrop(is_rescaled)
        self.drop_wide = BranchDrop(is_rescaled)

    def forward(
        self, features: Float[Tensor, 'batch channel height width']
    ) -> Float[Tensor, 'batch channel height width']:
        expanded = self.expand_activation(self.expand(features))
        local = self.drop_local(self.local(expanded))
        wide = self.drop_wide(self.wide(expanded))
        return self.end_activation(features + self.project(expanded + local + wide))


class SparseUpsample(nn.Module):
    """Sparse upsampling (equation 6): mix and filter, twice, with a bilinear x2 between."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.mix_low = Conv1x1(in_channels, out_channels)
        self.mix_activation = nn.ELU()
        self.filter_low = nn.Conv2d(out_channels, out_channels, 3, padding=1, groups=out_channels)
        self.filter_activation = nn.ELU()
        self.mix_high = Conv1x1(out_channels, out_channels)
        self.filter_high = nn.Conv2d(out_channels, out_channels, 3, padding=1, groups=out_channels)

    def forward(
        self, features: Float[Tensor, 'batch in_channel height width']
    ) -> Float[Tensor, 'batch out_channel double_height double_width']:
        mixed = self.mix_activation(self.mix_low(features))
        low = self.filter_activation(self.filter_low(mixed))
        high = F.interpolate(low, scale_factor=2, mode='bilinear', align_corners=False)
        return self.filter_high(self.mix_high(high))


def fold_batch_norm(network: nn.Module) -> nn.Module:
    """A copy in evaluation mode with every conv-norm pair made one convolution (18, 19)."""
    folded = copy.deepcopy(network).eval()
    for block in folded.modules():
        conv, norm = getattr(block, 'conv', None), getattr(block, 'norm', None)
        if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            block.conv = torch.nn.utils.fusion.fuse_conv_bn_eval(conv, norm)
            block.norm = nn.Identity()
    return folded
