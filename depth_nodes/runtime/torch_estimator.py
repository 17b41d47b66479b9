"""`DepthEstimator` where everything around the network is on its device too: points included."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
import logging
from time import perf_counter

import torch

from depth_nodes.errors import BackendError
from depth_nodes.runtime.backend import DeviceBackend
from depth_nodes.runtime.continuity import Continuity
from depth_nodes.runtime.depth_estimate import DepthEstimate, Estimator, EstimatorConfig
from depth_nodes.runtime.depth_filters import Wants
from depth_nodes.runtime.engine_key import Shape
from depth_nodes.runtime.frame import Frame, MIN_SIDE_PX
from depth_nodes.runtime.image_sizes import ImageSizes
from depth_nodes.runtime.manifest import ModelFiles
from depth_nodes.runtime.pipeline_config import PipelineConfig
from depth_nodes.runtime.torch_pipeline import TorchPipeline

MAX_PIPELINES = 2

logger = logging.getLogger(__name__)


class TorchEstimator(Estimator):
    """A pipeline for each size of image, of which the last ones are kept.

    Each has a place for every camera, whichever have this size: its network, which may take
    minutes to build, then does not depend on which camera comes first.

    Attributes:
        backend: gives the networks of the pipelines.
    """

    backend: DeviceBackend

    def __init__(
        self,
        backend: DeviceBackend,
        model: ModelFiles,
        config: EstimatorConfig,
        image_sizes: ImageSizes | None = None,
    ) -> None:
        """Takes over the backend: `close` closes it.

        Args:
            backend: see above.
            model: its network.
            config: what goes in and comes out.
            image_sizes: what to prepare for at start; None: any image.
        """
        self.backend = backend
        self.model = model
        self.config = config
        self.filters = config.filters
        self._continuities: dict[int, Continuity] = defaultdict(Continuity)
        self._image_sizes = image_sizes
        self._max_pipelines = max(MAX_PIPELINES, config.num_cameras)
        self._pipeline = lru_cache(self._max_pipelines)(self._new_pipeline)

    @property
    def activity(self) -> str:
        """The backend's."""
        return self.backend.activity

    @property
    def problem(self) -> str:
        """The backend's."""
        return self.backend.problem

    @property
    def warm_up_sizes_px(self) -> list[tuple[int, int]]:
        """Images whose networks are ready soon; what came last in earlier starts comes last."""
        seen = self._image_sizes.newest_first() if self._image_sizes else []
        wanted = [self._shape_of(*size) for size in seen or [self.input_size_px]]
        ready = self.backend.shapes_at_start(wanted)
        sizes = [size for size in seen if self._shape_of(*size) in ready]
        # What is ready for other images; input sizes and numbers of cameras may have been others.
        others = {*ready} - {self._shape_of(*size) for size in sizes}
        input_height, input_width = self.input_size_px
        for shape in filter(others.__contains__, ready):
            size = (min(shape[1], input_height), min(shape[2], input_width))
            if self._shape_of(*size) == shape:
                sizes.append(size)
        return sizes[: self._max_pipelines][::-1]

    def warm_up(self, height: int, width: int) -> None:
        """Makes the pipeline for images of this size [px], which runs it.

        Where that fails for a size of earlier starts, the size is forgotten: it may have been that
        of a larger camera, and no image of it may come.
        """
        size = max(height, MIN_SIDE_PX), max(width, MIN_SIDE_PX)
        try:
            self._pipeline(*size)
        except BackendError as error:
            if not self._image_sizes or size not in self._image_sizes.newest_first():
                raise
            self._image_sizes.forget(size)
            logger.warning('not prepared for images of %dx%d px: %s', width, height, error)

    @property
    def batch_size(self) -> int:
        """All cameras."""
        return self.config.num_cameras

    def estimate_batch(
        self,
        frames: Mapping[int, Frame],
        *,
        with_points: bool = False,
        with_confidence: bool = False,
    ) -> Iterator[tuple[int, DepthEstimate]]:
        """As `Estimator` says, images of one size in one run; another size may take minutes."""
        with_points = with_points and self.config.points is not None
        wants = Wants(points=with_points, confidence=with_confidence)
        by_size: dict[tuple[int, int], dict[int, Frame]] = {}
        for index, frame in frames.items():
            size = frame.camera.height_px, frame.camera.width_px
            by_size.setdefault(size, {})[index] = frame
        for size, batch in by_size.items():
            yield from self._run(self._pipeline(*size), batch, wants)
            if self._image_sizes:
                self._image_sizes.note(size)

    def close(self) -> None:
        """Frees the pipelines and closes the backend."""
        self._pipeline.cache_clear()
        self.backend.close()

    def _run(
        self, pipeline: TorchPipeline, frames: Mapping[int, Frame], wants: Wants
    ) -> Iterator[tuple[int, DepthEstimate]]:
        filters, points = self.filters, self.config.points
        is_temporal = filters.is_temporal or wants.confidence
        started = perf_counter()
        for index, frame in frames.items():
            goes_on = is_temporal and self._continuities[index].goes_on(frame)
            pipeline.load(index, frame.image, frame.camera, scale=frame.scale, goes_on=goes_on)
        loaded = perf_counter()
        pipeline.run(with_points=wants.points, with_confidence=wants.confidence, filters=filters)
        stage_ms = {
            'load': (loaded - started) * 1e3,
            'pipeline': (perf_counter() - loaded) * 1e3,
        }
        for index, frame in frames.items():
            estimate = DepthEstimate(
                depth_m=pipeline.depth(index),
                camera=pipeline.config.depth_camera(frame.camera),
                stage_ms=stage_ms,
                points=pipeline.points(index) if wants.points else None,
                confidence=pipeline.confidence(index) if wants.confidence else None,
            )
            estimate.forget_unseen(frame, points.stride if points else 1)
            yield index, estimate

    def _new_pipeline(self, height_px: int, width_px: int) -> TorchPipeline:
        config = self._pipeline_config(height_px, width_px)
        network = self.backend.network(config.network_shape)
        device = torch.device(self.backend.device)
        return TorchPipeline(network, self.model.canonical, config, device)

    def _shape_of(self, height_px: int, width_px: int) -> Shape:
        return self._pipeline_config(height_px, width_px).network_shape

    def _pipeline_config(self, height_px: int, width_px: int) -> PipelineConfig:
        input_height, input_width = self.input_size_px
        return PipelineConfig(
            height_px=height_px,
            width_px=width_px,
            input_height_px=input_height,
            input_width_px=input_width,
            num_cameras=self.config.num_cameras,
            is_camera_sized=self.config.output_size == 'camera',
            min_depth_m=self.config.min_depth_m,
            max_depth_m=self.config.max_depth_m,
            points=self.config.points,
            filters=self.config.filters,
        )
