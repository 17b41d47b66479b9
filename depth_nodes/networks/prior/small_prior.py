"""SmallDepth that looks each pixel up in a small bank (after RPrDepth, arXiv 2408.00361).

The small form of prior depth fusion: pixel-wise, one head, once, between encoder and decoder at
stride 16. With its gate at 0, as it begins, it is SmallDepth bit by bit.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from jaxtyping import Float
import torch
from torch import nn, Tensor

from depth_nodes.errors import CheckpointError, ConfigError
from depth_nodes.networks.blocks.sparse import Conv1x1
from depth_nodes.networks.depth_network import FUSED_LEVEL, Prediction
from depth_nodes.networks.prior.affinity import affinity, pixel_wise, Retrieval
from depth_nodes.networks.prior.bank import BankFile, BankHolder, PriorBank
from depth_nodes.networks.small_depth import SmallDepth, SmallDepthConfig


@dataclass(frozen=True, kw_only=True)
class SmallDepthPriorConfig(SmallDepthConfig):
    """Those of SmallDepth, and sizes of the bank.

    Attributes:
        num_entries: how many pixels or prototypes the bank holds.
        bank_channels: of their features.
        key_channels: in which pixels and entries are compared.
    """

    num_entries: int = 1024
    bank_channels: int = 64
    key_channels: int = 64

    def __post_init__(self) -> None:
        """Refuses empty banks too."""
        super().__post_init__()
        for name in ('num_entries', 'bank_channels', 'key_channels'):
            if getattr(self, name) < 1:
                raise ConfigError(f'{name} is {getattr(self, name)}; choose 1 or more')


class SmallPriorFusion(BankHolder):
    """F_o = F_s + gamma C1([F_c, ln D_c]), where F_c and ln D_c are what the bank says.

    `gate` is gamma.
    """

    def __init__(self, channels: int, config: SmallDepthPriorConfig) -> None:
        super().__init__(config.num_entries, config.bank_channels)
        self.query = Conv1x1(channels, config.key_channels)
        self.key = nn.Linear(config.bank_channels, config.key_channels)
        self.merge = Conv1x1(config.bank_channels + 1, channels)
        self.gate = nn.Parameter(torch.zeros(1))

    def retrieve(self, features: Float[Tensor, 'batch channel height width']) -> Retrieval:
        """What the bank says of each pixel of F_s."""
        keys = self.key(self.features)
        queries = self.query(features)
        return pixel_wise(queries, keys, self.features, self.log_depth, self.log_count)

    def rows(
        self, features: Float[Tensor, 'batch channel height width']
    ) -> Float[Tensor, 'batch height width entry']:
        """What each entry weighs for each pixel of F_s."""
        queries = self.query(features).permute(0, 2, 3, 1)
        return affinity(queries, self.key(self.features), self.log_count)

    def forward(
        self, features: Float[Tensor, 'batch channel height width']
    ) -> tuple[Float[Tensor, 'batch channel height width'], Retrieval]:
        """F_o, and what it is made of."""
        found = self.retrieve(features)
        said = self.merge(torch.cat([found.features, found.log_depth], dim=1))
        return features + self.gate * said, found


class SmallDepthPrior(SmallDepth):
    """SmallDepth whose decoder sees F_o in place of its features at stride 16."""

    config: SmallDepthPriorConfig

    def __init__(self, config: SmallDepthPriorConfig) -> None:
        super().__init__(config)
        self.fusion = SmallPriorFusion(config.widths[FUSED_LEVEL], config)

    def predict(self, image: Float[Tensor, 'batch 3 height width']) -> Prediction:
        """As SmallDepth's, with what the bank says of each pixel."""
        encoded = self.encode_image(image)
        encoded[FUSED_LEVEL], retrieved = self.fusion(encoded[FUSED_LEVEL])
        return self.predict_from(encoded)._replace(retrieved=retrieved)

    def attention_mass(
        self, image: Float[Tensor, 'batch 3 height width']
    ) -> Float[Tensor, ' entry']:
        """What each entry weighs in an image, by which features are selected; sums to 1."""
        rows = self.fusion.rows(self.encode_image(image)[FUSED_LEVEL])
        return rows.mean(dim=(0, 1, 2))


def prior_config(config: SmallDepthConfig, bank: PriorBank, **sizes: int) -> SmallDepthPriorConfig:
    """That of a network that uses a bank."""
    num_entries, bank_channels = bank.features.shape
    plain = {name: value for name, value in asdict(config).items() if name not in sizes}
    return SmallDepthPriorConfig(
        **(plain | {'num_entries': num_entries, 'bank_channels': bank_channels} | sizes)
    )


def with_prior_bank(network: SmallDepth, file: BankFile) -> SmallDepthPrior:
    """The network with a bank and the fusion that has learnt to use it, in evaluation mode.

    Raises:
        CheckpointError: the bank's fusion is of another network, or has not learnt yet.
    """
    if not file.fusion:
        raise CheckpointError('the prior bank has no fusion weights; train one with it first')
    try:
        key_channels = len(file.fusion['key.bias'])
        config = prior_config(network.config, file.bank, key_channels=key_channels)
        fused = SmallDepthPrior(config)
        fused.load_state_dict(network.state_dict(), strict=False)
        fused.fusion.load_state_dict(file.fusion, strict=False)
    except (KeyError, RuntimeError) as error:
        raise CheckpointError(
            'the prior bank belongs to a network of other widths; use the one it was trained with'
        ) from error
    fused.fusion.take_over(file.bank)
    return fused.eval()
