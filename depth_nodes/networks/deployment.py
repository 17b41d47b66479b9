"""SmallDepth as engines run it: full resolution only, fused, the same function."""

from __future__ import annotations

from collections.abc import Callable
import copy

from jaxtyping import Float
import torch
from torch import nn, Tensor
import torch.nn.functional as F

from depth_nodes.networks.blocks.fused import (
    bias_of,
    FusedDownsample,
    FusedHead,
    FusedResidual,
    FusedUpsample,
    logistic,
    ReflectedConv,
)
from depth_nodes.networks.blocks.sparse import (
    DoubleScaleResidual,
    fold_batch_norm,
    SharedSparseDownsample,
    SparseUpsample,
)
from depth_nodes.networks.depth_network import (
    FUSED_LEVEL,
    IMAGE_MEAN,
    IMAGE_STD,
    NUM_FINE_LEVELS,
)
from depth_nodes.networks.small_depth import SmallDepth


class DeployedSmallDepth(nn.Module):
    """Image to sigmoid output, for inference alone; shares no weights with the network."""

    def __init__(self, network: SmallDepth) -> None:
        super().__init__()
        folded, head = fold_batch_norm(network), network.heads[0]
        assert isinstance(folded, SmallDepth)
        assert isinstance(head, nn.Conv2d)
        self.downsamples = nn.ModuleList(_fused_downsample(one) for one in folded.downsamples)
        self.stages = nn.ModuleList(_fused_stage(stage) for stage in folded.stages)
        self.upsamples = nn.ModuleList(_fused_upsample(one) for one in folded.upsamples)
        # What looks a prior bank up; nothing in SmallDepth itself.
        self.fusion: nn.Module = nn.Identity()
        self.head: nn.Module = FusedHead(head)
        self.squash: Callable[[Tensor], Tensor] = logistic
        # With no activation between them the first two downsamplings are linear together.
        self.merged = None
        first, second = self.downsamples[0], self.downsamples[1]
        is_linear = network.config.num_blocks[0] == 0
        if (
            is_linear
            and isinstance(first, FusedDownsample)
            and isinstance(second, FusedDownsample)
        ):
            _absorb_normalisation(first.context.conv)
            self.merged = _merged(first, second)

    def forward(
        self, image: Float[Tensor, 'batch 3 height width']
    ) -> Float[Tensor, 'batch 1 height width']:
        """Height and width must be multiples of 32, at least 96; RGB in [0, 1]."""
        features = self.encode(image)
        features[FUSED_LEVEL] = self.fusion(features[FUSED_LEVEL])
        return self.decode(features)

    def decode(
        self, features: list[Float[Tensor, 'batch _channel _height _width']]
    ) -> Float[Tensor, 'batch 1 height width']:
        """The sigmoid output from features at strides 2 to 32."""
        level = self.upsamples[-1](features[-1])
        for index in range(len(features) - 2, -1, -1):
            level = self.upsamples[index](features[index] + level)
        return self.squash(self.head(level))

    def encode(
        self, image: Float[Tensor, 'batch 3 height width']
    ) -> list[Float[Tensor, 'batch _channel _height _width']]:
        """Features at strides 2 to 32."""
        return self.with_further(self.fine_features(image))

    def fine_features(
        self, image: Float[Tensor, 'batch 3 height width']
    ) -> list[Float[Tensor, 'batch _channel _height _width']]:
        """Features at strides 2 and 4; they share a context where they are merged."""
        if self.merged is None:
            return self._encoded((image - IMAGE_MEAN) / IMAGE_STD, range(NUM_FINE_LEVELS))
        first = self.downsamples[0]
        assert isinstance(first, FusedDownsample)
        context = first.context(image)
        return [first.mix(context), self.stages[1](self.merged(context))]

    def with_further(
        self, fine: list[Float[Tensor, 'batch _channel _height _width']]
    ) -> list[Float[Tensor, 'batch _channel _height _width']]:
        """Features at strides 2 to 32 from the first two of them."""
        return [*fine, *self._encoded(fine[-1], range(len(fine), len(self.stages)))]

    def from_fine(
        self, fine: list[Float[Tensor, 'batch _channel _height _width']]
    ) -> Float[Tensor, 'batch 1 height width']:
        """The sigmoid output from features at strides 2 and 4."""
        return self.decode(self.with_further(fine))

    def _encoded(
        self, level: Float[Tensor, 'batch _in_channel _in_height _in_width'], levels: range
    ) -> list[Float[Tensor, 'batch _channel _height _width']]:
        features = []
        for index in levels:
            level = self.stages[index](self.downsamples[index](level))
            features.append(level)
        return features


class GpuSmallDepth(DeployedSmallDepth):
    """The same with torch's own activations and head.

    Those above suit ONNX Runtime on a CPU; a GPU runs each of these as one kernel, or as a part of
    the one before: TensorRT gets 97 layers instead of 178.
    """

    def __init__(self, network: SmallDepth) -> None:
        super().__init__(network)
        self.head = copy.deepcopy(network.heads[0])
        self.squash = torch.sigmoid
        for upsample in self.upsamples:
            assert isinstance(upsample, FusedUpsample)
            upsample.activation = F.elu


def _fused_downsample(block: nn.Module) -> nn.Module:
    return FusedDownsample(block) if isinstance(block, SharedSparseDownsample) else block


def _fused_stage(stage: nn.Module) -> nn.Module:
    blocks = [block for block in stage.children() if isinstance(block, DoubleScaleResidual)]
    return nn.Sequential(*(FusedResidual(block) for block in blocks))


def _fused_upsample(block: nn.Module) -> nn.Module:
    assert isinstance(block, SparseUpsample)
    return FusedUpsample(block)


def _absorb_normalisation(conv: nn.Conv2d) -> None:
    """Makes the first filter take the image as it is; reflection padding lets the bias be one."""
    conv.weight = nn.Parameter(conv.weight.detach() / IMAGE_STD)
    shift = IMAGE_MEAN * conv.weight.detach().sum(dim=(1, 2, 3))
    conv.bias = nn.Parameter(bias_of(conv) - shift)


def _merged(first: FusedDownsample, second: FusedDownsample) -> ReflectedConv:
    """One filter from the first one's context to the second one's features.

    first.mix (1x1), second.context (depthwise) and second.mix (1x1) in a row: instead of padding
    and filtering all channels of the first level, 3 channels are padded and filtered.
    """
    mix_first, bias_first = first.mix.weight.detach()[:, :, 0, 0], bias_of(first.mix)
    depthwise = second.context.conv.weight.detach()[:, 0]
    mix_second, bias_second = second.mix.weight.detach()[:, :, 0, 0], bias_of(second.mix)
    weight = torch.einsum('om,mhw,mi->oihw', mix_second, depthwise, mix_first)
    bias_middle = bias_of(second.context.conv) + depthwise.sum(dim=(1, 2)) * bias_first
    return ReflectedConv(weight, bias_second + mix_second @ bias_middle, stride=2)
