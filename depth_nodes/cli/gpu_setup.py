"""A model, a camera and a device, and what is made of them to be timed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch

from depth_nodes.cli.engine_timing import (
    IMAGE_FOV_DEG,
    IMAGE_HEIGHT_PX,
    IMAGE_WIDTH_PX,
    random_model,
)
from depth_nodes.cli.gpu_run import NetworkRun, run_batch, run_one_by_one
from depth_nodes.cli.gpu_start import StartConfig
from depth_nodes.cli.gpu_variant import NetworkSource, Variant
from depth_nodes.errors import ConfigError
from depth_nodes.messages.camera import Camera
from depth_nodes.runtime.backend import BackendConfig, GPU
from depth_nodes.runtime.engine_key import Shape
from depth_nodes.runtime.model_store import find_model
from depth_nodes.runtime.parity import fixed_frames
from depth_nodes.runtime.pipeline_config import PipelineConfig, PointsConfig
from depth_nodes.runtime.torch_pipeline import TorchPipeline

NUM_CAMERAS = 4


@dataclass(frozen=True, kw_only=True)
class GpuBenchmarkConfig:
    """What is measured.

    Attributes:
        size_px: height and width of the network's input.
        backends: `torch`, `tensorrt` or both.
        precisions: `fp16`, `fp32` or both.
        num_calls: timed calls of each; fewer where they take long.
        model: name or path; empty: random weights.
        image_size_px: height and width of the camera's images.
        device: `cpu` measures nothing worth knowing, but takes the same way.
    """

    size_px: tuple[int, int]
    backends: tuple[str, ...]
    precisions: tuple[str, ...]
    num_calls: int
    model: str
    image_size_px: tuple[int, int] = (IMAGE_HEIGHT_PX, IMAGE_WIDTH_PX)
    device: str = GPU

    def __post_init__(self) -> None:
        """Refuses numbers that measure nothing."""
        if self.num_calls < 1:
            raise ConfigError('--calls must be 1 or more')


class GpuSetup:
    """Makes what is timed, of any variant.

    Attributes:
        model: the network's files.
        shape: batch, height and width of the network alone.
        source: of the networks.
    """

    def __init__(self, config: GpuBenchmarkConfig, folder: Path) -> None:
        """Loads nothing yet; engines and random weights are kept in the folder."""
        self._config = config
        self.model = find_model(config.model) if config.model else random_model(folder)
        self._weights = config.model or str(self.model.safetensors_path)
        self._engines = folder / 'engines'
        self.shape: Shape = (1, *config.size_px)
        self.source = NetworkSource(self.model, config.device, self._engines)
        height, width = config.image_size_px
        self._camera = Camera.from_fov(width, height, IMAGE_FOV_DEG)
        self._images = np.random.default_rng(0).integers(
            0, 256, (NUM_CAMERAS, height, width, 3), np.uint8
        )

    def start(self, variant: Variant) -> StartConfig:
        """How a node would be started with it."""
        return StartConfig(
            model=self._weights,
            backend=variant.backend,
            backend_config=BackendConfig(
                precision=variant.precision,
                engine_cache_dir=self._engines,
                device=self._config.device,
            ),
            size_px=self._config.size_px,
            image_size_px=self._config.image_size_px,
        )

    def network(self, variant: Variant, shape: Shape) -> NetworkRun:
        """The network alone.

        Raises:
            BackendError: it cannot be loaded, built or captured; so do the others.
        """
        network = self.source.network(variant, shape)
        images = fixed_frames(shape)['a texture'].to(self._config.device)
        return NetworkRun(network, images, is_graph=variant.is_graph)

    def pipeline(self, variant: Variant, num_cameras: int = 1) -> TorchPipeline:
        """From images to points."""
        height, width = self._config.image_size_px
        config = PipelineConfig(
            height_px=height,
            width_px=width,
            input_height_px=self._config.size_px[0],
            input_width_px=self._config.size_px[1],
            num_cameras=num_cameras,
            points=PointsConfig(),
            use_cuda_graph=variant.is_graph,
        )
        network = self.source.network(variant, config.network_shape)
        device = torch.device(self._config.device)
        return TorchPipeline(network, self.model.canonical, config, device)

    def frame(self, pipeline: TorchPipeline) -> Callable[[], None]:
        """An image in memory to points in memory."""
        return partial(run_batch, pipeline, self._images[:1], self._camera)

    def cameras(self, variant: Variant, single: TorchPipeline) -> dict[str, Callable[[], object]]:
        """Images of four cameras, batched and one after the other; the network alone likewise."""
        batched = self.pipeline(variant, NUM_CAMERAS)
        one, four = (
            self.network(variant, pipeline.config.network_shape) for pipeline in (single, batched)
        )
        return {
            'network_batched': four,
            'network_singly': partial(_repeat, one, NUM_CAMERAS),
            'frames_batched': partial(run_batch, batched, self._images, self._camera),
            'frames_singly': partial(run_one_by_one, single, self._images, self._camera),
        }


def _repeat(call: Callable[[], object], num_times: int) -> None:
    for _ in range(num_times):
        call()
