"""Weights on disk: safetensors, with everything that rebuilds the network in the header."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
import json
from pathlib import Path
from typing import Any, get_type_hints

from safetensors import safe_open
from torch import nn

from depth_nodes.errors import CheckpointError, ConfigError, first_line
from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.model_header import HEADER_KEY
from depth_nodes.networks.registry import NetworkKind, NETWORKS, RefinerKind
from depth_nodes.networks.tensor_file import DAMAGE, write_tensors


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A network with its weights, the camera that it predicts for, and where it comes from.

    A refiner's camera is that of the coarse network that it has learnt to refine.
    """

    network: nn.Module
    network_name: str
    canonical: CanonicalCamera
    metadata: dict[str, Any] = field(default_factory=dict)


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Writes the weights; the file appears whole or not at all.

    Raises:
        CheckpointError: the folder cannot be written.
    """
    network = checkpoint.network
    header = {
        'network': checkpoint.network_name,
        'config': asdict(network.config),  # type: ignore[call-overload]
        'canonical': asdict(checkpoint.canonical),
        'metadata': checkpoint.metadata,
    }
    tensors = {name: value.contiguous() for name, value in network.state_dict().items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_tensors(path, tensors, {HEADER_KEY: json.dumps(header)})


def checkpoint_metadata(path: Path) -> dict[str, Any]:
    """Where the weights of a checkpoint come from, without reading them.

    Raises:
        CheckpointError: the file is missing, damaged, or of another make.
    """
    try:
        with safe_open(path, framework='pt') as file:
            return dict(json.loads((file.metadata() or {})[HEADER_KEY])['metadata'])
    except DAMAGE as error:
        reason = first_line(error)
        raise CheckpointError(f'{path} is no checkpoint of depth_nodes ({reason})') from error


def load_checkpoint(
    path: Path, kinds: Mapping[str, NetworkKind | RefinerKind] = NETWORKS
) -> Checkpoint:
    """Rebuilds the network of a checkpoint, in evaluation mode on the CPU.

    Args:
        path: the file.
        kinds: the registry that the network must be of, `NETWORKS` or `REFINERS`.

    Raises:
        CheckpointError: the file is missing, damaged, or of no network of this package.
    """
    if not path.is_file():
        raise CheckpointError(f'{path} does not exist; `depth_nodes models` lists the models')
    try:
        with safe_open(path, framework='pt') as file:
            header = json.loads((file.metadata() or {})[HEADER_KEY])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        name = header['network']
        if name not in kinds:
            raise CheckpointError(f'{path} holds {name!r}; give a file of {" or ".join(kinds)}')
        network = kinds[name].network(_built(kinds[name].config, header['config']))
        network.load_state_dict(tensors)
        canonical = CanonicalCamera(**header['canonical'])
    except (*DAMAGE, ConfigError) as error:
        reason = first_line(error)
        raise CheckpointError(
            f'{path} is no checkpoint of this version of depth_nodes ({reason}); fetch it again '
            'or train it anew'
        ) from error
    return Checkpoint(
        network=network.eval(),
        network_name=name,
        canonical=canonical,
        metadata=header['metadata'],
    )


def _built(kind: type[Any], values: Mapping[str, Any]) -> Any:
    """A dataclass from what `asdict` made of it, those inside it too."""
    types = get_type_hints(kind)
    return kind(
        **{
            key: _built(types[key], value) if isinstance(value, dict) else _tupled(value)
            for key, value in values.items()
        }
    )


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
