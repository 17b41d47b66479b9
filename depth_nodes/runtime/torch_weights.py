"""The weights of a model, with its prior bank where it has one."""

from __future__ import annotations

from dataclasses import replace

from depth_nodes.errors import CheckpointError
from depth_nodes.networks.checkpoints import Checkpoint, load_checkpoint
from depth_nodes.networks.prior.bank import load_bank_file
from depth_nodes.networks.prior.small_prior import with_prior_bank
from depth_nodes.networks.small_depth import SmallDepth
from depth_nodes.runtime.manifest import ModelFiles
from depth_nodes.runtime.model_store import verified_path


def load_weights(model: ModelFiles) -> Checkpoint:
    """The network in evaluation mode on the CPU, and what its file says.

    Raises:
        CheckpointError: weights or bank are missing, damaged, or of another network.
    """
    checkpoint = load_checkpoint(verified_path(model, 'safetensors'))
    if model.prior_bank_path is None:
        return checkpoint
    network = checkpoint.network
    if type(network) is not SmallDepth:
        raise CheckpointError(f'{model.name} takes no prior bank; leave prior_bank empty')
    return replace(
        checkpoint, network=with_prior_bank(network, load_bank_file(model.prior_bank_path))
    )
