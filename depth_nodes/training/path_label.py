"""Depth labels of a recording that has nothing but images and a path, kept in a folder."""

from __future__ import annotations

import logging
from pathlib import Path

from tqdm import tqdm

from depth_nodes.data.multi_view import with_multi_view_depth
from depth_nodes.data.road_odometry import RoadConfig, with_road_poses
from depth_nodes.data.sequence import Sequence, write_sequence
from depth_nodes.training.config import SourceConfig

# Raised with every change of the labels, so that kept ones are made anew.
LABEL_VERSION = 1
logger = logging.getLogger(__name__)


def is_unlabelled_path(folder: Sequence, config: SourceConfig) -> bool:
    """Whether only the camera's path, recorded or found on the road, can label the frames."""
    first = folder[0]
    has_path = first.world_from_camera is not None or config.camera_height_m > 0
    return has_path and first.right is None and not (folder.path / 'depth').is_dir()


def path_labelled(folder: Sequence, config: SourceConfig, kept_root: Path) -> Sequence:
    """The frames with depth from their neighbours; made once, minutes for a thousand frames."""
    name = f'{folder.name}_multi_view_{config.camera_height_m:g}_v{LABEL_VERSION}'
    kept = kept_root / name
    # The description is written last: with it, the folder is complete.
    if not (kept / 'sequence.json').is_file():
        logger.info('labelling %s', kept)
        samples = list(folder)
        if samples[0].world_from_camera is None:
            road = RoadConfig(camera_height_m=config.camera_height_m)
            samples = list(with_road_poses(samples, road))
        bar = tqdm(with_multi_view_depth(samples), total=len(samples), mininterval=5)
        write_sequence(kept, (sample for sample in bar), name=name, rate_hz=folder.rate_hz)
    return Sequence(kept)
