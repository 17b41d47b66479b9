"""Frames to learn from, held in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
import logging
from pathlib import Path
from typing import Protocol, runtime_checkable

from depth_nodes.data.sample import Sample
from depth_nodes.data.sequence import Sequence
from depth_nodes.data.transforms import Neighbour
from depth_nodes.errors import InputError
from depth_nodes.training.label import (
    is_labelled,
    labelled,
    resolved_supervision,
    unlabelled,
    with_affine_label,
)
from depth_nodes.training.neighbours import neighbours_of_frames
from depth_nodes.training.path_label import is_unlabelled_path, path_labelled
from depth_nodes.training.rendered import rendered_frames
from depth_nodes.training.source_config import SourceConfig, Supervision

Neighbours = tuple[Neighbour, ...]
logger = logging.getLogger(__name__)


@runtime_checkable
class Frames(Protocol):
    """A list of samples, or what reads them when they are asked for."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Sample]: ...

    def __getitem__(self, index: int, /) -> Sample: ...


@dataclass(frozen=True, kw_only=True)
class FrameSource:
    """Frames of one origin, what their labels say, and their share in every batch.

    The share goes linearly from `weight` to `final_weight`, None leaving it as it is. `has_sky`
    says that what has no depth is sky, as in rendered frames.
    `neighbours` are what each of the samples is compared with; empty where none are.
    """

    name: str
    samples: Frames
    weight: float
    final_weight: float | None = None
    supervision: Supervision = 'metric'
    has_sky: bool = False
    neighbours: tuple[Neighbours, ...] = ()

    def __post_init__(self) -> None:
        """Each sample has its neighbours, or none has any."""
        assert len(self.neighbours) in (0, len(self.samples)), 'neighbours of other samples'


def load_source(config: SourceConfig, data_root: Path, kept_root: Path) -> FrameSource:
    """Reads or renders the frames of a source that have a camera, and a label or neighbours.

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
    taught = list(_taught(_with_neighbours(frames, config), config))
    if not taught:
        raise InputError(_nothing_left(name, config))
    samples = [sample for sample, _ in taught]
    supervision = resolved_supervision(samples, config.supervision, name)
    if supervision == 'affine':
        samples = [with_affine_label(sample) for sample in samples]
    neighbours = tuple(around for _, around in taught) if config.neighbour_step else ()
    count = sum(map(len, neighbours))
    logger.info('%s: %d frames, %s, %d neighbours', name, len(samples), supervision, count)
    return FrameSource(
        name=name,
        samples=samples,
        weight=config.weight,
        final_weight=config.final_weight,
        supervision=supervision,
        has_sky=bool(config.render) and supervision == 'metric',
        neighbours=neighbours,
    )


def _with_neighbours(
    frames: Iterator[Sample], config: SourceConfig
) -> Iterator[tuple[Sample, Neighbours]]:
    """Each frame with what it is compared with, from the same recording or rendered scene."""
    if not config.neighbour_step:
        yield from ((frame, ()) for frame in frames)
        return
    length = config.views_per_scene if config.render else None
    has_poses = config.poses == 'recorded'
    while clip := list(islice(frames, length)):
        neighbours = neighbours_of_frames(clip, config.neighbour_step, has_poses=has_poses)
        yield from zip(clip, neighbours, strict=True)


def _taught(
    frames: Iterator[tuple[Sample, Neighbours]], config: SourceConfig
) -> Iterator[tuple[Sample, Neighbours]]:
    """The frames that teach something, by their label or, without any, by their neighbours."""
    for frame, neighbours in frames:
        if config.supervision == 'none':
            if neighbours:
                yield unlabelled(frame), neighbours
            continue
        sample = labelled(frame)
        if is_labelled(sample):
            yield sample, neighbours


def _nothing_left(name: str, config: SourceConfig) -> str:
    if config.supervision == 'none':
        return (
            f'{name} has no frame with intrinsics and a neighbour that shows it from elsewhere; '
            'change its neighbour_step or number of frames, or leave it out'
        )
    return f'{name} has no frame with both depth and intrinsics to learn from'


def _recorded(config: SourceConfig, data_root: Path, kept_root: Path) -> Iterator[Sample]:
    folder = Sequence(data_root / config.sequence)
    # Labels that nobody asks for are not made.
    if config.supervision != 'none' and is_unlabelled_path(folder, config):
        folder = path_labelled(folder, config, kept_root)
    if config.first_frame >= len(folder):
        raise InputError(
            f'{folder.path} has {len(folder)} frames; first_frame {config.first_frame} is beyond'
        )
    stop = config.first_frame + config.num_frames if config.num_frames else len(folder)
    frames = range(config.first_frame, min(stop, len(folder)))
    return (folder[index] for index in frames)
