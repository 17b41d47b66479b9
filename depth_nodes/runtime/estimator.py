"""From an image and its camera to depth in metres: what every node and command runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import partial
import logging
from pathlib import Path
from time import perf_counter

import cv2
from jaxtyping import Float32
import numpy as np

from depth_nodes.errors import CheckpointError
from depth_nodes.runtime.backend import (
    automatic_choices,
    Backend,
    BackendConfig,
    Choice,
    DeviceBackend,
    make_automatic,
    make_backend,
    MultiFrameBackend,
)
from depth_nodes.runtime.depth_estimate import DepthEstimate, Estimator, EstimatorConfig
from depth_nodes.runtime.depth_filters import DepthFilters, Wants
from depth_nodes.runtime.fallback_estimator import FallbackEstimator
from depth_nodes.runtime.flying_pixels import resized_mask
from depth_nodes.runtime.frame import Frame
from depth_nodes.runtime.image_sizes import ImageSizes
from depth_nodes.runtime.model_store import (
    fake_model,
    find_model,
    ModelFiles,
    warn_of_license,
)
from depth_nodes.runtime.postprocess import Postprocessor
from depth_nodes.runtime.preprocess import Fit, fit_image, Preprocessor
from depth_nodes.runtime.previous_frame import PreviousFrame
from depth_nodes.runtime.prior_bank import with_bank_or_plain
from depth_nodes.runtime.temporal_filter import GREEN

logger = logging.getLogger(__name__)


class DepthEstimator(Estimator):
    """Everything around the network is numpy and OpenCV on the CPU, points excepted."""

    def __init__(self, backend: Backend, model: ModelFiles, config: EstimatorConfig) -> None:
        """Takes over the backend: `close` closes it."""
        self.backend = backend
        self.model = model
        self.config = config
        self.filters = config.filters
        self._depth_filters: dict[int, DepthFilters] = defaultdict(DepthFilters)
        self._previous: dict[int, PreviousFrame] = defaultdict(PreviousFrame)
        self._preprocess = Preprocessor()
        self._postprocess = Postprocessor(
            model.canonical, min_depth_m=config.min_depth_m, max_depth_m=config.max_depth_m
        )

    def estimate_batch(
        self,
        frames: Mapping[int, Frame],
        *,
        with_points: bool = False,
        with_confidence: bool = False,
    ) -> Iterator[tuple[int, DepthEstimate]]:
        """As `Estimator` says, one after the other; never with points."""
        wants = Wants(points=with_points, confidence=with_confidence)
        for index, frame in frames.items():
            estimate = self._estimate(index, frame, wants)
            estimate.forget_unseen(frame)
            yield index, estimate

    def close(self) -> None:
        """Closes the backend."""
        self.backend.close()

    def _estimate(self, index: int, frame: Frame, wants: Wants) -> DepthEstimate:
        camera = frame.camera
        input_height, input_width = self.input_size_px
        fit = fit_image(camera.width_px, camera.height_px, input_width, input_height)
        content = (..., slice(fit.content_height_px), slice(fit.content_width_px))
        focal_network_px = camera.fx_px * fit.scale
        if self.config.output_size == 'network':
            camera = camera.resized(fit.content_width_px, fit.content_height_px)
        size = camera.width_px, camera.height_px
        started = perf_counter()
        network_image = self._preprocess(frame.image, fit)
        preprocessed = perf_counter()
        sigmoid_output, previous = self._inferred(index, frame, network_image, fit)
        inferred = perf_counter()
        raw = self._postprocess.inverse_depth(sigmoid_output[0, 0][content], focal_network_px)
        if previous:
            self._previous[index].keep(frame, network_image, raw)
        brightness = network_image[0, GREEN][content]
        filtered = self._depth_filters[index](frame, raw, brightness, self.filters, wants)
        # Not before the filters: they compare frames, whatever scale each of them is given.
        depth = self._postprocess.depth(filtered.inverse_depth / frame.scale, *size)
        hidden, confidence = filtered.hidden, filtered.confidence
        stage_ms = {
            'preprocess': (preprocessed - started) * 1e3,
            'network': (inferred - preprocessed) * 1e3,
            'postprocess': (perf_counter() - inferred) * 1e3,
        }
        return DepthEstimate(
            depth_m=depth,
            camera=camera,
            stage_ms=stage_ms,
            hidden=None if hidden is None else resized_mask(hidden, *size),
            confidence=None if confidence is None else cv2.resize(confidence, size),
            previous_frame=previous,
        )

    def _inferred(
        self, index: int, frame: Frame, image: Float32[np.ndarray, '1 3 height width'], fit: Fit
    ) -> tuple[Float32[np.ndarray, '1 1 height width'], str]:
        """By the network alone, or with a frame before where it takes that in and there is one.

        Returns:
            The sigmoid output, and the state of the search for that frame; empty: there was none.
        """
        if not isinstance(self.backend, MultiFrameBackend):
            return self.backend.infer(image), ''
        search = self._previous[index]
        view = search.of(frame, fit)
        if view is None:
            return self.backend.infer(image), search.state
        return self.backend.infer_after(image, view), search.state


def make_estimator(
    model: str,
    backend: str,
    *,
    models_dir: Path | None = None,
    prior_bank: Path | None = None,
    backend_config: BackendConfig | None = None,
    estimator_config: EstimatorConfig | None = None,
    image_sizes: ImageSizes | None = None,
) -> Estimator:
    """Finds the model, loads it and wraps it; the fake backend needs no model files.

    Args:
        model: its name, or the path of its file.
        backend: what runs it; only `auto` falls back where it cannot.
        models_dir: of the manifest; None: that of this package.
        prior_bank: file of a bank; where it does not fit, the model runs without, and a warning.
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
    if prior_bank is not None and backend != 'fake':
        files = with_bank_or_plain(files, prior_bank)
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
