"""Tiles drawn from large frames: the same step of the same seed is always the same batch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from depth_nodes.data.sample import Sample
from depth_nodes.data.transforms import random_view
from depth_nodes.evaluation.boundaries import depth_edges
from depth_nodes.training.refiner.config import RefinerConfig
from depth_nodes.training.refiner.tile_batch import (
    batch_from_tiles,
    coarse_view,
    require_tile,
    Tile,
    tile_at,
    TileBatch,
    whole_tile,
)
from depth_nodes.training.sampler import source_shares
from depth_nodes.training.sources import FrameSource


class TileSampler:
    """Draws batches; each frame depends on seed, step and its own number, and on nothing else.

    Args:
        sources: what the frames come from.
        config: sizes, shares, seed and augmentation.
        rank: of this process among those that share a batch.
    """

    def __init__(
        self, sources: Iterable[FrameSource], config: RefinerConfig, rank: int = 0
    ) -> None:
        self.sources = list(sources)
        self.config = config
        self.rank = rank

    def batch(self, step: int, progress: float = 0.0) -> TileBatch:
        """Tiles of a few frames; in noisy pretraining as many whole frames, and nothing coarse.

        Raises:
            InputError: a frame is smaller than a tile.
        """
        config = self.config
        is_noisy = progress < config.noisy_pretraining
        count = config.batch_size * (config.tiles_per_frame if is_noisy else 1)
        numbers = range(self.rank * count, (self.rank + 1) * count)
        generators = [np.random.default_rng([config.seed, step, number]) for number in numbers]
        frames = [self._frame(random, progress) for random in generators]
        if is_noisy:
            return batch_from_tiles([[whole_tile(frame, config.tile_size)] for frame in frames])
        pairs = zip(frames, generators, strict=True)
        tiles = [self._tiles(frame, random) for frame, random in pairs]
        return batch_from_tiles(tiles, [coarse_view(one, config.coarse_size) for one in frames])

    def _frame(self, random: np.random.Generator, progress: float) -> Sample:
        """A frame in other colours, perhaps mirrored and smaller."""
        shares = source_shares(self.sources, progress)
        source = self.sources[int(random.choice(len(self.sources), p=shares))]
        sample = source.samples[int(random.integers(len(source.samples)))]
        require_tile(sample, self.config.tile_size)
        size = self._size(sample.image.shape[:2], random)
        view = random_view(sample, size, self.config.augmentation, random)
        return replace(sample, image=view.image, depth_m=view.depth_m, camera=view.camera)

    def _size(self, frame_size: tuple[int, ...], random: np.random.Generator) -> tuple[int, int]:
        """(height, width) that a frame of this one is shrunk to; no smaller than a tile."""
        height, width = frame_size
        least = self.config.min_frame_scale
        scale = 1.0
        if least < 1:
            scale = least ** random.random()
        rows, columns = self.config.tile_size
        scale = max(scale, rows / height, columns / width)
        return max(rows, round(scale * height)), max(columns, round(scale * width))

    def _tiles(self, frame: Sample, random: np.random.Generator) -> list[Tile]:
        """Tiles around edges in depth or, as often as the settings say, around any known pixel."""
        depth = frame.depth_m
        assert depth is not None, 'frames without depth teach nothing'
        edges = np.flatnonzero(depth_edges(np.where(depth > 0, depth, np.nan)))
        known = np.flatnonzero(depth > 0)
        tiles = []
        for _ in range(self.config.tiles_per_frame):
            wants_edge = random.random() < self.config.edge_share
            places = edges if wants_edge and len(edges) else known
            # A frame may be all sky.
            place = int(random.choice(places)) if len(places) else 0
            corner = np.divmod(place, depth.shape[1]) - random.integers(self.config.tile_size)
            top, left = np.clip(corner, 0, np.subtract(depth.shape, self.config.tile_size))
            tiles.append(tile_at(frame, int(top), int(left), self.config.tile_size))
        return tiles
