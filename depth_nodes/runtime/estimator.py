"""From an image and its camera to depth in metres: what every node and command runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
import logging
from pathlib import Path
from time import perf_counter

from depth_nodes.errors import CheckpointError
from depth_nodes.runtime.backend import (
    automatic_choices,
    Backend,
    BackendConfig,
    Choice,
    DeviceBackend,
    make_automatic,
    make_backend,
)
from depth_nodes.runtime.depth_estimate import DepthEstimate, Estimator, EstimatorConfig
from depth_nodes.runtime.fallback_estimator import FallbackEstimator
from depth_nodes.runtime.frame import Frame
from depth_nodes.runtime.image_sizes import ImageSizes
from depth_nodes.runtime.model_store import (
    fake_model,
    find_model,
    ModelFiles,
    warn_of_license,
)
from depth_nodes.runtime.postprocess import Postprocessor
from depth_nodes.runtime.preprocess import fit_image, Preprocessor

logger = logging.getLogger(__name__)


class DepthEstimator(Estimator):
    """Everything around the network is numpy and OpenCV on the CPU, points excepted."""

    def __init__(self, backend: Backend, model: ModelFiles, config: EstimatorConfig) -> None:
        """Takes over the backend: `close` closes it."""
        self.backend = backend
        self.model = model
        self.config = config
        self._preprocess = Preprocessor()
        self._postprocess = Postprocessor(
            model.canonical, min_depth_m=config.min_depth_m, max_depth_m=config.max_depth_m
        )

    def estimate_batch(
        self, frames: Mapping[int, Frame], *, with_points: bool = False
    ) -> Iterator[tuple[int, DepthEstimate]]:
        """As `Estimator` says, one after the other; never with points."""
        del with_points
        for index, frame in frames.items():
            yield index, self._estimate(frame)

    def close(self) -> None:
        """Closes the backend."""
        self.backend.close()

    def _estimate(self, frame: Frame) -> DepthEstimate:
        camera = frame.camera
        input_height, input_width = self.input_size_px
        fit = fit_image(camera.width_px, camera.height_px, input_width, input_height)
        focal_network_px = camera.fx_px * fit.scale
        if self.config.output_size == 'network':
            camera = camera.resized(fit.content_width_px, fit.content_height_px)
        started = perf_counter()
        network_image = self._preprocess(frame.image, fit)
        preprocessed = perf_counter()
        sigmoid_output = self.backend.infer(network_image)
        inferred = perf_counter()
        content = sigmoid_output[0, 0, : fit.content_height_px, : fit.content_width_px]
        depth = self._postprocess(content, focal_network_px, camera.width_px, camera.height_px)
        stage_ms = {
            'preprocess': (preprocessed - started) * 1e3,
            'network': (inferred - preprocessed) * 1e3,
            'postprocess': (perf_counter() - inferred) * 1e3,
        }
        return DepthEstimate(depth_m=depth, camera=camera, stage_ms=stage_ms)


def make_estimator(
    model: str,
    backend: str,
    *,
    models_dir: Path | None = None,
    backend_config: BackendConfig | None = None,
    estimator_config: EstimatorConfig | None = None,
    image_sizes: ImageSizes | None = None,
) -> Estimator:
    """Finds the model, loads it and wraps it; the fake backend needs no model files.

    Args:
        model: its name, or the path of its file.
        backend: what runs it; only `auto` falls back where it cannot.
        models_dir: of the manifest; None: that of this package.
        backend_config: how the backend computes.
        estimator_config: what goes in and comes out.
        image_sizes: what a GPU's pipelines are prepared for at start; None: any image.

    Raises:
        ConfigError, CheckpointError, BackendError: as `find_model` and `make_backend`.
    """
    files = fake_model() if backend == 'fake' else find_model(model, models_dir)
    if files.coarse is not None:
        raise CheckpointError(
            f'{files.name} is a refiner, which sharpens the depth of another network; give it to '
            'refiner_node, or to --refine'
        )
    engine_config = backend_config or BackendConfig()
    config = estimator_config or EstimatorConfig()
    if backend == 'auto':

        def load(choice: Choice) -> Estimator:
            return _estimator_of(make_automatic(choice, files), files, config, image_sizes)

        choices = automatic_choices(files, engine_config)
        loaders = {choice.label: partial(load, choice) for choice in choices}
        estimator: Estimator = FallbackEstimator(files, config, loaders)
    else:
        engine = make_backend(backend, files, engine_config)
        estimator = _estimator_of(engine, files, config, image_sizes)
    warn_of_license(files)
    return estimator


def _estimator_of(
    backend: Backend, model: ModelFiles, config: EstimatorConfig, image_sizes: ImageSizes | None
) -> Estimator:
    """On the backend's device, where it gives its network there."""
    logger.info(
        'model %s runs on backend %s (%s, %s)',
        model.name,
        backend.name,
        backend.device,
        backend.precision,
    )
    if not isinstance(backend, DeviceBackend):
        return DepthEstimator(backend, model, config)
    from depth_nodes.runtime.torch_estimator import TorchEstimator

    return TorchEstimator(backend, model, config, image_sizes)
