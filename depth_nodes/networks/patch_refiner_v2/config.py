"""What a patch refiner is made of; YAML files in `config/networks` fill this dataclass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from depth_nodes.errors import ConfigError
from depth_nodes.networks.depth_network import NUM_LEVELS


@dataclass(frozen=True, kw_only=True)
class PatchRefinerConfig:
    """Encoder, widths and ablations; the defaults are the paper's PRV2-M after ZoeDepth.

    Attributes:
        encoder: name of a timm model with features at strides 2 to 32, or at 4 to 32; or
            `small_depth`, this package's network, whose weights know depth already (ours).
        is_pretrained: whether the encoder starts from weights of the hub. Of no account once the
            network is made: its own `config` says no, so that checkpoints never ask the hub.
        coarse_channels: of the coarse network's features at strides 1, 2, 4, 8, 16, 32.
        has_coarse_image: whether the coarse network has none at stride 1; it then gives its image,
            and a filter makes `coarse_channels[0]` of that and of its depth.
        width: channels of the coarse-to-fine module.
        temp_channels: of the fine-to-coarse module's inputs at strides 1, 2, 4, 8, 16, 32.
        decoder_channels: of its outputs at strides 16, 8, 4, 2, 1.
        use_coarse_to_fine: whether there is a coarse-to-fine module (without: the paper's first
            ablation, where the encoder's features go on as they are).
        use_gates: whether its units are gated by the coarse features (without: the sixth).
        is_residual_logarithmic: whether the last filter says ln(refined / coarse), from the
            logarithm of the coarse depth (ours): near and far errors weigh alike, and no depth is
            cut at 0, where nothing is learnt. Without: it says refined - coarse, as in the paper.
        are_decoders_normalised: whether the last decoders' filters are followed by a norm, as all
            others are (ours); without one, as in the paper, a small batch soon silences them.
        lasting: what gives weights their meaning, and does not show in their shapes.
    """

    lasting: ClassVar[tuple[str, ...]] = ('encoder', 'use_gates', 'is_residual_logarithmic')
    encoder: str = 'mobilenetv4_conv_small.e2400_r224_in1k'
    is_pretrained: bool = False
    coarse_channels: tuple[int, ...] = (32, 256, 256, 256, 256, 256)
    has_coarse_image: bool = False
    width: int = 256
    temp_channels: tuple[int, ...] = (32, 64, 64, 128, 256, 512)
    decoder_channels: tuple[int, ...] = (512, 256, 128, 64, 32)
    use_coarse_to_fine: bool = True
    use_gates: bool = True
    is_residual_logarithmic: bool = False
    are_decoders_normalised: bool = False

    def __post_init__(self) -> None:
        """Refuses tables that make no network."""
        for name, length in (
            ('coarse_channels', NUM_LEVELS + 1),
            ('temp_channels', NUM_LEVELS + 1),
            ('decoder_channels', NUM_LEVELS),
        ):
            channels = getattr(self, name)
            if len(channels) != length or min(channels) < 1:
                raise ConfigError(f'{name} {channels} must be {length} numbers of 1 or more')
        if self.width < 2:
            raise ConfigError(f'width is {self.width}; choose 2 or more')
