"""A bank of reference features and depths, and its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
import json
from pathlib import Path
from typing import Any, NamedTuple

from jaxtyping import Float
from safetensors import safe_open
import torch
from torch import nn, Tensor

from depth_nodes.errors import CheckpointError, first_line
from depth_nodes.model_header import HEADER_KEY
from depth_nodes.networks.tensor_file import DAMAGE, write_tensors

BANK_VERSION = 1
FUSION_PREFIX = 'fusion.'


@dataclass(frozen=True, kw_only=True)
class PriorBank:
    """Pixels of a teacher that sees more: f_r and ln D_r.

    Attributes:
        features: f_r.
        log_depth: ln of D_r over the median of its image.
        log_count: ln of how many pixels an entry stands for; 0 unless it is a prototype.
        provenance: the teacher's name and sha256, `training_data`, what was drawn, and the seed.
    """

    features: Float[Tensor, 'entry channel']
    log_depth: Float[Tensor, ' entry']
    log_count: Float[Tensor, ' entry']
    provenance: dict[str, Any] = field(default_factory=dict)

    def subset(self, index: Tensor) -> PriorBank:
        """The entries at these places."""
        return PriorBank(
            features=self.features[index],
            log_depth=self.log_depth[index],
            log_count=self.log_count[index],
            provenance=self.provenance,
        )


class BankHolder(nn.Module):
    """What looks a bank up; that lies in buffers, so that a checkpoint holds it."""

    features: Tensor
    log_depth: Tensor
    log_count: Tensor

    def __init__(self, num_entries: int, bank_channels: int) -> None:
        super().__init__()
        self.register_buffer('features', torch.zeros(num_entries, bank_channels))
        self.register_buffer('log_depth', torch.zeros(num_entries))
        self.register_buffer('log_count', torch.zeros(num_entries))

    def take_over(self, bank: PriorBank) -> None:
        """Copies the entries of a bank of this size."""
        self.features.copy_(bank.features)
        self.log_depth.copy_(bank.log_depth)
        self.log_count.copy_(bank.log_count)


class BankFile(NamedTuple):
    """A bank, and the weights of the fusion that has learnt to use it; none where none has."""

    bank: PriorBank
    fusion: dict[str, Tensor]


def save_bank(path: Path, bank: PriorBank, fusion: Mapping[str, Tensor] | None = None) -> None:
    """Writes a bank, its features in 16 bits; the file appears whole or not at all.

    Raises:
        CheckpointError: the folder cannot be written.
    """
    tensors = {
        'features': bank.features.half().contiguous(),
        'log_depth': bank.log_depth.float().contiguous(),
        'log_count': bank.log_count.float().contiguous(),
        **{FUSION_PREFIX + name: one.contiguous() for name, one in (fusion or {}).items()},
    }
    header = {'bank_version': BANK_VERSION, 'metadata': bank.provenance}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_tensors(path, tensors, {HEADER_KEY: json.dumps(header)})


def load_bank(path: Path) -> PriorBank:
    """The bank of a file, in 32 bits.

    Raises:
        CheckpointError: the file is missing, damaged, or no bank of this version.
    """
    return load_bank_file(path).bank


def load_bank_file(path: Path) -> BankFile:
    """The bank of a file, in 32 bits, and its fusion.

    Raises:
        CheckpointError: the file is missing, damaged, or no bank of this version.
    """
    if not path.is_file():
        raise CheckpointError(f'{path} does not exist; `depth_nodes prior-bank` makes a bank')
    try:
        with safe_open(path, framework='pt') as file:
            header = json.loads((file.metadata() or {})[HEADER_KEY])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if header['bank_version'] != BANK_VERSION:
            raise ValueError(f'version {header["bank_version"]}, not {BANK_VERSION}')
        fusion = {
            name.removeprefix(FUSION_PREFIX): tensors.pop(name)
            for name in list(tensors)
            if name.startswith(FUSION_PREFIX)
        }
        _require_entries(**tensors)
        floats = {name: one.float() for name, one in tensors.items()}
        bank = PriorBank(**floats, provenance=dict(header['metadata']))
    except DAMAGE as error:
        reason = first_line(error)
        raise CheckpointError(
            f'{path} is no prior bank of this version of depth_nodes ({reason}); make it anew '
            'with `depth_nodes prior-bank`'
        ) from error
    return BankFile(bank, fusion)


def _require_entries(features: Tensor, log_depth: Tensor, log_count: Tensor) -> None:
    shape = (len(features),)
    if features.ndim != 2 or not features.numel():
        raise ValueError(f'features of shape {tuple(features.shape)}')
    if log_depth.shape != shape or log_count.shape != shape:
        raise ValueError('features and depths of different numbers')
    if not all(torch.isfinite(one).all() for one in (features, log_depth, log_count)):
        raise ValueError('numbers that are not finite')
