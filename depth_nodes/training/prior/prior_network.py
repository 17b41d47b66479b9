"""The network that a training with a prior bank begins with, and what its checkpoint tells."""

from __future__ import annotations

from dataclasses import replace
import hashlib
from pathlib import Path
from typing import Any

from torch import nn, Tensor

from depth_nodes.networks.prior.bank import load_bank
from depth_nodes.networks.registry import NETWORKS
from depth_nodes.training.prior.config import PriorConfig

FUSION = 'fusion.'


def network_with_bank(architecture: str, settings: Any, bank_path: Path) -> Any:
    """A new network that holds the bank of a file.

    Raises:
        CheckpointError: the file is missing or damaged.
    """
    bank = load_bank(bank_path)
    num_entries, bank_channels = bank.features.shape
    sized = replace(settings, num_entries=num_entries, bank_channels=bank_channels)
    network: Any = NETWORKS[architecture].network(sized)
    network.fusion.take_over(bank)
    return network


def own_state(network: nn.Module, start: nn.Module) -> dict[str, Tensor]:
    """What a network does not take over from another one: its bank, and a fusion if that has none.

    Networks without a prior take over everything.
    """
    known = start.state_dict()
    entries = {name for name, _ in network.named_buffers()}
    return {
        name: value
        for name, value in network.state_dict().items()
        if name.startswith(FUSION) and (name in entries or name not in known)
    }


def prior_metadata(config: PriorConfig, initial_checkpoint: str) -> dict[str, Any]:
    """The bank's provenance, and which network its fusion fits where that was frozen."""
    path = Path(config.bank)
    facts = {**load_bank(path).provenance, 'bank_sha256': _sha256(path)}
    if config.is_network_frozen:
        facts['network_sha256'] = _sha256(Path(initial_checkpoint))
    return {'prior_bank': facts}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
