"""HQDecv2: the accurate depth network of FA-Depth (arXiv 2405.10885), section III-D."""

from __future__ import annotations

from dataclasses import dataclass, replace
import math
from typing import ClassVar

from jaxtyping import Float
from torch import nn, Tensor

from depth_nodes.errors import ConfigError
from depth_nodes.networks.blocks.attended_head import AttendedHead
from depth_nodes.networks.blocks.backbone import (
    channels_of,
    create_backbone,
    feature_sizes,
    first_features,
    further_features,
    is_in_blocks,
    PROBE_SIZE_PX,
    strides_of,
)
from depth_nodes.networks.blocks.dense_decoder import DecoderConfig, DenseDecoder
from depth_nodes.networks.blocks.even_stride import for_even_sizes
from depth_nodes.networks.blocks.global_context import ContextConfig
from depth_nodes.networks.blocks.sparse import fold_batch_norm
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

HEAD_ATTENTION_HEADS = 2
LEAST = {
    'coefficient_width': 1,
    'squeeze': 1,
    'context_levels': 0,
    'context_widths': 1,
    'context_heads': 1,
    'context_layers': 0,
    'head_width': HEAD_ATTENTION_HEADS,
}


@dataclass(frozen=True, kw_only=True)
class HqDecV2Config:
    """Encoder and decoder; tuples go from stride 2 to stride 32, one number a level.

    Attributes:
        backbone: name of a timm model with features at strides 2, 4, 8, ...
        is_pretrained: whether the backbone starts from weights of the hub. Of no account once
            the network is made: its own `config` says no, so that checkpoints never ask the hub.
        coefficient_width: hidden channels of the adaptive sums; m in equation 23.
        squeeze: channels over those of the refinement's local filter.
        context_levels: halvings between features and attention's tokens.
        context_widths: channels of a token.
        context_heads: attention heads.
        context_layers: attention layers.
        head_width: channels of a token of the heads.
        initial_sigmoid_logit: what the heads say before any training; -4.5 is 1.7 m canonical.
        lasting: what gives weights their meaning, and does not show in their shapes.
    """

    lasting: ClassVar[tuple[str, ...]] = ('backbone', 'context_heads')
    backbone: str = 'tf_efficientnetv2_s'
    is_pretrained: bool = False
    coefficient_width: int = 8
    squeeze: tuple[int, ...] = (2, 4, 4, 8, 8)
    context_levels: tuple[int, ...] = (3, 2, 1, 0, 0)
    context_widths: tuple[int, ...] = (24, 48, 64, 128, 256)
    context_heads: tuple[int, ...] = (2, 4, 4, 8, 8)
    context_layers: tuple[int, ...] = (1, 1, 1, 1, 1)
    head_width: int = 24
    initial_sigmoid_logit: float = -4.5

    def __post_init__(self) -> None:
        """Refuses tables that make no network."""
        self._require_numbers()
        self._require_even_sizes()
        if any(
            width % heads
            for width, heads in zip(self.context_widths, self.context_heads, strict=True)
        ):
            raise ConfigError(
                f'context_heads {self.context_heads} must divide context_widths '
                f'{self.context_widths}'
            )
        if self.head_width % HEAD_ATTENTION_HEADS:
            raise ConfigError(
                f'head_width {self.head_width} must be a multiple of {HEAD_ATTENTION_HEADS}'
            )
        if not math.isfinite(self.initial_sigmoid_logit):
            raise ConfigError(
                f'initial_sigmoid_logit {self.initial_sigmoid_logit} must be a number'
            )

    def _require_numbers(self) -> None:
        for name, least in LEAST.items():
            value = getattr(self, name)
            is_table = isinstance(value, tuple)
            if is_table and len(value) != NUM_LEVELS:
                raise ConfigError(f'{name} {value} must be {NUM_LEVELS} numbers, one a level')
            if min(value if is_table else (value,)) < least:
                raise ConfigError(f'{name} {value} must be {least} or more')

    def _require_even_sizes(self) -> None:
        """Images are multiples of 32, so features can be halved until stride 32."""
        most = tuple(NUM_LEVELS - 1 - level for level in range(NUM_LEVELS))
        if any(levels > limit for levels, limit in zip(self.context_levels, most, strict=True)):
            raise ConfigError(f'context_levels {self.context_levels} must be at most {most}')

    @property
    def contexts(self) -> tuple[ContextConfig, ...]:
        """How the whole image is seen, level by level."""
        return tuple(
            ContextConfig(num_levels=levels, width=width, num_heads=heads, num_layers=layers)
            for levels, width, heads, layers in zip(
                self.context_levels,
                self.context_widths,
                self.context_heads,
                self.context_layers,
                strict=True,
            )
        )


