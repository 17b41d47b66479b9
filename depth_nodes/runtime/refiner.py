"""From a large image to depth at its own resolution: a coarse view, sharpened tile by tile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
import logging
from pathlib import Path
from time import perf_counter

import cv2
from jaxtyping import Float32, UInt8
import numpy as np

from depth_nodes.errors import CheckpointError, ConfigError
from depth_nodes.runtime.backend import BackendConfig
from depth_nodes.runtime.depth_estimate import DepthEstimate
from depth_nodes.runtime.edge_sharpening import sharpen_edges
from depth_nodes.runtime.frame import Frame
from depth_nodes.runtime.image_tiles import ImageTiles
from depth_nodes.runtime.manifest import ModelFiles
from depth_nodes.runtime.model_store import fake_model, find_model, warn_of_license
from depth_nodes.runtime.preprocess import fit_image, Preprocessor
from depth_nodes.runtime.reference_scale import scale_to_reference
from depth_nodes.runtime.refiner_backend import CoarseView, make_refiner_backend, RefinerBackend
from depth_nodes.runtime.tile_ranking import rank_tiles

DEFAULT_REFINER = 'patch_refiner_v2_small'
FAKE_TILE_PX = 192, 256

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class RefinerConfig:
    """What comes out, and how much is spent on it.

    Attributes:
        min_depth_m: nearer becomes -Inf (REP-117).
        max_depth_m: farther becomes +Inf.
        max_tiles: how many tiles are refined at most, those that promise the most; 0: all.
        sharpens_edges: whether ramps at the edges of depth become steps in the end.
    """

    min_depth_m: float = 0.1
    max_depth_m: float = 100.0
    max_tiles: int = 0
    sharpens_edges: bool = True

    def __post_init__(self) -> None:
        """Refuses values that cannot work."""
        if not 0 < self.min_depth_m < self.max_depth_m:
            raise ConfigError(
                f'depth range {self.min_depth_m} to {self.max_depth_m} m is empty; '
                'choose 0 < min_depth_m < max_depth_m'
            )
        if self.max_tiles < 0:
            raise ConfigError(f'max_tiles is {self.max_tiles}; give 0 (all) or more')


@dataclass(frozen=True, kw_only=True)
class RefinedEstimate(DepthEstimate):
    """Depth at the image's resolution; the arrays are the caller's.

    Attributes:
        scale: what depth was multiplied with to agree with the reference; None: there was none,
            and the metres are the coarse network's own.
    """

    scale: float | None


def ignore_progress(num_done: int, num_tiles: int) -> None:
    """For those who need not know."""


class Refiner:
    """Depth [m] of whole images. Not thread-safe: one thread refines.

    Attributes:
        backend: what runs the networks.
        model: the refiner.
        config: what comes out.
    """

    def __init__(self, backend: RefinerBackend, model: ModelFiles, config: RefinerConfig) -> None:
        """Takes over the backend: `close` closes it."""
        self.backend = backend
        self.model = model
        self.config = config
        self._preprocess = Preprocessor()

    def refine(
        self,
        frame: Frame,
        reference_m: Float32[np.ndarray, 'reference_height reference_width'] | None = None,
        on_progress: Callable[[int, int], None] = ignore_progress,
    ) -> RefinedEstimate:
        """Depth of an image, taken as rectified.

        Args:
            frame: the image and its camera.
            reference_m: depth [m] of the same view, of any size, which the result's scale is
                taken from; where it is not finite, it does not count.
            on_progress: is told how many tiles are done, of how many, before the first and after
                each batch; what it raises ends the refinement.

        Raises:
            BackendError: an engine failed.
        """
        camera, model, started = frame.camera, self.model, perf_counter()
        size = model.input_width_px, model.input_height_px
        fit = fit_image(camera.width_px, camera.height_px, *size)
        view = self.backend.look(self._preprocess(frame.image, fit))
        coarse = view.depth[: fit.content_height_px, : fit.content_width_px]
        looked = perf_counter()
        # Bilinear in depth, as the refiner samples it.
        depth = np.asarray(cv2.resize(coarse, (camera.width_px, camera.height_px)), np.float32)
        tiles = ImageTiles(frame.image, model.tile_height_px, model.tile_width_px, fit)
        chosen = self._chosen(frame.image, coarse, tiles)
        self._add_residuals(depth, tiles, chosen, view, on_progress)
        refined = perf_counter()
        if self.config.sharpens_edges:
            depth = sharpen_edges(depth)
        depth *= camera.fx_px * fit.scale / model.canonical.focal_px
        scale = None if reference_m is None else scale_to_reference(depth, reference_m)
        depth *= scale or 1.0
        self._gate(depth)
        stage_ms = {
            'coarse': (looked - started) * 1e3,
            'tiles': (refined - looked) * 1e3,
            'scale': (perf_counter() - refined) * 1e3,
        }
        return RefinedEstimate(depth_m=depth, camera=camera, stage_ms=stage_ms, scale=scale)

    def close(self) -> None:
        """Frees the engines; `refine` must not be called afterwards."""
        self.backend.close()

    def _chosen(
        self,
        image: UInt8[np.ndarray, 'height width 3'],
        coarse: Float32[np.ndarray, 'coarse_height coarse_width'],
        tiles: ImageTiles,
    ) -> list[int]:
        """Numbers of the tiles that are refined."""
        indices = list(range(len(tiles.boxes)))
        if not 0 < self.config.max_tiles < len(indices):
            return indices
        return rank_tiles(image, coarse, tiles.boxes)[: self.config.max_tiles]

    def _add_residuals(
        self,
        depth: Float32[np.ndarray, 'height width'],
        tiles: ImageTiles,
        chosen: list[int],
        view: CoarseView,
        on_progress: Callable[[int, int], None],
    ) -> None:
        """Sharpens canonical depth in place."""
        on_progress(0, len(chosen))
        for first in range(0, len(chosen), self.backend.num_tiles):
            batch = chosen[first : first + self.backend.num_tiles]
            inputs = tiles.cut(batch), tiles.boxes_in_view(batch), view
            for index, residual in zip(batch, self.backend.residuals(*inputs), strict=True):
                tiles.add(depth, index, residual)
            on_progress(first + len(batch), len(chosen))

    def _gate(self, depth: Float32[np.ndarray, 'height width']) -> None:
        """Marks in place what is too near, also where a residual left less than nothing."""
        depth[depth < self.config.min_depth_m] = -np.inf
        depth[depth > self.config.max_depth_m] = np.inf


def make_refiner(
    model: str = DEFAULT_REFINER,
    backend: str = 'auto',
    *,
    models_dir: Path | None = None,
    backend_config: BackendConfig | None = None,
    config: RefinerConfig | None = None,
) -> Refiner:
    """Finds the model and loads it; the fake backend needs no model files.

    Args:
        model: its name, or the path of its file.
        backend: what runs it; only `auto` falls back where it cannot.
        models_dir: of the manifest; None: that of this package.
        backend_config: how the backend computes.
        config: what comes out.

    Raises:
        ConfigError, CheckpointError, BackendError: as `find_model` and `make_refiner_backend`.
    """
    files = _fake_refiner() if backend == 'fake' else find_model(model, models_dir)
    if files.coarse is None:
        raise CheckpointError(
            f'{files.name} is no refiner; give the name or the path of one, as {DEFAULT_REFINER}'
        )
    engine = make_refiner_backend(backend, files, backend_config or BackendConfig())
    logger.info('refiner %s runs on %s (%s)', files.name, engine.name, engine.device)
    warn_of_license(files)
    return Refiner(engine, files, config or RefinerConfig())


def _fake_refiner() -> ModelFiles:
    fake = fake_model()
    height, width = FAKE_TILE_PX
    return replace(fake, coarse=fake, tile_height_px=height, tile_width_px=width)
