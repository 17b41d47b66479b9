"""The refiner's own look at a tile."""

from __future__ import annotations

from typing import Any

from jaxtyping import Float
import torch
from torch import nn, Tensor

from depth_nodes.errors import ConfigError
from depth_nodes.networks.blocks.backbone import channels_of, create_backbone, strides_of
from depth_nodes.networks.depth_network import IMAGE_MEAN, IMAGE_STD, NUM_LEVELS
from depth_nodes.networks.small_depth import SmallDepth, SmallDepthConfig

SMALL_DEPTH = 'small_depth'
STRIDES = tuple(2 << level for level in range(NUM_LEVELS))


def create_encoder(name: str, *, is_pretrained: bool = False) -> SmallDepthEncoder | TimmEncoder:
    """The encoder of this name; `is_pretrained` is of timm's alone."""
    if name == SMALL_DEPTH:
        return SmallDepthEncoder(SmallDepth(SmallDepthConfig()))
    return TimmEncoder(name, is_pretrained=is_pretrained)


class SmallDepthEncoder(nn.Module):
    """SmallDepth's look at a tile: its decoder's features at strides 2 to 16, the encoder's at 32.

    It knows depth before the refiner learns, where timm's networks know objects at best.

    Args:
        network: what looks; it says no depth any more.
    """

    def __init__(self, network: SmallDepth) -> None:
        super().__init__()
        self.backbone = network
        # What says depth, and features at stride 1, which nobody asks for here.
        self.backbone.heads = nn.ModuleList()
        self.backbone.upsamples[0] = nn.Identity()
        self.channels = self.backbone.config.widths

    def forward(
        self,
        tiles: Float[Tensor, 'tile 3 height width'],
        depth: Float[Tensor, 'tile 1 height width'],
    ) -> list[Float[Tensor, 'tile _channel _height _width']]:
        """Features from fine to coarse; RGB in [0, 1]. It does without the coarse depth."""
        encoded = self.backbone.encode((tiles - IMAGE_MEAN) / IMAGE_STD)
        return [*self.backbone.decode(encoded)[1:], encoded[-1]]


class TimmEncoder(nn.Module):
    """A timm backbone that sees a tile and the coarse depth there; features at strides 2 to 32.

    The filters of the depth start at 0: at first the backbone is what it was without it. Where
    its own features start at stride 4, those at stride 2 are made of them.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, name: str, *, is_pretrained: bool = False) -> None:
        super().__init__()
        self.backbone = create_backbone(name, is_pretrained=is_pretrained)
        _add_blind_channel(self.backbone)
        statistics: Any = self.backbone.pretrained_cfg
        for key in ('mean', 'std'):
            value = torch.tensor(statistics[key]).view(3, 1, 1)
            self.register_buffer(key, value, persistent=False)
        channels, strides = channels_of(self.backbone), strides_of(self.backbone)
        self.upsample: nn.Module | None = None
        if strides == STRIDES[1:]:
            half = channels[0] // 2
            self.upsample = nn.Sequential(
                nn.ConvTranspose2d(channels[0], half, 2, stride=2), nn.ReLU()
            )
            channels, strides = (half, *channels), STRIDES
        if strides != STRIDES:
            raise ConfigError(f"encoder '{name}' has strides {strides}; choose one with {STRIDES}")
        self.channels = channels

    def forward(
        self,
        tiles: Float[Tensor, 'tile 3 height width'],
        depth: Float[Tensor, 'tile 1 height width'],
    ) -> list[Float[Tensor, 'tile _channel _height _width']]:
        """Features from fine to coarse; RGB in [0, 1], depth in units of its median."""
        seen = torch.cat(((tiles - self.mean) / self.std, depth), dim=1)
        features = list(self.backbone(seen))
        return features if self.upsample is None else [self.upsample(features[0]), *features]


def _add_blind_channel(backbone: nn.Module) -> None:
    """Gives the first filter one more input, of weight 0."""
    stem = next(module for module in backbone.modules() if isinstance(module, nn.Conv2d))
    weight = stem.weight.detach()
    stem.weight = nn.Parameter(torch.cat((weight, torch.zeros_like(weight[:, :1])), dim=1))
    stem.in_channels += 1