class HqDecV2(DepthNetwork):
    """A timm backbone, the dense decoder, and heads that attend to the whole image."""

    def __init__(self, config: HqDecV2Config) -> None:
        super().__init__()
        self.config = replace(config, is_pretrained=False)
        self.backbone = create_backbone(
            config.backbone, num_levels=NUM_LEVELS, is_pretrained=config.is_pretrained
        )
        self._require_strides()
        channels = channels_of(self.backbone)
        self.decoder = DenseDecoder(
            DecoderConfig(
                channels=channels,
                squeeze=config.squeeze,
                coefficient_width=config.coefficient_width,
                contexts=config.contexts,
            )
        )
        # A head sees features of twice the size of the level that they come from.
        head_channels = (channels[0], *channels)[:NUM_HEADS]
        self.heads = nn.ModuleList(
            AttendedHead(
                width,
                config.initial_sigmoid_logit,
                replace(
                    context,
                    num_levels=context.num_levels + 1,
                    width=config.head_width,
                    num_heads=HEAD_ATTENTION_HEADS,
                ),
            )
            for width, context in zip(head_channels, config.contexts, strict=False)
        )

    def _require_strides(self) -> None:
        name, strides = self.config.backbone, tuple(2 << level for level in range(NUM_LEVELS))
        if strides_of(self.backbone) != strides:
            raise ConfigError(
                f"backbone '{name}' has strides {strides_of(self.backbone)}; choose one with "
                f'{strides}'
            )
        height, width = PROBE_SIZE_PX
        sizes = feature_sizes(self.backbone, name, (3, height, width))
        if sizes != [(height // stride, width // stride) for stride in strides]:
            raise ConfigError(
                f"backbone '{name}' does not pad its images: features of {height}x{width} px have "
                f'the sizes {sizes}; choose one that divides them by {strides}'
            )

    def predict(self, image: Float[Tensor, 'batch 3 height width']) -> Prediction:
        """Height and width must be multiples of 32, at least 96; RGB in [0, 1]."""
        return self._completed(self.backbone((image - IMAGE_MEAN) / IMAGE_STD))

    @property
    def fine_channels(self) -> int:
        """Channels at stride 4."""
        return channels_of(self.backbone)[NUM_FINE_LEVELS - 1]

    def require_parts(self) -> None:
        """Refuses backbones that `fine_features` and `predict_from_fine` cannot run in parts.

        Raises:
            ConfigError: it is of another family than EfficientNet.
        """
        if not is_in_blocks(self.backbone):
            raise ConfigError(
                f"backbone '{self.config.backbone}' cannot be run in parts; choose an EfficientNet"
            )

    def fine_features(
        self, image: Float[Tensor, 'batch 3 height width']
    ) -> list[Float[Tensor, 'batch _channel _height _width']]:
        """Features at strides 2 and 4 of an image as `predict` takes it."""
        return first_features(self.backbone, (image - IMAGE_MEAN) / IMAGE_STD, NUM_FINE_LEVELS)

    def predict_from_fine(
        self, fine: list[Float[Tensor, 'batch _channel _height _width']]
    ) -> Prediction:
        """The prediction from the features at strides 2 and 4."""
        return self._completed([*fine, *further_features(self.backbone, fine[-1], len(fine))])

    def _completed(
        self, encoded: list[Float[Tensor, 'batch _channel _height _width']]
    ) -> Prediction:
        decoded = self.decoder(encoded)
        output = DepthOutput(
            *(head(level) for head, level in zip(self.heads, decoded[:NUM_HEADS], strict=True))
        )
        return Prediction(output, DepthFeatures(tuple(encoded), tuple(decoded)))


class DeployedHqDecV2(nn.Module):
    """Image to sigmoid output, for inference alone: the full resolution only."""

    def __init__(self, network: HqDecV2) -> None:
        super().__init__()
        self.backbone = for_even_sizes(network.backbone)
        self.decoder = fold_batch_norm(network.decoder)
        self.head = fold_batch_norm(network.heads[0])

    def forward(
        self, image: Float[Tensor, 'batch 3 height width']
    ) -> Float[Tensor, 'batch 1 height width']:
        """Height and width must be multiples of 32, at least 96; RGB in [0, 1]."""
        encoded = self.backbone((image - IMAGE_MEAN) / IMAGE_STD)
        return self.head(self.decoder(encoded)[0])

    def fine_features(
        self, image: Float[Tensor, 'batch 3 height width']
    ) -> list[Float[Tensor, 'batch _channel _height _width']]:
        """Features at strides 2 and 4; the backbone must be one that runs in parts."""
        return first_features(self.backbone, (image - IMAGE_MEAN) / IMAGE_STD, NUM_FINE_LEVELS)

    def from_fine(
        self, fine: list[Float[Tensor, 'batch _channel _height _width']]
    ) -> Float[Tensor, 'batch 1 height width']:
        """The sigmoid output from features at strides 2 and 4."""
        encoded = [*fine, *further_features(self.backbone, fine[-1], len(fine))]
        return self.head(self.decoder(encoded)[0])
