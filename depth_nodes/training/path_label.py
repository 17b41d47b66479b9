"""Depth labels of a recording that has nothing but images and a path, kept in a folder."""

from __future__ import annotations

from itertools import chain
import logging
from pathlib import Path

from tqdm import tqdm

from depth_nodes.data.multi_view import with_multi_view_depth
from depth_nodes.data.pose_file import read_poses
from depth_nodes.data.road_odometry import RoadConfig, with_road_poses
from depth_nodes.data.sequence import Sequence, write_sequence
from depth_nodes.errors import InputError
from depth_nodes.training.source_config import SourceConfig

# Raised with every change of the labels, so that kept ones are made anew.
LABEL_VERSION = 1
logger = logging.getLogger(__name__)


def is_unlabelled_path(folder: Sequence, config: SourceConfig) -> bool:
    """Whether only the camera's path, recorded or found on the road, can label the frames."""
    has_path = _has_poses(folder) or config.camera_height_m > 0
    has_depth = any((folder.path / 'depth').glob('*.png'))
    return has_path and folder[0].right is None and not has_depth


def path_labelled(folder: Sequence, config: SourceConfig, kept_root: Path) -> Sequence:
    """The frames with depth from their neighbours; made once, minutes for a thousand frames.

    Raises:
        InputError: no frame has neighbours that tell its depth.
    """
    name = f'{folder.name}_multi_view_{config.camera_height_m:g}_v{LABEL_VERSION}'
    kept = kept_root / name
    # The description is written last: with it, the folder is complete.
    if not (kept / 'sequence.json').is_file():
        logger.info('labelling %s', kept)
        samples = list(folder)
        if not _has_poses(folder):
            road = RoadConfig(camera_height_m=config.camera_height_m)
            samples = list(with_road_poses(samples, road))
        bar = tqdm(with_multi_view_depth(samples), total=len(samples), mininterval=5)
        labelled = iter(bar)
        first = next(labelled, None)
        if first is None:
            raise InputError(
                f'{folder.path} has no frame with intrinsics and posed neighbours elsewhere, so '
                'nothing tells its depth; leave it out'
            )
        write_sequence(kept, chain([first], labelled), name=name, rate_hz=folder.rate_hz)
    return Sequence(kept)


def _has_poses(folder: Sequence) -> bool:
    return not read_poses(folder.path / 'poses.txt').keys().isdisjoint(folder.frames)
