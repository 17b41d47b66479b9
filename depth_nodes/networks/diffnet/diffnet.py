"""DIFFNet: Zhou et al., Self-Supervised Monocular Depth Estimation with Internal Feature Fusion.

BMVC 2021 (arXiv 2110.09482); the single-frame network of RPrDepth (arXiv 2408.00361).
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
import math
from typing import ClassVar

from jaxtyping import Float
import torch
from torch import nn, Tensor

from depth_nodes.errors import ConfigError
from depth_nodes.networks.blocks.even_stride import for_even_sizes
from depth_nodes.networks.blocks.fused import logistic
from depth_nodes.networks.blocks.sparse import in_full_precision
from depth_nodes.networks.depth_network import (
    DepthFeatures,
    DepthNetwork,
    DepthOutput,
    IMAGE_MEAN,
    IMAGE_STD,
    NUM_HEADS,
    Prediction,
)
from depth_nodes.networks.diffnet.decoder import DECODER_CHANNELS, DiffDecoder
from depth_nodes.networks.diffnet.encoder import HighResolutionEncoder


@dataclass(frozen=True, kw_only=True)
class DiffNetConfig:
    """Encoder and heads.

    Attributes:
        backbone: name of an HRNet of timm.
        is_pretrained: whether the backbone starts from weights of the hub. Of no account once
            the network is made: its own `config` says no, so that checkpoints never ask the hub.
        initial_sigmoid_logit: what the heads say before any training; -4.5 is 1.7 m canonical.
        lasting: what gives weights their meaning, and does not show in their shapes.
    """

    lasting: ClassVar[tuple[str, ...]] = ('backbone',)
    backbone: str = 'hrnet_w18'
    is_pretrained: bool = False
    initial_sigmoid_logit: float = -4.5

    def __post_init__(self) -> None:
        """Refuses a logit that is no number."""
        if not math.isfinite(self.initial_sigmoid_logit):
            raise ConfigError(
                f'initial_sigmoid_logit {self.initial_sigmoid_logit} must be a number'
            )


class DiffNet(DepthNetwork):
    """HRNet, features of all its stages as skips, channel attention at every level.

    The paper's fourth head, at stride 8, is left out: nothing here would train it.
    """

    def __init__(self, config: DiffNetConfig) -> None:
        super().__init__()
        self.config = replace(config, is_pretrained=False)
        self.encoder = HighResolutionEncoder(config.backbone, is_pretrained=config.is_pretrained)
        self.decoder = DiffDecoder(self.encoder.channels)
        heads = [nn.Conv2d(width, 1, 3, padding=1) for width in DECODER_CHANNELS[:NUM_HEADS]]
        for head in heads:
            assert head.bias is not None
            nn.init.constant_(head.bias, config.initial_sigmoid_logit)
        self.heads = nn.ModuleList(heads)

    def predict(self, image: Float[Tensor, 'batch 3 height width']) -> Prediction:
        """Height and width must be multiples of 32, at least 96; RGB in [0, 1]."""
        return self.predict_from(self.encode(image))

    def encode(
        self, image: Float[Tensor, 'batch 3 height width']
    ) -> list[Float[Tensor, 'batch _channel _height _width']]:
        """Features e_0 to e_4 at strides 2 to 32."""
        features: list[Tensor] = self.encoder((image - IMAGE_MEAN) / IMAGE_STD)
        return features

    def predict_from(
        self, encoded: list[Float[Tensor, 'batch _channel _height _width']]
    ) -> Prediction:
        """What the decoder makes of the encoder's features."""
        decoded = self.decoder(encoded)
        # A step of bfloat16 at the -8 of a far pixel is 3 % of its depth.
        output = DepthOutput(
            *(
                torch.sigmoid(in_full_precision(head, level))
                for head, level in zip(self.heads, decoded[:NUM_HEADS], strict=True)
            )
        )
        return Prediction(output, DepthFeatures(tuple(encoded), tuple(decoded)))


class DeployedDiffNet(nn.Module):
    """Image to sigmoid output, for inference alone: the full resolution only."""

    def __init__(self, network: DiffNet) -> None:
        super().__init__()
        self.encoder = for_even_sizes(network.encoder)
        self.decoder = copy.deepcopy(network.decoder)
        self.head = copy.deepcopy(network.heads[0])

    def forward(
        self, image: Float[Tensor, 'batch 3 height width']
    ) -> Float[Tensor, 'batch 1 height width']:
        """Height and width must be multiples of 32, at least 96; RGB in [0, 1]."""
        return logistic(self.head(self.decoder(self.encode(image))[0]))

    def encode(
        self, image: Float[Tensor, 'batch 3 height width']
    ) -> list[Float[Tensor, 'batch _channel _height _width']]:
        """Features e_0 to e_4 at strides 2 to 32."""
        features: list[Tensor] = self.encoder((image - IMAGE_MEAN) / IMAGE_STD)
        return features
