"""The decoder of HQDecv2: every level hears all finer ones (FA-Depth, section III-D)."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import nn, Tensor

from depth_nodes.networks.blocks.adaptive_refinement import AdaptiveRefinement, DenseConv
from depth_nodes.networks.blocks.adaptive_resize import AdaptiveUpsample, AxialDownsample
from depth_nodes.networks.blocks.adaptive_sum import AdaptiveSum
from depth_nodes.networks.blocks.global_context import ContextConfig


@dataclass(frozen=True, kw_only=True)
class DecoderConfig:
    """Level by level, from fine to coarse.

    Attributes:
        channels: channels of the encoder's features.
        squeeze: channels over those of the refinement's local filter.
        coefficient_width: hidden channels of the adaptive sums.
        contexts: how a refinement sees the whole image.
    """

    channels: tuple[int, ...]
    squeeze: tuple[int, ...]
    coefficient_width: int
    contexts: tuple[ContextConfig, ...]


class DenseDecoder(nn.Module):
    """Encoder features at strides 2 to 32 to decoder features at strides 1 to 16."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.config = config
        channels = config.channels
        coarsest = len(channels) - 1
        out_channels = (channels[0], *channels[:-1])
        self.laterals = nn.ModuleList(
            self._transfer(channels[level], channels[level], level) for level in range(coarsest)
        )
        self.transfers = nn.ModuleList(
            self._transfer(channels[level], out_channels[level], level)
            for level in range(coarsest + 1)
        )
        self.links = nn.ModuleList(
            nn.ModuleList(self._link(source, level) for source in range(level))
            for level in range(coarsest)
        )
        self.sums = nn.ModuleList(
            AdaptiveSum(2 + level, config.coefficient_width) for level in range(coarsest)
        )
        self.upsamples = nn.ModuleList(
            AdaptiveUpsample(
                width,
                coefficient_width=config.coefficient_width,
                context=config.contexts[level],
            )
            for level, width in enumerate(out_channels)
        )

    def forward(
        self, encoded: list[Float[Tensor, 'batch _channel _height _width']]
    ) -> list[Float[Tensor, 'batch _channel _height _width']]:
        """From fine to coarse, as the features come."""
        level = self.upsamples[-1](self.transfers[-1](encoded[-1]))
        decoded = [level]
        for index in range(len(encoded) - 2, -1, -1):
            level = self._fuse(index, encoded, level)
            level = self.upsamples[index](self.transfers[index](level))
            decoded.insert(0, level)
        return decoded

    def _fuse(
        self,
        index: int,
        encoded: list[Float[Tensor, 'batch _channel _height _width']],
        coarser: Float[Tensor, 'batch channel height width'],
    ) -> Float[Tensor, 'batch channel height width']:
        """What the encoder says at this level, what came up, and all finer levels (AdaIE)."""
        links = self.links[index]
        assert isinstance(links, nn.ModuleList)
        finer = [link(source) for link, source in zip(links, encoded, strict=False)]
        return self.sums[index]([self.laterals[index](encoded[index]), coarser, *finer])

    def _transfer(self, in_channels: int, out_channels: int, level: int) -> nn.Module:
        config = self.config
        return nn.Sequential(
            DenseConv(in_channels, out_channels),
            AdaptiveRefinement(
                out_channels,
                squeeze=config.squeeze[level],
                coefficient_width=config.coefficient_width,
                context=config.contexts[level],
            ),
        )

    def _link(self, source: int, level: int) -> nn.Module:
        channels = self.config.channels
        factor = 2 ** (level - source)
        return nn.Sequential(
            AxialDownsample(channels[source], factor, self.config.coefficient_width),
            self._transfer(channels[source], channels[level], level),
        )
