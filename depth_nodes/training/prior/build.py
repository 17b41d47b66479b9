"""From a teacher and frames to a bank: draw, select, cluster."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
import hashlib
from itertools import chain
import logging
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from depth_nodes.errors import ConfigError
from depth_nodes.networks.checkpoints import Checkpoint, load_checkpoint
from depth_nodes.networks.depth_network import DepthNetwork
from depth_nodes.networks.prior.bank import load_bank, PriorBank
from depth_nodes.training.multi_frame import require_previous
from depth_nodes.training.prior.bank_config import PriorBankConfig
from depth_nodes.training.prior.draw import drawn_entries
from depth_nodes.training.prior.reduction import prototypes, whitened
from depth_nodes.training.prior.selection import mean_attention, with_candidates
from depth_nodes.training.process_group import chosen_device
from depth_nodes.training.source_config import SourceConfig
from depth_nodes.training.sources import FrameSource, load_source

logger = logging.getLogger(__name__)


def build_bank(config: PriorBankConfig) -> PriorBank:
    """The bank that a configuration describes, always the same one.

    Raises:
        CheckpointError: teacher, student or candidates cannot be read.
        ConfigError: they do not belong together, or there are fewer entries than asked for.
        InputError: frames are missing.
    """
    bank = load_bank(Path(config.candidates)) if config.candidates else _drawn(config)
    logger.info('%d entries of %d channels', *bank.features.shape)
    if config.num_selected:
        bank = _selected(bank, config)
    if config.num_prototypes:
        bank = prototypes(bank, config.num_prototypes, config.seed)
        bank = _told(bank, prototypes=config.num_prototypes)
    return _told(bank, name=config.name, license=config.license, seed=config.seed)


def _drawn(config: PriorBankConfig) -> PriorBank:
    path = Path(config.teacher)
    teacher = load_checkpoint(path)
    assert isinstance(teacher.network, DepthNetwork)
    require_previous(config.teacher, teacher.network, config.sources)
    sources = _frames(config, config.sources)
    network = teacher.network.to(chosen_device(config.device))
    entries = drawn_entries(network, teacher.canonical, sources, config)
    found = whitened(entries.features, config.num_channels)
    logger.info('%.1f %% of the variance is kept', 100 * found.explained)
    return PriorBank(
        features=found.features,
        log_depth=entries.log_depth,
        log_count=torch.zeros(len(entries.log_depth)),
        provenance={
            'teacher': teacher.metadata.get('name', path.stem),
            'teacher_sha256': hashlib.sha256(path.read_bytes()).hexdigest(),
            'training_data': _training_data(teacher, sources),
            'frames': config.num_frames,
            'pixel_share': config.pixel_share,
            'drawn': len(entries.log_depth),
            'explained': round(found.explained, 4),
            'basis_sha256': found.basis,
        },
    )


def _selected(bank: PriorBank, config: PriorBankConfig) -> PriorBank:
    """Those that a student attends to most, or any where there is no student."""
    num_entries, number = len(bank.log_depth), config.num_selected
    if num_entries < number:
        raise ConfigError(f'the bank has {num_entries} entries; num_selected must be no more')
    if not config.student:
        random = np.random.default_rng(config.seed)
        index = torch.from_numpy(random.choice(num_entries, number, replace=False))
        return _told(bank.subset(index.sort().values), selection='random', selected=number)
    mass = _attention(bank, config)
    largest = mass.topk(number).indices.sort().values
    share = float(mass[largest].sum() / mass.sum())
    logger.info('%d of %d entries have %.1f %% of the attention', number, num_entries, 100 * share)
    return _told(
        bank.subset(largest),
        selection='attention',
        selected=number,
        attention_share=round(share, 4),
        student_sha256=hashlib.sha256(Path(config.student).read_bytes()).hexdigest(),
    )


def _attention(bank: PriorBank, config: PriorBankConfig) -> Tensor:
    student = load_checkpoint(Path(config.student))
    known = student.metadata.get('prior_bank', {}).get('basis_sha256')
    if known != bank.provenance.get('basis_sha256'):
        raise ConfigError(
            f'{config.student} learnt with a bank of another teacher; give candidates of its own'
        )
    device = chosen_device(config.device)
    network = with_candidates(student.network, bank, device)
    frames = chain.from_iterable(one.samples for one in _frames(config, config.validation))
    return mean_attention(network, frames, config.student_size)


def _frames(config: PriorBankConfig, sources: Iterable[SourceConfig]) -> list[FrameSource]:
    return [load_source(one, Path(config.data_root), Path(config.kept_root)) for one in sources]


def _training_data(teacher: Checkpoint, sources: list[FrameSource]) -> list[str]:
    """What the bank knows: frames, and what its teacher knew."""
    names = [source.name for source in sources]
    return list(dict.fromkeys([*names, *teacher.metadata.get('training_data', [])]))


def _told(bank: PriorBank, **facts: Any) -> PriorBank:
    return replace(bank, provenance={**bank.provenance, **facts})
