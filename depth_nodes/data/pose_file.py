"""poses.txt of a sequence folder: `frame tx ty tz qx qy qz qw`, world_from_camera in metres."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from jaxtyping import Float64
import numpy as np

from depth_nodes.errors import InputError
from depth_nodes.messages.transform_tree import pose_from_values, text_from_pose

HEADER = '# frame tx ty tz qx qy qz qw: world_from_camera, metres'


def read_poses(path: Path) -> dict[str, Float64[np.ndarray, '4 4']]:
    """Poses by frame; none where there is no file.

    Raises:
        InputError: the file is no text, or a line is no pose.
    """
    if not path.is_file():
        return {}
    try:
        text = path.read_text(encoding='utf-8')
    except ValueError as error:
        raise InputError(f'{path} is no text file; restore or remove it') from error
    poses = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith('#'):
            continue
        name, *values = line.split()
        try:
            poses[name] = pose_from_values([float(value) for value in values])
        except ValueError as error:
            raise InputError(
                f'{path}:{number}: expected "frame tx ty tz qx qy qz qw" with numbers'
            ) from error
    return poses


def write_poses(path: Path, poses: Mapping[str, Float64[np.ndarray, '4 4']]) -> None:
    """Writes one line for each frame."""
    lines = [HEADER, *(_line_from_pose(name, pose) for name, pose in poses.items())]
    path.write_text('\n'.join(lines) + '\n')


def _line_from_pose(name: str, pose: Float64[np.ndarray, '4 4']) -> str:
    return f'{name} {text_from_pose(pose)}'
