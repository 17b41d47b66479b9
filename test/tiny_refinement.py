"""A refiner's training small enough for a test: its frames, networks and settings."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from tiny_drive import tiny_drive
from tiny_networks import TINY_SMALL_DEPTH
from tiny_refiner import TINY
import torch

from depth_nodes.data.transforms import AugmentationConfig
from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.networks.checkpoints import Checkpoint, save_checkpoint
from depth_nodes.networks.small_depth import SmallDepth
from depth_nodes.training.refiner.config import RefinerConfig
from depth_nodes.training.run_config import OptimizerConfig
from depth_nodes.training.source_config import SourceConfig
from depth_nodes.training.sources import FrameSource

TILE = (64, 96)


def coarse_checkpoint(folder: Path) -> str:
    """An untrained depth network of as few operations as there can be."""
    torch.manual_seed(0)
    path = folder / 'coarse.safetensors'
    network = SmallDepth(TINY_SMALL_DEPTH)
    save_checkpoint(
        path,
        Checkpoint(
            network=network,
            network_name='small_depth',
            canonical=CanonicalCamera(),
            metadata={'training_data': ['elsewhere']},
        ),
    )
    return str(path)


def refiner_config(folder: Path, **changes) -> RefinerConfig:
    """Eight steps on tiles of 64x96."""
    config = RefinerConfig(
        name='tiny',
        license='Apache-2.0',
        data_root='.',
        sources=(SourceConfig(sequence='unused'),),
        network=TINY,
        coarse=coarse_checkpoint(folder),
        coarse_size=(96, 192),
        tile_size=TILE,
        tiles_per_frame=2,
        batch_size=1,
        num_steps=8,
        validation_interval=4,
        checkpoint_interval=4,
        device='cpu',
        augmentation=AugmentationConfig(
            max_zoom=1.0, color_strength=0.0, gray_probability=0.0, noise_probability=0.0
        ),
        optimizer=OptimizerConfig(learning_rate=5e-3, ema_decay=0.9, max_gradient_norm=10.0),
    )
    return replace(config, **changes)


def drive_source(num_frames: int = 2) -> FrameSource:
    """A rendered drive between walls, 72x192, with sky."""
    samples = [
        replace(one, depth_m=one.depth_m.astype(np.float32)) for one in tiny_drive(num_frames)
    ]
    return FrameSource(name='drive', samples=samples, weight=1.0)
