"""A refiner's networks as TensorRT engines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from jaxtyping import Float, Float32
import numpy as np
import torch
from torch import Tensor

from depth_nodes.networks.patch_refiner_v2.coarse_maps import median_depth
from depth_nodes.networks.patch_refiner_v2.patch_refiner import PatchRefiner
from depth_nodes.runtime.backend import BackendConfig
from depth_nodes.runtime.engine_cache import EngineCache
from depth_nodes.runtime.engine_key import EngineKey
from depth_nodes.runtime.manifest import ModelFiles
from depth_nodes.runtime.refiner_backend import CoarseView
from depth_nodes.runtime.tensorrt_backend import key_of
from depth_nodes.runtime.tensorrt_refiner_engines import (
    load_engines,
    RefinerEngines,
    RefinerNetworks,
    Run,
    TILES,
)
from depth_nodes.runtime.torch_network import side_stream, translated_errors
from depth_nodes.runtime.torch_refiner import TorchRefiner

MAX_VIEWS = 2


class _EngineMaps(NamedTuple):
    """Canonical depth over its median, then features; and the engine that takes them."""

    unit: Float[Tensor, '1 1 1 1']
    maps: tuple[Tensor, ...]
    refine: Run


class TensorRtRefiner(TorchRefiner):
    """Engines for this GPU, from the weights that torch loads; torch is what they are held to.

    Each size of the coarse view has two: the coarse network in float32, which is a small part of
    the work, and the refiner for 1 to 16 tiles.
    """

    name = 'tensorrt'

    def __init__(self, model: ModelFiles, config: BackendConfig) -> None:
        """Loads the weights; engines when the first view of a size comes.

        Raises:
            BackendError: no GPU, TensorRT or Torch-TensorRT.
            CheckpointError: a file is missing, damaged, or of another network.
        """
        self._model, self._precision = model, config.precision
        self.engine_keys(model.input_height_px, model.input_width_px)  # says what is missing
        super().__init__(model, config)
        self.num_tiles = TILES.most
        assert isinstance(self._refiner, PatchRefiner), 'the registry holds no other'
        self._networks = RefinerNetworks(self._coarse, self._canonical, self._refiner)
        self._cache = EngineCache(config.engine_cache_dir)
        self._engines: dict[tuple[int, int], RefinerEngines] = {}

    def look(self, image: Float32[np.ndarray, '1 3 height width']) -> CoarseView:
        """The coarse view of a whole image; the first one of a size takes long."""
        _, _, height, width = image.shape
        engines = self.engines(height, width)
        with self._running(f'an image of shape {image.shape}'):
            depth, *features = engines.coarse.run(torch.from_numpy(image).to(self.device))
            unit = median_depth(depth)
            maps = _EngineMaps(unit, (depth / unit, *features), engines.refiner.run)
            return CoarseView(depth[0, 0].cpu().numpy(), maps)

    def residuals(
        self,
        tiles: Float32[np.ndarray, 'tile 3 tile_height tile_width'],
        boxes: Float32[np.ndarray, 'tile 4'],
        view: CoarseView,
    ) -> Float32[np.ndarray, 'tile tile_height tile_width']:
        """What the coarse depth of tiles lacks; of `num_tiles` at most."""
        maps: _EngineMaps = view.maps
        with self._running(f'tiles of shape {tiles.shape}'):
            given = [torch.from_numpy(one).to(self.device) for one in (tiles, boxes)]
            (residual,) = maps.refine(*given, *maps.maps)
            return (maps.unit * residual)[:, 0].cpu().numpy()

    def close(self) -> None:
        """Frees weights and engines."""
        super().close()
        del self._networks
        self._engines.clear()

    def engines(self, height: int, width: int) -> RefinerEngines:
        """Those for views of this size, loaded or built where they are not there; two are kept.

        Raises:
            BackendError: they cannot be built, or say something else than torch.
        """
        size = height, width
        engines = self._engines.pop(size, None)
        if engines is None:
            with translated_errors(f'a view of {height}x{width}'), side_stream(self.device):
                keys = self.engine_keys(height, width)
                engines = load_engines(self._networks, *keys, self._cache)
        self._engines[size] = engines
        if len(self._engines) > MAX_VIEWS:
            del self._engines[next(iter(self._engines))]
        return engines

    def engine_keys(self, height: int, width: int) -> tuple[EngineKey, EngineKey]:
        """Those of the coarse engine and of the refiner's, for views of this size."""
        model, tiles = self._model, TILES.most
        assert model.coarse is not None, 'depth networks refine nothing'
        return (
            key_of(model.coarse, (1, height, width), 'fp32', f'coarse maps of {height}x{width}'),
            key_of(
                model,
                (tiles, model.tile_height_px, model.tile_width_px),
                self._precision,
                f'refiner of {height}x{width}',
            ),
        )

    def kept_engine(self, key: EngineKey) -> Path:
        """Where the engine of this key is kept."""
        return self._cache.path(key)

    @contextmanager
    def _running(self, what: str) -> Iterator[None]:
        with translated_errors(what), torch.inference_mode(), side_stream(self.device):
            yield
