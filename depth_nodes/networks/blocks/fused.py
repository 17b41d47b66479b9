"""The form of the blocks in which an engine runs them: the same functions in fewer operations.

What lies between two activations is linear, so what runs side by side can be one filter. All
blocks are built from blocks whose batch norms are folded, and keep their own weights.
"""

from __future__ import annotations

from collections.abc import Callable

from jaxtyping import Float
import torch
from torch import nn, Tensor
import torch.nn.functional as F

from depth_nodes.networks.blocks.sparse import (
    DoubleScaleResidual,
    SharedSparseDownsample,
    SparseUpsample,
)


class ReflectedConv(nn.Module):
    """A filter over the reflection-padded image."""

    def __init__(
        self,
        weight: Float[Tensor, 'out_channel group_channel side side'],
        bias: Float[Tensor, ' out_channel'],
        *,
        stride: int = 1,
        groups: int = 1,
    ) -> None:
        super().__init__()
        self.padding = weight.shape[-1] // 2
        self.conv = conv_from(weight, bias, stride=stride, groups=groups)

    def forward(
        self, features: Float[Tensor, 'batch channel height width']
    ) -> Float[Tensor, 'batch out_channel out_height out_width']:
        return self.conv(F.pad(features, [self.padding] * 4, mode='reflect'))


class FusedDownsample(nn.Module):
    """Sparse downsampling (equation 2).

    Every second pixel plus a depthwise filter of stride 2 is that filter with 1 added to its
    centre.
    """

    def __init__(self, block: SharedSparseDownsample) -> None:
        super().__init__()
        weight = block.context.conv.weight.detach().clone()
        weight[:, :, 1, 1] += 1
        self.context = ReflectedConv(
            weight, bias_of(block.context.conv), stride=2, groups=weight.shape[0]
        )
        self.mix = conv_from(block.mix.conv.weight, bias_of(block.mix.conv))

    def forward(
        self, features: Float[Tensor, 'batch in_channel height width']
    ) -> Float[Tensor, 'batch out_channel half_height half_width']:
        return self.mix(self.context(features))


class FusedResidual(nn.Module):
    """The double-scale sparse residual module (equations 3a to 3d).

    A pixel, a 3x3 filter and a 3x3 filter of dilation 2 sum up to one 5x5 filter. Reflection by
    one and by two pixels continues the image alike, so the borders agree too.
    """

    def __init__(self, block: DoubleScaleResidual) -> None:
        super().__init__()
        local, wide = block.local.conv, block.wide.conv
        weight = F.pad(local.weight.detach(), [1] * 4)
        weight[:, :, ::2, ::2] += wide.weight.detach()
        weight[:, :, 2, 2] += 1
        self.expand = conv_from(block.expand.conv.weight, bias_of(block.expand.conv))
        self.filter = ReflectedConv(weight, bias_of(local) + bias_of(wide), groups=weight.shape[0])
        self.project = conv_from(block.project.conv.weight, bias_of(block.project.conv))

    def forward(
        self, features: Float[Tensor, 'batch channel height width']
    ) -> Float[Tensor, 'batch channel height width']:
        expanded = F.relu(self.expand(features))
        return F.relu(features + self.project(self.filter(expanded)))


class FusedUpsample(nn.Module):
    """Sparse upsampling (equation 6).

    A 1x1 filter and a bilinear resize commute, so the second mix runs before the resize, on a
    quarter of the pixels.
    """

    def __init__(self, block: SparseUpsample) -> None:
        super().__init__()
        self.activation: Callable[[Tensor], Tensor] = exponential_linear
        self.mix_low, self.filter_low = block.mix_low, block.filter_low
        self.mix_high, self.filter_high = block.mix_high, block.filter_high

    def forward(
        self, features: Float[Tensor, 'batch in_channel height width']
    ) -> Float[Tensor, 'batch out_channel double_height double_width']:
        mixed = self.activation(self.mix_low(features))
        low = self.activation(self.filter_low(mixed))
        high = F.interpolate(self.mix_high(low), scale_factor=2, mode='bilinear')
        return self.filter_high(high)


class FusedHead(nn.Module):
    """A filter to one channel, as a depthwise filter and a sum over the channels.

    Engines compute output channels in blocks of 8 or 16, most of which one channel wastes.
    """

    def __init__(self, head: nn.Conv2d) -> None:
        super().__init__()
        weight = head.weight.detach().transpose(0, 1)
        channels = weight.shape[0]
        self.filter = conv_from(weight, torch.zeros(channels), groups=channels)
        self.filter.padding, self.filter.dilation = head.padding, head.dilation
        self.sum = conv_from(torch.ones(1, channels, 1, 1), bias_of(head))

    def forward(
        self, features: Float[Tensor, 'batch channel height width']
    ) -> Float[Tensor, 'batch 1 height width']:
        return self.sum(self.filter(features))


def exponential_linear(features: Float[Tensor, '*shape']) -> Float[Tensor, '*shape']:
    """ELU out of operations that engines have vectorised; e^x - 1 is never below x."""
    return torch.maximum(features, torch.exp(torch.clamp(features, max=0.0)) - 1)


def logistic(features: Float[Tensor, '*shape']) -> Float[Tensor, '*shape']:
    """The sigmoid, exact for far pixels too.

    ONNX Runtime's own is right to 1e-7 only, which is 1e-3 of the output at 100 m.
    """
    return 1 / (1 + torch.exp(-features))


def conv_from(
    weight: Float[Tensor, 'out_channel group_channel side side'],
    bias: Float[Tensor, ' out_channel'],
    *,
    stride: int = 1,
    groups: int = 1,
) -> nn.Conv2d:
    """A convolution with copies of these weights, without padding."""
    out_channels, group_channels, side, _ = weight.shape
    conv = nn.Conv2d(group_channels * groups, out_channels, side, stride=stride, groups=groups)
    # What einsum or transpose give may lie in another order, which the whole network would follow.
    conv.weight = nn.Parameter(weight.detach().clone(memory_format=torch.contiguous_format))
    conv.bias = nn.Parameter(bias.detach().clone())
    return conv


def bias_of(conv: nn.Conv2d) -> Float[Tensor, ' out_channel']:
    """The bias of a convolution that has one."""
    assert conv.bias is not None, 'fold the batch norms first'
    return conv.bias.detach()
