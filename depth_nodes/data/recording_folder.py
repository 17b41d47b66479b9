"""The recordings that lie somewhere below a folder."""

from __future__ import annotations

from collections.abc import Iterator
import os
from pathlib import Path

from depth_nodes.data.bag_reader import bag_name
from depth_nodes.errors import InputError

METADATA = 'metadata.yaml'
SUFFIXES = ('.mcap', '.db3')


def recordings_below(folder: Path) -> dict[Path, str]:
    """The rosbag2 recordings below a folder, sorted, and their names below it.

    A folder with metadata.yaml is one recording, a .mcap or .db3 file elsewhere another; `folder`
    may be one itself.

    Raises:
        InputError: there is none.
    """
    if not folder.is_dir():
        raise InputError(f'{folder} is no folder; give one with recordings below it')
    paths = sorted(_recordings(folder))
    if not paths:
        raise InputError(
            f'{folder} holds no recordings; give a folder with metadata.yaml, .mcap or .db3 files '
            'somewhere below'
        )
    return {path: _name(folder, path) for path in paths}


def _recordings(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        if METADATA in files:
            yield Path(place)
            folders.clear()
        else:
            yield from (Path(place, file) for file in files if file.endswith(SUFFIXES))


def _name(folder: Path, path: Path) -> str:
    if path == folder:
        return bag_name(path)
    return (path.relative_to(folder).parent / bag_name(path)).as_posix()
