"""The encoder of DIFFNet (arXiv 2110.09482): HRNet with the features of all its stages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from jaxtyping import Float
import torch
from torch import nn, Tensor

from depth_nodes.errors import ConfigError
from depth_nodes.networks.blocks.backbone import create_backbone


class HighResolutionEncoder(nn.Module):
    """Features at strides 2 to 32, each of all the stages that have its stride, side by side.

    Attributes:
        channels: of the features, from fine to coarse.

    Raises:
        ConfigError: `name` is no HRNet of timm.
    """

    def __init__(self, name: str, *, is_pretrained: bool) -> None:
        super().__init__()
        hrnet: Any = create_backbone(name, is_pretrained=is_pretrained)
        if not hasattr(hrnet, 'stage4_cfg'):
            raise ConfigError(f"backbone '{name}' is no HRNet; choose one, such as hrnet_w18")
        # These widen features for a classifier; DIFFNet takes them as the stages leave them.
        del hrnet.incre_modules
        self.hrnet = hrnet
        fine, stem = hrnet.conv1.out_channels, hrnet.conv2.out_channels
        s4, s8, s16, s32 = hrnet.stage4_cfg['num_channels']
        self.channels: tuple[int, ...] = (fine, stem + 3 * s4, 3 * s8, 2 * s16, s32)

    def forward(
        self, image: Float[Tensor, 'batch 3 height width']
    ) -> list[Float[Tensor, 'batch _channel _height _width']]:
        """Height and width must be multiples of 32."""
        net: Any = self.hrnet
        half = net.act1(net.bn1(net.conv1(image)))
        stem = net.act2(net.bn2(net.conv2(half)))
        second = net.stage2(_branches(net.transition1, [net.layer1(stem)]))
        third = net.stage3(_branches(net.transition2, second))
        fourth = net.stage4(_branches(net.transition3, third))
        return [
            half,
            torch.cat((stem, second[0], third[0], fourth[0]), dim=1),
            torch.cat((second[1], third[1], fourth[1]), dim=1),
            torch.cat((third[2], fourth[2]), dim=1),
            fourth[3],
        ]


def _branches(transitions: Iterable[nn.Module], levels: Sequence[Tensor]) -> list[Tensor]:
    """What a stage starts from: every level of the one before, and one coarser, of the last."""
    last = len(levels) - 1
    return [transition(levels[min(at, last)]) for at, transition in enumerate(transitions)]
