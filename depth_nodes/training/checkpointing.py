"""The whole state of a training on disk, as tensors: no pickle, nothing that runs when read."""

from __future__ import annotations

from collections.abc import Mapping
import json
from pathlib import Path
from typing import Any

from safetensors import safe_open, SafetensorError
import torch
from torch import nn, Tensor

from depth_nodes.errors import CheckpointError, first_line
from depth_nodes.networks.tensor_file import write_tensors

SETTINGS_KEY = 'settings'
MOMENTS = ('step', 'exp_avg', 'exp_avg_sq')
# A file without a header has None for one: TypeError.
FOREIGN_ERRORS = (
    AttributeError, KeyError, OSError, RuntimeError, SafetensorError, TypeError, ValueError
)  # fmt: skip


def save_state(
    path: Path,
    networks: Mapping[str, nn.Module],
    optimizer: torch.optim.AdamW,
    progress: Mapping[str, float],
    settings: Mapping[str, Any],
) -> None:
    """Writes networks, optimiser moments and counters; the file appears whole or not at all.

    With them go the settings that give the weights their meaning, as JSON knows them.
    """
    tensors: dict[str, Tensor] = {}
    for prefix, network in networks.items():
        tensors |= {f'{prefix}.{key}': value for key, value in network.state_dict().items()}
    for index, parameter in enumerate(_parameters(optimizer)):
        for moment, value in optimizer.state[parameter].items():
            tensors[f'optimizer.{index}.{moment}'] = value
    header = {key: repr(value) for key, value in progress.items()}
    header[SETTINGS_KEY] = json.dumps(dict(settings))
    write_tensors(path, {key: value.contiguous() for key, value in tensors.items()}, header)


def load_state(
    path: Path,
    networks: Mapping[str, nn.Module],
    optimizer: torch.optim.AdamW,
    settings: Mapping[str, Any],
) -> dict[str, float]:
    """Restores what `save_state` wrote and returns the counters.

    Raises:
        CheckpointError: the file is damaged or belongs to another configuration.
    """
    try:
        with safe_open(path, framework='pt') as file:
            header = dict(file.metadata())
            _require_settings(json.loads(header.pop(SETTINGS_KEY, '{}')), settings)
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        progress = {key: float(value) for key, value in header.items()}
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
        reason = first_line(error)
        raise CheckpointError(
            f'cannot resume from {path} ({reason}); give another --output or remove the file'
        ) from error
    return progress


def _require_settings(saved: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
    """Those that the file, an older one, does not know are believed."""
    now = json.loads(json.dumps(dict(settings)))
    for name, value in saved.items():
        if name in now and now[name] != value:
            raise ValueError(f'{name} was {value} and is now {now[name]}')


def _parameters(optimizer: torch.optim.AdamW) -> list[Tensor]:
    return [parameter for group in optimizer.param_groups for parameter in group['params']]


def _below(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    start = prefix + '.'
    return {key[len(start) :]: value for key, value in tensors.items() if key.startswith(start)}
