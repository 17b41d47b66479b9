"""The fine-to-coarse module of PatchRefiner V2 (arXiv 2501.01121): what to add to the depth."""

from __future__ import annotations

from jaxtyping import Float
import torch
from torch import nn, Tensor

from depth_nodes.networks.blocks.sparse import in_full_precision
from depth_nodes.networks.patch_refiner_v2.config import PatchRefinerConfig
from depth_nodes.networks.patch_refiner_v2.layers import ChannelNorm, conv3x3, resized

NUM_DEPTHS = 2


class FineToCoarse(nn.Module):
    """Joins both branches at every stride, tells each the two depths, and decodes the residual.

    The residual starts at 0, so that an untrained refiner returns the coarse depth.
    """

    def __init__(self, fine_channels: tuple[int, ...], config: PatchRefinerConfig) -> None:
        super().__init__()
        temp = config.temp_channels
        self.joins = nn.ModuleList(
            _normalised_conv(coarse + fine, out)
            for coarse, fine, out in zip(config.coarse_channels, fine_channels, temp, strict=True)
        )
        self.informs = nn.ModuleList(_normalised_conv(out + NUM_DEPTHS, out) for out in temp)
        self.decoders = nn.ModuleList()
        decoder = _normalised_decoder if config.are_decoders_normalised else _decoder
        channels = temp[-1]
        for skip, out in zip(temp[-2::-1], config.decoder_channels, strict=True):
            self.decoders.append(decoder(channels + skip + NUM_DEPTHS, out))
            channels = out
        self.residual = conv3x3(channels, 1)
        nn.init.zeros_(self.residual.weight)

    def forward(
        self,
        guides: list[Float[Tensor, 'tile _channel _height _width']],
        features: list[Float[Tensor, 'tile _channel _height _width']],
        depths: Float[Tensor, 'tile 2 height width'],
    ) -> Float[Tensor, 'tile 1 height width']:
        """The residual of the coarse depth, of both branches' features at strides 1 to 32.

        `depths` are the coarse one and the auxiliary one of the coarse-to-fine module.
        """
        known = [resized(depths, guide.shape[-2:]) for guide in guides]
        levels = []
        for level, (guide, fine) in enumerate(zip(guides, features, strict=True)):
            joined = self.joins[level](torch.cat((guide, fine), dim=1))
            levels.append(self.informs[level](torch.cat((joined, known[level]), dim=1)))
        decoded = levels.pop()
        for decoder in self.decoders:
            level = levels.pop()
            coarser = resized(decoded, level.shape[-2:])
            decoded = decoder(torch.cat((coarser, level, known[len(levels)]), dim=1))
        return in_full_precision(self.residual, decoded)


def _normalised_conv(in_channels: int, out_channels: int) -> nn.Module:
    return nn.Sequential(conv3x3(in_channels, out_channels), ChannelNorm(out_channels), nn.GELU())


def _normalised_decoder(in_channels: int, out_channels: int) -> nn.Module:
    return nn.Sequential(
        _normalised_conv(in_channels, in_channels), _normalised_conv(in_channels, out_channels)
    )


def _decoder(in_channels: int, out_channels: int) -> nn.Module:
    """Two filters, which nothing normalises.

    With torch's own weights each would leave a third of its signal, and ten of them in a row 1e-6
    of what stride 32 says.
    """
    convs = conv3x3(in_channels, in_channels), conv3x3(in_channels, out_channels)
    for conv in convs:
        nn.init.kaiming_normal_(conv.weight, nonlinearity='relu')
    return nn.Sequential(convs[0], nn.GELU(), convs[1], nn.GELU())
