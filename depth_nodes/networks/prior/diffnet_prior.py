"""DIFFNet with a prior bank: the single-frame network of RPrDepth (arXiv 2408.00361)."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import nn, Tensor

from depth_nodes.errors import ConfigError
from depth_nodes.networks.depth_network import FUSED_LEVEL, Prediction
from depth_nodes.networks.diffnet.diffnet import DeployedDiffNet, DiffNet, DiffNetConfig
from depth_nodes.networks.prior.deployed_fusion import DeployedFusion
from depth_nodes.networks.prior.full_fusion import FullPriorFusion


@dataclass(frozen=True, kw_only=True)
class DiffNetPriorConfig(DiffNetConfig):
    """Those of DIFFNet, and sizes of the bank and of its fusion.

    Attributes:
        num_entries: how many pixels the bank holds.
        bank_channels: of their features.
        key_channels: in which pixels and entries are compared, and of the depth hint.
        num_heads: of the depth hint.
    """

    num_entries: int = 25_000
    bank_channels: int = 64
    key_channels: int = 64
    num_heads: int = 4

    def __post_init__(self) -> None:
        """Refuses empty banks, and heads that share a channel."""
        super().__post_init__()
        for name in ('num_entries', 'bank_channels', 'key_channels', 'num_heads'):
            if getattr(self, name) < 1:
                raise ConfigError(f'{name} is {getattr(self, name)}; choose 1 or more')
        if self.key_channels % self.num_heads:
            raise ConfigError(
                f'num_heads {self.num_heads} must divide key_channels {self.key_channels}'
            )


class DiffNetPrior(DiffNet):
    """DIFFNet whose decoder sees F_o in place of its features at stride 16."""

    def __init__(self, config: DiffNetPriorConfig) -> None:
        super().__init__(config)
        self.fusion = FullPriorFusion(
            self.encoder.channels[FUSED_LEVEL],
            num_entries=config.num_entries,
            bank_channels=config.bank_channels,
            key_channels=config.key_channels,
            num_heads=config.num_heads,
        )

    def predict(self, image: Float[Tensor, 'batch 3 height width']) -> Prediction:
        """As DIFFNet's, with what the bank says of each pixel."""
        encoded = self.encode(image)
        fused = self.fusion(encoded[FUSED_LEVEL])
        encoded[FUSED_LEVEL] = fused.features
        return self.predict_from(encoded)._replace(retrieved=fused.retrieved)

    def attention_mass(
        self, image: Float[Tensor, 'batch 3 height width']
    ) -> Float[Tensor, ' entry']:
        """What each entry weighs in an image, by which features are selected; sums to 2."""
        mass: Tensor = self.fusion(self.encode(image)[FUSED_LEVEL]).mass
        return mass


class DeployedDiffNetPrior(DeployedDiffNet):
    """The same with its bank, folded into constants."""

    def __init__(self, network: DiffNetPrior) -> None:
        super().__init__(network)
        self.fusion: nn.Module = DeployedFusion(network.fusion)

    def encode(
        self, image: Float[Tensor, 'batch 3 height width']
    ) -> list[Float[Tensor, 'batch _channel _height _width']]:
        """Features e_0 to e_4 at strides 2 to 32, of which e_3 is F_o."""
        encoded = super().encode(image)
        encoded[FUSED_LEVEL] = self.fusion(encoded[FUSED_LEVEL])
        return encoded
