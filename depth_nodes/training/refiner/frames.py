"""Large frames to learn from, read when they are drawn: a few hundred would fill the memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from depth_nodes.data.sample import dense_depth, Sample
from depth_nodes.data.sequence import Sequence
from depth_nodes.errors import InputError
from depth_nodes.training.refiner.fitted_depth import FittedDepth
from depth_nodes.training.rendered import rendered_folder
from depth_nodes.training.source_config import SourceConfig
from depth_nodes.training.sources import FrameSource


class FolderFrames:
    """The frames of a folder that have depth, with it at the size of the image.

    Args:
        folder: where they are.
        frames: which of them.
        fit: what makes depth of disparity whose offset is unknown.
    """

    def __init__(self, folder: Sequence, frames: range, fit: FittedDepth) -> None:
        self._folder, self._fit = folder, fit
        self._frames = [
            index
            for index in frames
            if (folder.path / 'depth' / f'{folder.frames[index]}.png').is_file()
        ]

    def __len__(self) -> int:
        return len(self._frames)

    def __iter__(self) -> Iterator[Sample]:
        return (self[index] for index in range(len(self)))

    def __getitem__(self, index: int) -> Sample:
        sample = self._folder[self._frames[index]]
        if sample.depth_m is None:
            sample = self._fit(sample)
        # Between the samples of a coarser grid, depth is unknown: what is nearest may lie beyond
        # an edge.
        return replace(sample, depth_m=np.nan_to_num(dense_depth(sample)), depth_stride=1)


def open_source(
    config: SourceConfig, data_root: Path, kept_root: Path, fit: FittedDepth
) -> FrameSource:
    """Frames with depth, of a recording or rendered; rendered ones are kept in a folder.

    Args:
        config: which frames.
        data_root: folder of the recorded sequence folders.
        kept_root: folder of the rendered ones.
        fit: what makes depth of disparity whose offset is unknown.

    Raises:
        InputError: the folder is missing, or has no frame with depth and a camera.
    """
    if config.render:
        folder, name = rendered_folder(config, kept_root), f'rendered_{config.render}'
    else:
        folder, name = Sequence(data_root / config.sequence), config.sequence
    stop = config.first_frame + config.num_frames if config.num_frames else len(folder)
    frames = FolderFrames(folder, range(config.first_frame, min(stop, len(folder))), fit)
    if not frames or frames[0].camera is None:
        raise InputError(f'{name} has no frame with both depth and intrinsics to learn from')
    return FrameSource(
        name=name, samples=frames, weight=config.weight, final_weight=config.final_weight
    )
