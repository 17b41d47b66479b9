"""The whole state of a training on disk, as tensors: no pickle, nothing that runs when read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from safetensors import safe_open, SafetensorError
import torch
from torch import nn, Tensor

from depth_nodes.errors import CheckpointError
from depth_nodes.networks.checkpoints import write_tensors

MOMENTS = ('step', 'exp_avg', 'exp_avg_sq')
# A file without a header has no metadata to take items of: AttributeError.
FOREIGN_ERRORS = (
    AttributeError, KeyError, OSError, RuntimeError, SafetensorError, ValueError
)  # fmt: skip


def save_state(
    path: Path,
    networks: Mapping[str, nn.Module],
    optimizer: torch.optim.AdamW,
    progress: Mapping[str, float],
) -> None:
    """Writes networks, optimiser moments and counters; the file appears whole or not at all."""
    tensors: dict[str, Tensor] = {}
    for prefix, network in networks.items():
        tensors |= {f'{prefix}.{key}': value for key, value in network.state_dict().items()}
    for index, parameter in enumerate(_parameters(optimizer)):
        for moment, value in optimizer.state[parameter].items():
            tensors[f'optimizer.{index}.{moment}'] = value
    header = {key: repr(value) for key, value in progress.items()}
    write_tensors(path, {key: value.contiguous() for key, value in tensors.items()}, header)


def load_state(
    path: Path, networks: Mapping[str, nn.Module], optimizer: torch.optim.AdamW
) -> dict[str, float]:
    """Restores what `save_state` wrote and returns the counters.

    Raises:
        CheckpointError: the file is damaged or belongs to another configuration.
    """
    try:
        with safe_open(path, framework='pt') as file:
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
            progress = {key: float(value) for key, value in file.metadata().items()}
        for prefix, network in networks.items():
            network.load_state_dict(_below(tensors, prefix))
        for index, parameter in enumerate(_parameters(optimizer)):
            moments = _below(tensors, f'optimizer.{index}')
            if moments:
                optimizer.state[parameter] = {
                    # The count of steps stays on the CPU, as AdamW keeps it.
                    key: moments[key].to('cpu' if key == 'step' else parameter.device)
                    for key in MOMENTS
                }
    except FOREIGN_ERRORS as error:
        reason = str(error).splitlines()[0]
        raise CheckpointError(
            f'cannot resume from {path} ({reason}); give another --output or remove the file'
        ) from error
    return progress


def _parameters(optimizer: torch.optim.AdamW) -> list[Tensor]:
    return [parameter for group in optimizer.param_groups for parameter in group['params']]


def _below(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    start = prefix + '.'
    return {key[len(start) :]: value for key, value in tensors.items() if key.startswith(start)}
