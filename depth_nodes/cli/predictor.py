"""A model as a function from a frame to depth, which `predict` and `evaluate` share."""

from __future__ import annotations

import argparse
from dataclasses import replace
from functools import partial
import logging

from jaxtyping import Float32
import numpy as np
from tqdm import tqdm

from depth_nodes.data.sample import Sample
from depth_nodes.messages.assumed_camera import assumed_camera, ASSUMED_FOV_DEG
from depth_nodes.messages.camera import Camera
from depth_nodes.runtime.backend import BackendConfig, BACKENDS, FILE_KINDS
from depth_nodes.runtime.depth_estimate import Estimator, EstimatorConfig
from depth_nodes.runtime.estimator import make_estimator
from depth_nodes.runtime.frame import Frame
from depth_nodes.runtime.manifest import ModelFiles
from depth_nodes.runtime.model_store import file_sha256
from depth_nodes.runtime.refiner import DEFAULT_REFINER, make_refiner, Refiner, RefinerConfig

DEFAULT_MODEL = 'small_depth'
ROBOT_RANGE_M = (0.1, 100.0)
# Depth that alignment is going to scale must not have been cut at a robot's range before.
UNLIMITED_RANGE_M = (1e-3, 1e6)

logger = logging.getLogger(__name__)


def add_network_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds --model and --backend."""
    parser.add_argument(
        '--model',
        default=DEFAULT_MODEL,
        metavar='NAME or PATH',
        help='of a shipped model (see `depth_nodes models`), or an .onnx or .safetensors file; '
        'default: %(default)s',
    )
    parser.add_argument(
        '--backend',
        default='auto',
        choices=['auto', *BACKENDS],
        help='what runs the network; default: %(default)s',
    )


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds --model, --backend and --refine."""
    add_network_arguments(parser)
    parser.add_argument(
        '--refine',
        nargs='?',
        const=DEFAULT_REFINER,
        metavar='NAME or PATH',
        help='sharpen the depth tile by tile, at the resolution of the image; of a refiner, in '
        f'place of {DEFAULT_REFINER}',
    )


class Predictor:
    """Depth [m] of frames, at the size of their images.

    A frame without intrinsics is taken to see 60 degrees; a warning says once that the scale of
    its depth is a guess.

    Attributes:
        model_name: what the model calls itself, and what the refiner does.
    """

    def __init__(
        self, estimator: Estimator, fx_px: float | None = None, refiner: Refiner | None = None
    ) -> None:
        """With `fx_px` every frame is taken to have this focal length [px]."""
        self._estimator = estimator
        self._fx_px = fx_px
        self._refiner = refiner
        self._has_warned = False
        self.model_name = estimator.model.name
        if refiner is not None:
            self.model_name += f' refined by {refiner.model.name}'

    def __call__(self, sample: Sample) -> Float32[np.ndarray, 'height width']:
        """A new array: -Inf too near, +Inf beyond range, NaN invalid."""
        frame = Frame(
            image=sample.image,
            camera=self._camera(sample),
            stamp_ns=sample.stamp_ns,
            world_from_camera=sample.world_from_camera,
        )
        ((_, estimate),) = self._estimator.estimate_batch({0: frame})
        depth_m = estimate.depth_m
        if self._refiner is None:
            return depth_m.copy()
        with tqdm(unit='tile', leave=False, disable=None, position=1) as bar:
            return self._refiner.refine(frame, depth_m, partial(_show_progress, bar)).depth_m

    @property
    def weights_sha256(self) -> str:
        """Of the file that runs, the refiner's where there is one; empty where there is none.

        It may become another one, where a backend falls back.
        """
        runs = self._refiner or self._estimator
        return sha256_of_weights(runs.model, runs.backend.name)

    def _camera(self, sample: Sample) -> Camera:
        if sample.camera is None:
            if self._fx_px is None and not self._has_warned:
                self._has_warned = True
                logger.warning(
                    'the focal length is unknown: %g degrees of view are assumed, so the scale '
                    'of the depth is a guess; give --fx-px',
                    ASSUMED_FOV_DEG,
                )
            height, width = sample.image.shape[:2]
            return assumed_camera(width, height, self._fx_px)
        if self._fx_px is not None:
            return replace(sample.camera, fx_px=self._fx_px, fy_px=self._fx_px)
        return sample.camera

    def close(self) -> None:
        """Frees the engines."""
        self._estimator.close()
        if self._refiner is not None:
            self._refiner.close()


def sha256_of_weights(model: ModelFiles, backend: str) -> str:
    """Of the file that a backend runs; empty where there is none."""
    kind = FILE_KINDS.get(backend)
    path = None if kind is None else model.path(kind)
    return '' if path is None else file_sha256(path)


def _show_progress(bar: tqdm, num_done: int, num_tiles: int) -> None:
    bar.total = num_tiles
    bar.update(num_done - bar.n)


def make_predictor(
    model: str,
    backend: str = 'auto',
    *,
    refine: str | None = None,
    fx_px: float | None = None,
    depth_range_m: tuple[float, float] = ROBOT_RANGE_M,
    backend_config: BackendConfig | None = None,
) -> Predictor:
    """Loads a model as a function from a `Sample` to depth [m].

    Args:
        model: its name, or the path of its file.
        backend: what runs it.
        refine: name or path of a refiner; None: depth is not refined.
        fx_px: the focal length of every frame; None: the frame's own.
        depth_range_m: nearer becomes -Inf and farther +Inf.
        backend_config: threads.

    Raises:
        ConfigError, CheckpointError, BackendError: as `make_estimator`.
    """
    nearest, farthest = depth_range_m
    estimator = make_estimator(
        model,
        backend,
        backend_config=backend_config,
        estimator_config=EstimatorConfig(min_depth_m=nearest, max_depth_m=farthest),
    )
    refiner = None
    if refine is not None:
        refiner = make_refiner(
            refine,
            backend,
            backend_config=backend_config,
            config=RefinerConfig(min_depth_m=nearest, max_depth_m=farthest),
        )
    return Predictor(estimator, fx_px, refiner)
