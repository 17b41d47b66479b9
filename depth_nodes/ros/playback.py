"""Recognises what the player is to play."""

from __future__ import annotations

from pathlib import Path

from depth_nodes.data.sequence import Sequence
from depth_nodes.data.video import VideoReader
from depth_nodes.errors import InputError
from depth_nodes.ros.bag_playback import BagPlayback
from depth_nodes.ros.frame import Playback, PlaybackConfig
from depth_nodes.ros.sample_playback import SamplePlayback

BAG_SUFFIXES = ('.mcap', '.db3')


def open_playback(source: str, config: PlaybackConfig) -> Playback:
    """Recognises a sequence folder, a bag (folder, .mcap, .db3) or a video file.

    Raises:
        InputError: there is nothing, or nothing of these.
        ConfigError: the config does not fit the source.
    """
    path = Path(source)
    if not source or not path.exists():
        raise InputError(
            f'parameter source is {source!r}: no such file or folder; give a sequence folder, a '
            'video file or a rosbag2'
        )
    if is_bag(path):
        return BagPlayback(path, config)
    if path.is_file():
        video = VideoReader(path)
        return SamplePlayback(video, video.rate_hz, config, has_truth=False)
    sequence = Sequence(path)
    has_truth = (path / 'depth').is_dir() and sequence.metadata.get('depth_is') != 'disparity_px'
    has_poses = (path / 'poses.txt').is_file()
    return SamplePlayback(
        sequence, sequence.rate_hz, config, has_truth=has_truth, has_poses=has_poses
    )


def is_bag(path: Path) -> bool:
    """Whether it is a rosbag2: its folder, .mcap or .db3 file."""
    return path.suffix in BAG_SUFFIXES or (path / 'metadata.yaml').is_file()
