"""The network that a training of depth begins with."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from depth_nodes.errors import ConfigError
from depth_nodes.networks.blocks.etm import add_etm
from depth_nodes.networks.checkpoints import load_checkpoint
from depth_nodes.networks.depth_network import DepthNetwork
from depth_nodes.networks.multi_frame_depth import MultiFrameDepth
from depth_nodes.networks.registry import NETWORKS
from depth_nodes.training.config import TrainingConfig
from depth_nodes.training.learner import start_from
from depth_nodes.training.prior.prior_network import network_with_bank, own_state


def initial_network(config: TrainingConfig) -> DepthNetwork:
    """A new network, with what it takes over from its initial checkpoint and its bank.

    Raises:
        CheckpointError: a file cannot be read, or the weights are of another network.
        ConfigError: they predict for another camera.
    """
    network = _new_network(config)
    if config.initial_checkpoint:
        start = load_checkpoint(Path(config.initial_checkpoint))
        target: nn.Module = network
        if isinstance(network, MultiFrameDepth) and not isinstance(start.network, MultiFrameDepth):
            target = network.single
        if start.canonical != config.canonical:
            raise ConfigError(
                f'{config.initial_checkpoint} predicts for {start.canonical}, not for '
                f'{config.canonical}; set "canonical" to the former'
            )
        own = own_state(target, start.network)
        start_from(target, config.initial_checkpoint, start.network, own)
    add_etm(network, config.etm, is_preserved=bool(config.initial_checkpoint))
    return network


def _new_network(config: TrainingConfig) -> DepthNetwork:
    if config.has_prior:
        bank = Path(config.prior.bank)
        network: DepthNetwork = network_with_bank(config.architecture, config.network_config, bank)
        return network
    return NETWORKS[config.architecture].network(config.network_config)
