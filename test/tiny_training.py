"""A training small enough for a test: its frames, network and settings."""

from collections.abc import Sequence
from dataclasses import replace
import json
from pathlib import Path

import numpy as np
from tiny_networks import TINY_SMALL_DEPTH

from depth_nodes.data.sample import Sample
from depth_nodes.data.transforms import AugmentationConfig, Neighbour
from depth_nodes.messages.camera import Camera
from depth_nodes.networks.blocks.etm import EtmConfig
from depth_nodes.networks.pose_network import PoseNetworkConfig
from depth_nodes.training.config import TrainingConfig
from depth_nodes.training.label import with_affine_label
from depth_nodes.training.pyramid import PyramidConfig
from depth_nodes.training.run_config import OptimizerConfig
from depth_nodes.training.self_supervision import SelfSupervisionConfig
from depth_nodes.training.source_config import SourceConfig
from depth_nodes.training.sources import FrameSource
from depth_nodes.training.trainer import Trainer, TrainingRun

CONFIG = TrainingConfig(
    name='tiny',
    license='Apache-2.0',
    data_root='.',
    sources=(SourceConfig(sequence='unused'),),
    view_sizes=((96, 96), (96, 128)),
    batch_size=2,
    num_steps=8,
    validation_interval=4,
    checkpoint_interval=4,
    max_drop_probability=0.3,
    device='cpu',
    # The toy scene tells its depth by brightness alone, so colours must stay as they are.
    augmentation=AugmentationConfig(
        max_zoom=1.2, color_strength=0.0, gray_probability=0.0, noise_probability=0.0
    ),
    network=TINY_SMALL_DEPTH,
    optimizer=OptimizerConfig(learning_rate=3e-3, ema_decay=0.9),
)

# Every part of the method at once: sums of filters, all levels, neighbours of unknown pose.
WHOLE_METHOD = replace(
    CONFIG,
    view_sizes=((128, 128),),
    sources=(SourceConfig(sequence='unused', neighbour_step=1),),
    etm=EtmConfig(branches=('identity', 'row', 'column', 'dropped')),
    pyramid=PyramidConfig(levels=('lr', 'hr', 'flip', 'color')),
    self_supervision=SelfSupervisionConfig(
        pose_network=PoseNetworkConfig(backbone='tf_mobilenetv3_small_minimal_100')
    ),
)


def make_source(
    name: str = 'corridor',
    weight: float = 1.0,
    depth_m: float = 3.0,
    final_weight: float | None = None,
) -> FrameSource:
    """Frames whose lower half is a floor that comes nearer and brighter towards the bottom."""
    random = np.random.default_rng(0)
    rows = np.linspace(0, 1, 120, dtype=np.float32)[:, None]
    depth = np.broadcast_to(depth_m / (0.4 + rows), (120, 160)).astype(np.float32)
    samples = []
    for index in range(4):
        texture = random.uniform(0, 60, (120, 160, 3))
        image = (180 * rows[..., None] + texture).clip(0, 255).astype(np.uint8)
        camera = Camera.from_fov(160, 120, 70.0)
        samples.append(Sample(name=str(index), image=image, camera=camera, depth_m=depth))
    return FrameSource(name=name, samples=samples, weight=weight, final_weight=final_weight)


def as_affine(source: FrameSource) -> FrameSource:
    """The source with disparity in place of its depth."""
    samples = [with_affine_label(sample) for sample in source.samples]
    return replace(source, samples=samples, supervision='affine')


def with_neighbours(source: FrameSource, distance_m: float | None = None) -> FrameSource:
    """The source with two neighbours of each frame that show the same from left and right.

    `distance_m` is recorded, or left to be estimated.
    """
    poses: list[np.ndarray | None] = [None, None]
    if distance_m is not None:
        poses = [np.eye(4), np.eye(4)]
        poses[0][0, 3], poses[1][0, 3] = distance_m, -distance_m
    neighbours = [tuple(Neighbour(one.image, pose) for pose in poses) for one in source.samples]
    return replace(source, neighbours=tuple(neighbours))


def make_trainer(
    folder: Path,
    config: TrainingConfig = CONFIG,
    sources: Sequence[FrameSource] = (),
    **run: float,
) -> Trainer:
    """A trainer on the corridor, or on the sources that are given."""
    source = make_source()
    return Trainer(config, list(sources) or [source], [source], TrainingRun(output=folder, **run))


def read_curves(folder: Path) -> list[dict[str, float]]:
    """The learning curves that a training wrote."""
    return [json.loads(line) for line in (folder / 'curves.jsonl').read_text().splitlines()]
