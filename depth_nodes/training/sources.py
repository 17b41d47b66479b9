"""Labelled frames, held in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
import logging
from pathlib import Path

from depth_nodes.data.sample import Sample
from depth_nodes.data.sequence import Sequence
from depth_nodes.errors import InputError
from depth_nodes.training.config import SourceConfig, Supervision
from depth_nodes.training.label import (
    is_labelled,
    labelled_samples,
    resolved_supervision,
    with_affine_label,
)
from depth_nodes.training.path_label import is_unlabelled_path, path_labelled
from depth_nodes.training.rendered import rendered_frames

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class FrameSource:
    """Labelled frames of one origin, what their labels say, and their share in every batch.

    The share goes linearly from `weight` to `final_weight`, None leaving it as it is.
    """

    name: str
    samples: list[Sample]
    weight: float
    final_weight: float | None = None
    supervision: Supervision = 'metric'


def load_source(config: SourceConfig, data_root: Path, kept_root: Path) -> FrameSource:
    """Reads or renders the frames of a source that have a label and a camera.

    Args:
        config: which frames.
        data_root: folder of the recorded sequence folders.
        kept_root: folder that keeps what takes long to make, so that the next run need not.

    Raises:
        InputError: the folder is missing, or none of its frames can be learnt from.
    """
    name = f'rendered_{config.render}' if config.render else config.sequence
    if config.render:
        frames = rendered_frames(config, kept_root)
    else:
        frames = _recorded(config, data_root, kept_root)
    samples = [sample for sample in frames if is_labelled(sample)]
    if not samples:
        raise InputError(f'{name} has no frame with both depth and intrinsics to learn from')
    supervision = resolved_supervision(samples, config.supervision, name)
    if supervision == 'affine':
        samples = [with_affine_label(sample) for sample in samples]
    logger.info('%s: %d labelled frames, %s', name, len(samples), supervision)
    return FrameSource(
        name=name,
        samples=samples,
        weight=config.weight,
        final_weight=config.final_weight,
        supervision=supervision,
    )


def _recorded(config: SourceConfig, data_root: Path, kept_root: Path) -> Iterator[Sample]:
    folder = Sequence(data_root / config.sequence)
    if is_unlabelled_path(folder, config):
        folder = path_labelled(folder, config, kept_root)
    if config.first_frame >= len(folder):
        raise InputError(
            f'{folder.path} has {len(folder)} frames; first_frame {config.first_frame} is beyond'
        )
    stop = config.first_frame + config.num_frames if config.num_frames else len(folder)
    frames = range(config.first_frame, min(stop, len(folder)))
    return labelled_samples(folder[index] for index in frames)
