"""`DepthEstimator` where everything around the network is on its device too: points included."""

from __future__ import annotations

from functools import lru_cache
from time import perf_counter

from jaxtyping import UInt8
import numpy as np
import torch

from depth_nodes.messages.camera import Camera
from depth_nodes.runtime.backend import DeviceBackend
from depth_nodes.runtime.depth_estimate import (
    DepthEstimate,
    Estimator,
    EstimatorConfig,
    require_size,
)
from depth_nodes.runtime.engine_key import Shape
from depth_nodes.runtime.manifest import ModelFiles
from depth_nodes.runtime.pipeline_config import PipelineConfig
from depth_nodes.runtime.torch_pipeline import TorchPipeline

MAX_PIPELINES = 2


class TorchEstimator(Estimator):
    """A pipeline for each size of image, of which the last ones are kept.

    Attributes:
        backend: gives the networks of the pipelines.
    """

    backend: DeviceBackend

    def __init__(self, backend: DeviceBackend, model: ModelFiles, config: EstimatorConfig) -> None:
        """Takes over the backend: `close` closes it."""
        self.backend = backend
        self.model = model
        self.config = config
        self._pipeline = lru_cache(MAX_PIPELINES)(self._new_pipeline)

    @property
    def activity(self) -> str:
        """The backend's."""
        return self.backend.activity

    @property
    def warm_up_sizes_px(self) -> list[tuple[int, int]]:
        """Images that need the networks which are ready soon; what was used last comes last."""
        input_height, input_width = self.input_size_px
        usual = self._pipeline_config(input_height, input_width).network_shape
        sizes = {
            shape: (min(shape[1], input_height), min(shape[2], input_width))
            for shape in self.backend.shapes_at_start(usual)
        }
        # Other input sizes and numbers of cameras may have been in use.
        fitting = [size for shape, size in sizes.items() if self._shape_of(*size) == shape]
        return fitting[:MAX_PIPELINES][::-1]

    def estimate(
        self,
        image: UInt8[np.ndarray, 'height width 3'],
        camera: Camera,
        *,
        with_points: bool = False,
    ) -> DepthEstimate:
        """As `Estimator` says; an image of another size than before may take minutes."""
        require_size(image, camera)
        pipeline = self._pipeline(camera.height_px, camera.width_px)
        with_points = with_points and self.config.points is not None
        started = perf_counter()
        pipeline.load(0, image, camera)
        loaded = perf_counter()
        pipeline.run(with_points=with_points)
        stage_ms = {
            'load': (loaded - started) * 1e3,
            'pipeline': (perf_counter() - loaded) * 1e3,
        }
        return DepthEstimate(
            depth_m=pipeline.depth(0),
            camera=pipeline.config.depth_camera(camera),
            stage_ms=stage_ms,
            points=pipeline.points(0) if with_points else None,
        )

    def close(self) -> None:
        """Frees the pipelines and closes the backend."""
        self._pipeline.cache_clear()
        self.backend.close()

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
            is_camera_sized=self.config.output_size == 'camera',
            min_depth_m=self.config.min_depth_m,
            max_depth_m=self.config.max_depth_m,
            points=self.config.points,
        )
