"""The decoder of DIFFNet (arXiv 2110.09482): at every level, channels are weighted and mixed."""

from __future__ import annotations

from collections.abc import Sequence

from jaxtyping import Float
import torch
from torch import nn, Tensor
import torch.nn.functional as F

from depth_nodes.networks.blocks.channel_attention import SqueezeExcitation

# At strides 1 to 16.
DECODER_CHANNELS = (16, 32, 64, 128, 256)


class AttendedUpsample(nn.Module):
    """Coarse features at twice their size, beside those of the encoder, weighted and mixed."""

    def __init__(self, channels: int, skip_channels: int, out_channels: int) -> None:
        super().__init__()
        self.attention = SqueezeExcitation(channels + skip_channels)
        self.conv = nn.Conv2d(channels + skip_channels, out_channels, 3, padding=1)

    def forward(
        self,
        features: Float[Tensor, 'batch channel height width'],
        skip: Float[Tensor, 'batch skip_channel double_height double_width'],
    ) -> Float[Tensor, 'batch out_channel double_height double_width']:
        """The features at twice their size."""
        both = torch.cat((_doubled(features), skip), dim=1)
        return F.relu(self.conv(self.attention(both)))


class DiffDecoder(nn.Module):
    """Features d_i at strides 1 to 16 from an encoder's at strides 2 to 32.

    Args:
        channels: of the encoder, from fine to coarse.
    """

    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__()
        last, *widths = DECODER_CHANNELS
        self.upsamples = nn.ModuleList(
            AttendedUpsample(coarse, skip, width)
            for coarse, skip, width in zip(
                (*widths[1:], channels[-1]), channels[:-1], widths, strict=True
            )
        )
        self.narrow = nn.Conv2d(widths[0], last, 3, padding=1, padding_mode='reflect')
        self.smooth = nn.Conv2d(last, last, 3, padding=1, padding_mode='reflect')

    def forward(
        self, encoded: Sequence[Float[Tensor, 'batch _channel _height _width']]
    ) -> list[Float[Tensor, 'batch _channel _height _width']]:
        """From fine to coarse, both ways."""
        level = encoded[-1]
        decoded: list[Tensor] = []
        for index in range(len(encoded) - 2, -1, -1):
            level = self.upsamples[index](level, encoded[index])
            decoded.insert(0, level)
        full = F.elu(self.smooth(_doubled(F.elu(self.narrow(level)))))
        return [full, *decoded]


def _doubled(
    features: Float[Tensor, 'batch channel height width'],
) -> Float[Tensor, 'batch channel double_height double_width']:
    return F.interpolate(features, scale_factor=2, mode='nearest')
