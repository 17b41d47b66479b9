"""SmallDepth: the real-time depth network of FA-Depth (arXiv 2405.10885), section III-A."""

from __future__ import annotations

from dataclasses import dataclass
import math
from typing import Literal

from jaxtyping import Float
import torch
from torch import nn, Tensor

from depth_nodes.errors import ConfigError
from depth_nodes.networks.blocks.sparse import (
    DoubleScaleResidual,
    in_full_precision,
    ParallelSparseDownsample,
    SharedSparseDownsample,
    SparseUpsample,
)
from depth_nodes.networks.depth_network import (
    DepthFeatures,
    DepthNetwork,
    DepthOutput,
    IMAGE_MEAN,
    IMAGE_STD,
    NUM_FINE_LEVELS,
    NUM_HEADS,
    NUM_LEVELS,
    Prediction,
)

DOWNSAMPLE = {'shared': SharedSparseDownsample, 'parallel': ParallelSparseDownsample}


@dataclass(frozen=True, kw_only=True)
class SmallDepthConfig:
    """Widths and depths; the defaults are the reconstruction closest to the paper's counts.

    Attributes:
        widths: channels of the encoder at strides 2, 4, 8, 16, 32.
        last_width: channels of the decoder at full resolution.
        expansion: hidden over outer channels in the residual modules.
        num_blocks: residual modules at each stride.
        downsampling: how the two branches of sparse downsampling share their 1x1 filter.
        is_drop_rescaled: whether a branch that was not dropped is divided by its probability.
        initial_sigmoid_logit: what the heads say before any training; -4.5 is 1.7 m canonical.
    """

    widths: tuple[int, ...] = (48, 64, 128, 256, 512)
    last_width: int = 16
    expansion: float = 1.25
    num_blocks: tuple[int, ...] = (0, 0, 1, 3, 2)
    downsampling: Literal['shared', 'parallel'] = 'shared'
    is_drop_rescaled: bool = True
    initial_sigmoid_logit: float = -4.5

    def __post_init__(self) -> None:
        """Refuses tables that make no network."""
        if len(self.widths) != NUM_LEVELS or len(self.num_blocks) != NUM_LEVELS:
            raise ConfigError(
                f'widths {self.widths} and num_blocks {self.num_blocks} must be {NUM_LEVELS} '
                'numbers each, one a stride'
            )
        if min(*self.widths, self.last_width) < 1 or min(self.num_blocks) < 0:
            raise ConfigError(
                f'widths {self.widths} and last_width {self.last_width} must be 1 or more, '
                f'num_blocks {self.num_blocks} 0 or more'
            )
        if not 0 < self.expansion < math.inf or not math.isfinite(self.initial_sigmoid_logit):
            raise ConfigError(
                f'expansion {self.expansion} and initial_sigmoid_logit '
                f'{self.initial_sigmoid_logit} must be numbers, the first above 0'
            )


class SmallDepth(DepthNetwork):
    """Equations 8 to 12."""

    def __init__(self, config: SmallDepthConfig) -> None:
        super().__init__()
        self.config = config
        self.downsamples, self.stages = nn.ModuleList(), nn.ModuleList()
        in_width = 3
        for width, num_blocks in zip(config.widths, config.num_blocks, strict=True):
            downsample = DOWNSAMPLE[config.downsampling]
            self.downsamples.append(downsample(in_width, width, config.is_drop_rescaled))
            hidden = round(width * config.expansion)
            self.stages.append(
                nn.Sequential(
                    *(
                        DoubleScaleResidual(width, hidden, config.is_drop_rescaled)
                        for _ in range(num_blocks)
                    )
                )
            )
            in_width = width
        out_widths = (config.last_width, *config.widths[:-1])
        self.upsamples = nn.ModuleList(
            SparseUpsample(width, out_width)
            for width, out_width in zip(config.widths, out_widths, strict=True)
        )
        heads = [nn.Conv2d(width, 1, 3, padding=2, dilation=2) for width in out_widths[:NUM_HEADS]]
        for head in heads:
            assert head.bias is not None
            nn.init.constant_(head.bias, config.initial_sigmoid_logit)
        self.heads = nn.ModuleList(heads)

    def predict(self, image: Float[Tensor, 'batch 3 height width']) -> Prediction:
        """Height and width must be multiples of 32, at least 96; RGB in [0, 1]."""
        return self.predict_from(self.encode_image(image))

    def encode_image(
        self, image: Float[Tensor, 'batch 3 height width']
    ) -> list[Float[Tensor, 'batch _channel _height _width']]:
        """Features e_0 to e_4 of RGB in [0, 1]."""
        return self.encode((image - IMAGE_MEAN) / IMAGE_STD)

    @property
    def fine_channels(self) -> int:
        """Channels at stride 4."""
        return self.config.widths[NUM_FINE_LEVELS - 1]

    def fine_features(
        self, image: Float[Tensor, 'batch 3 height width']
    ) -> list[Float[Tensor, 'batch _channel _height _width']]:
        """Features at strides 2 and 4 of an image as `predict` takes it."""
        return self._encoded((image - IMAGE_MEAN) / IMAGE_STD, range(NUM_FINE_LEVELS))

    def predict_from_fine(
        self, fine: list[Float[Tensor, 'batch _channel _height _width']]
    ) -> Prediction:
        """The prediction from the features at strides 2 and 4."""
        further = self._encoded(fine[-1], range(NUM_FINE_LEVELS, NUM_LEVELS))
        return self.predict_from([*fine, *further])

    def predict_from(
        self, encoded: list[Float[Tensor, 'batch _channel _height _width']]
    ) -> Prediction:
        """The prediction from e_0 to e_4."""
        decoded = self.decode(encoded)
        # A step of bfloat16 at the -8 of a far pixel is 3 % of its depth.
        output = DepthOutput(
            *(
                torch.sigmoid(in_full_precision(head, level))
                for head, level in zip(self.heads, decoded[:NUM_HEADS], strict=True)
            )
        )
        return Prediction(output, DepthFeatures(tuple(encoded), tuple(decoded)))

    def encode(
        self, image: Float[Tensor, 'batch 3 height width']
    ) -> list[Float[Tensor, 'batch _channel _height _width']]:
        """Features e_0 to e_4 at strides 2 to 32 (equations 8 and 9)."""
        return self._encoded(image, range(NUM_LEVELS))

    def _encoded(
        self, level: Float[Tensor, 'batch _in_channel _in_height _in_width'], levels: range
    ) -> list[Float[Tensor, 'batch _channel _height _width']]:
        features = []
        for index in levels:
            level = self.stages[index](self.downsamples[index](level))
            features.append(level)
        return features

    def decode(
        self, features: list[Float[Tensor, 'batch _channel _height _width']]
    ) -> list[Float[Tensor, 'batch _channel _height _width']]:
        """Features d_0 to d_4 at strides 1 to 16: upsamples with sum skips (10 and 11)."""
        level = self.upsamples[-1](features[-1])
        decoded = [level]
        for index in range(len(features) - 2, -1, -1):
            level = self.upsamples[index](features[index] + level)
            decoded.insert(0, level)
        return decoded

    def set_drop_probability(self, residual: float, downsampling: float = 0.0) -> None:
        """Sets the chance of dropping a branch, of residual modules and of downsampling."""
        for module in self.modules():
            if isinstance(module, DoubleScaleResidual):
                module.drop_local.probability = module.drop_wide.probability = residual
            elif isinstance(module, (SharedSparseDownsample, ParallelSparseDownsample)):
                module.drop.probability = downsampling
