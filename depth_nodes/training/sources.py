"""Frames held in memory, and the batches drawn from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
import logging
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from depth_nodes.data.sample import Sample
from depth_nodes.data.sequence import Sequence, write_sequence
from depth_nodes.data.stereo import with_stereo_depth
from depth_nodes.data.synthetic.render import render_sequence, SceneConfig
from depth_nodes.data.synthetic.scene import RENDERER_VERSION
from depth_nodes.data.transforms import random_view, View
from depth_nodes.errors import InputError
from depth_nodes.training.config import SourceConfig, TrainingConfig
from depth_nodes.training.objective import Batch

RENDERED_SIZE_PX = (240, 416)
logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class FrameSource:
    """Labelled frames of one origin and their share in every batch."""

    name: str
    samples: list[Sample]
    weight: float


def load_source(config: SourceConfig, data_root: Path, rendered_root: Path) -> FrameSource:
    """Reads or renders the frames of a source that have depth and a camera.

    Args:
        config: which frames.
        data_root: folder of the recorded sequence folders.
        rendered_root: folder that keeps rendered ones, so that the next run need not render.

    Raises:
        InputError: the folder is missing, or none of its frames can be learnt from.
    """
    frames = _rendered(config, rendered_root) if config.render else _recorded(config, data_root)
    name = f'rendered_{config.render}' if config.render else config.sequence
    samples = [sample for sample in frames if _is_labelled(sample)]
    if not samples:
        raise InputError(f'{name} has no frame with both depth and intrinsics to learn from')
    logger.info('%s: %d labelled frames', name, len(samples))
    return FrameSource(name=name, samples=samples, weight=config.weight)


def _recorded(config: SourceConfig, data_root: Path) -> Iterator[Sample]:
    sequence = Sequence(data_root / config.sequence)
    stop = config.first_frame + config.num_frames if config.num_frames else len(sequence)
    for index in range(config.first_frame, min(stop, len(sequence))):
        # The right image has done its work once the labels are made.
        yield replace(with_stereo_depth(sequence[index]), right=None)


def _rendered(config: SourceConfig, rendered_root: Path) -> Iterator[Sample]:
    name = _rendered_name(config)
    folder = rendered_root / name
    # The description is written last: with it, the folder is complete.
    if not (folder / 'sequence.json').is_file():
        logger.info('rendering %s', folder)
        write_sequence(folder, _scene_views(config), name=name)
    yield from Sequence(folder)


def _rendered_name(config: SourceConfig) -> str:
    """Everything that the pixels depend on, so that a kept folder is never another's."""
    scenes = f'{config.render}_{config.seed}_{config.num_scenes}x{config.views_per_scene}'
    height, width = RENDERED_SIZE_PX
    return f'{scenes}_{height}x{width}_v{RENDERER_VERSION}'


def _scene_views(config: SourceConfig) -> Iterator[Sample]:
    height, width = RENDERED_SIZE_PX
    for scene in tqdm(range(config.num_scenes), unit='scene', mininterval=5):
        scene_config = SceneConfig(
            domain='room' if config.render == 'room' else 'street',
            seed=config.seed + scene,
            num_frames=config.views_per_scene,
            height_px=height,
            width_px=width,
            is_scattered=True,
        )
        for view, sample in enumerate(render_sequence(scene_config)):
            yield replace(sample, name=f'{scene:06d}_{view}')


def _is_labelled(sample: Sample) -> bool:
    if sample.camera is None or sample.depth_m is None:
        return False
    return bool((sample.depth_m > 0).mean() > 0.01)


class BatchSampler:
    """Draws batches; the same step of the same seed is always the same batch."""

    def __init__(self, sources: Iterable[FrameSource], config: TrainingConfig) -> None:
        self.sources = list(sources)
        weights = np.array([source.weight for source in self.sources], dtype=np.float64)
        self.shares = weights / weights.sum()
        self.config = config

    def batch(self, step: int) -> Batch:
        """The views of one step; all of one size, each from a source drawn by weight."""
        random = np.random.default_rng([self.config.seed, step])
        sizes = self.config.view_sizes
        size = sizes[int(random.integers(len(sizes)))]
        views = [self._view(size, random) for _ in range(self.config.batch_size)]
        return batch_from_views(views)

    def _view(self, size: tuple[int, int], random: np.random.Generator) -> View:
        source = self.sources[int(random.choice(len(self.sources), p=self.shares))]
        sample = source.samples[int(random.integers(len(source.samples)))]
        return random_view(sample, size, self.config.augmentation, random)


def batch_from_views(views: list[View]) -> Batch:
    """Stacks views of one size into tensors."""
    images = torch.from_numpy(np.stack([view.image for view in views]))
    depths = torch.from_numpy(np.stack([view.depth_m for view in views]))
    focals = torch.tensor([view.focal_px for view in views], dtype=torch.float32)
    return Batch(
        # A permuted view of packed RGB is the channels-last layout that convolutions like.
        image=images.permute(0, 3, 1, 2).float() / 255,
        depth_m=depths[:, None],
        focal_px=focals[:, None, None, None],
    )
