"""A prior bank of the tiny random model, as a training with a frozen network leaves it."""

from pathlib import Path

from random_model import CANONICAL, random_weights, TINY
import torch

from depth_nodes.networks.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from depth_nodes.networks.prior.bank import PriorBank, save_bank
from depth_nodes.networks.prior.small_prior import prior_config, SmallDepthPrior
from depth_nodes.runtime.model_store import file_sha256
from depth_nodes.training.prior.trained_bank import trained_bank


def write_trained_network(folder: Path) -> Path:
    """The checkpoint that a training ends with; beside it a bank that no network has learnt."""
    weights = random_weights(TINY).safetensors_path
    torch.manual_seed(0)
    bank = PriorBank(
        features=torch.randn(12, 6).half().float(),
        log_depth=torch.randn(12),
        log_count=torch.zeros(12),
    )
    save_bank(folder / 'unlearnt.safetensors', bank)
    network = SmallDepthPrior(prior_config(TINY, bank))
    network.load_state_dict(load_checkpoint(weights).network.state_dict(), strict=False)
    network.fusion.take_over(bank)
    network.fusion.gate.data.fill_(2.0)
    facts = {'teacher': 'large', 'network_sha256': file_sha256(weights)}
    trained = Checkpoint(
        network=network,
        network_name='small_depth_prior',
        canonical=CANONICAL,
        metadata={'license': 'Apache-2.0', 'prior_bank': facts},
    )
    save_checkpoint(folder / 'trained.safetensors', trained)
    return folder / 'trained.safetensors'


def write_trained_bank(folder: Path) -> Path:
    """Its bank with the fusion."""
    save_bank(folder / 'bank.safetensors', *trained_bank(write_trained_network(folder)))
    return folder / 'bank.safetensors'
