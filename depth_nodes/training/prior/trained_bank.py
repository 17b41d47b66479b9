"""The bank that a frozen network has learnt to use, apart from the network."""

from __future__ import annotations

from pathlib import Path

from depth_nodes.errors import ConfigError
from depth_nodes.networks.checkpoints import load_checkpoint
from depth_nodes.networks.prior.bank import BankFile, PriorBank
from depth_nodes.networks.prior.small_prior import SmallDepthPrior


def trained_bank(path: Path) -> BankFile:
    """The bank of a checkpoint, its fusion, and the sha256 of the network that both fit.

    Raises:
        CheckpointError: the file cannot be read.
        ConfigError: it has no bank of the small form, or its network has learnt along.
    """
    checkpoint = load_checkpoint(path)
    provenance = checkpoint.metadata.get('prior_bank', {})
    if not isinstance(checkpoint.network, SmallDepthPrior) or 'network_sha256' not in provenance:
        raise ConfigError(
            f'{path} is one with its bank; give weights of small_depth_prior, trained with '
            'prior.is_network_frozen'
        )
    fusion = checkpoint.network.fusion
    bank = PriorBank(
        features=fusion.features,
        log_depth=fusion.log_depth,
        log_count=fusion.log_count,
        provenance={**provenance, 'license': checkpoint.metadata.get('license', '')},
    )
    weights = {name: value.detach() for name, value in fusion.named_parameters()}
    return BankFile(bank, weights)
