"""From images in memory to depth and points in memory, on a GPU or on torch's CPU.

    page-locked images -> device -> resize, pad, 0..1 -> network -> inverse depth
        -> depth at the camera's size -> points -> page-locked results

On a GPU the whole of it is one CUDA graph over static buffers; cameras are input as images are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
import logging
import math
from typing import Any

from jaxtyping import Bool, Float32, Num, UInt8
import numpy as np
import torch
from torch import Tensor

from depth_nodes.errors import BackendError, InputError
from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.messages.camera import Camera
from depth_nodes.runtime.filter_config import FilterConfig
from depth_nodes.runtime.flying_pixels import MIN_SHARE
from depth_nodes.runtime.pipeline_config import PipelineConfig
from depth_nodes.runtime.temporal_filter import GAIN, GREEN
from depth_nodes.runtime.torch_cuda_graph import captured
from depth_nodes.runtime.torch_depth_filters import Steps, TorchDepthFilters
from depth_nodes.runtime.torch_network import DeviceNetwork, is_capturable, translated_errors
from depth_nodes.runtime.torch_points import NUM_FIELDS, rays_from_camera, TorchPoints
from depth_nodes.runtime.torch_postprocess import TorchPostprocessor
from depth_nodes.runtime.torch_resize import ImageResize
from depth_nodes.runtime.torch_temporal_filter import Turn
from depth_nodes.runtime.torch_transfer_buffer import Part, TransferBuffer

logger = logging.getLogger(__name__)


class TorchPipeline:
    """A batch of cameras a run. Not thread-safe: one thread loads, runs and reads.

    A camera without a new frame keeps its last one; what comes out for it is nothing new.

    Attributes:
        config: what it is made for.
        is_captured: a run is one CUDA graph.
    """

    def __init__(
        self,
        network: DeviceNetwork,
        canonical: CanonicalCamera,
        config: PipelineConfig,
        device: torch.device,
    ) -> None:
        """Allocates everything; on a GPU it also warms up and captures.

        Raises:
            BackendError: no such device, not enough memory, or nothing that a graph can hold.
        """
        if device.type == 'cuda' and not torch.cuda.is_available():
            raise BackendError(
                'torch finds no GPU; install a CUDA build of torch and an NVIDIA driver, '
                'or choose another backend'
            )
        self.config = config
        self._network, self._canonical = network, canonical
        self._cameras: list[Camera | None] = [None] * config.num_cameras
        self._stream: torch.cuda.Stream | None = None
        with self._on_device():
            if device.type == 'cuda':
                self._stream = torch.cuda.Stream(device)
        self.is_captured = self._can_capture()
        with self._on_device():
            self._allocate(device)
            self._runs: dict[Steps, Callable[[], None]] = {}
            self._graph_pool: Any = None
            # Without points there is less to copy.
            for with_points in sorted({False, config.points is not None}):
                self._run_of(Steps.of(config.filters, with_points=with_points))

    def load(
        self,
        index: int,
        image: UInt8[np.ndarray, 'height width 3'],
        camera: Camera,
        *,
        scale: float = 1.0,
        goes_on: bool = False,
    ) -> None:
        """Stages an RGB image of camera number `index` for the next run.

        Args:
            index: of the camera.
            image: of the pipeline's size.
            camera: of the image.
            scale: as of `Frame`.
            goes_on: whether the temporal filter may compare it with the frame before.

        Raises:
            InputError: the image or its camera has another size than the pipeline's.
        """
        height, width = self.config.height_px, self.config.width_px
        for name, size in (
            ('image', image.shape[:2]),
            ('camera', (camera.height_px, camera.width_px)),
        ):
            if size != (height, width):
                raise InputError(
                    f'the {name} is {size[1]}x{size[0]} px but the pipeline is made for '
                    f'{width}x{height} px; give all cameras one size'
                )
        frames = self._frames.host
        np.copyto(frames['images'][index], image)
        frames['is_new'][index], frames['goes_on'][index] = 1, goes_on
        frames['inverse_scale'][index] = 1 / scale
        if camera != self._cameras[index]:
            self._load_camera(index, camera)
            self._cameras[index] = camera

    def run(
        self,
        *,
        with_points: bool = True,
        with_confidence: bool = False,
        filters: FilterConfig | None = None,
    ) -> None:
        """Computes the depth, and the points if there are any, of all cameras; blocks.

        Args:
            with_points: whether somebody wants them.
            with_confidence: the same.
            filters: None: as the pipeline is made for.

        Raises:
            BackendError: the device failed.
        """
        filters = filters or self.config.filters
        with_points = with_points and self.config.points is not None
        steps = Steps.of(filters, with_points=with_points, with_confidence=with_confidence)
        self._frames.host['gain'][:] = GAIN if filters.is_temporal else 1
        with self._on_device():
            self._run_of(steps)()
            if self._stream is not None:
                self._stream.synchronize()
        self._frames.host['is_new'][:] = 0

    def depth(self, index: int) -> Float32[np.ndarray, 'height width']:
        """Depth [m] as `DepthEstimate` has it; valid until the next run."""
        return self._results.host['depth'][index]

    def points(self, index: int) -> UInt8[np.ndarray, ' num_bytes']:
        """The data of a PointCloud2, as `CloudWriter` writes it; valid until the next run."""
        return self._results.host['points'][index].view(np.uint8).reshape(-1)

    def confidence(self, index: int) -> Float32[np.ndarray, 'height width']:
        """As `DepthEstimate` has it; valid until the next run."""
        return self._confidence.host['confidence'][index]

    def _allocate(self, device: torch.device) -> None:
        config = self.config
        batch, height, width = config.network_shape
        per_camera = Part((batch, 1, 1, 1), torch.float32)
        frames = {
            **dict.fromkeys(('scale', 'offset', 'inverse_scale', *Turn._fields), per_camera),
            'images': Part((batch, config.height_px, config.width_px, 3), torch.uint8),
        }
        results = {'depth': Part(config.depth_shape, torch.float32)}
        self._points = None
        if config.points is not None:
            rows, columns = (-(-side // config.points.stride) for side in config.depth_shape[1:])
            frames['ray_columns'] = Part((batch, 1, columns, 3), torch.float32)
            frames['ray_rows'] = Part((batch, rows, 1), torch.float32)
            results['points'] = Part((batch, rows, columns, NUM_FIELDS), torch.float32)
            self._points = TorchPoints(config.points, config.max_depth_m, device)
        self._frames = TransferBuffer(frames, device)
        self._results = TransferBuffer(results, device)
        self._network_image = torch.zeros((batch, 3, height, width), device=device)
        self._resize = ImageResize(config.height_px, config.width_px, config.fit, device)
        self._postprocess = TorchPostprocessor(config, device)
        self._brightness = self._postprocess.content(self._network_image[:, GREEN : GREEN + 1])
        self._turn = Turn(*(self._frames.device[name] for name in Turn._fields))
        shape = (batch, config.fit.content_height_px, config.fit.content_width_px)
        self._filters = TorchDepthFilters(shape, device)
        confidence = Part(config.depth_shape, torch.float32)
        self._confidence = TransferBuffer({'confidence': confidence}, device)

    def _load_camera(self, index: int, camera: Camera) -> None:
        frames, config = self._frames.host, self.config
        to_metric = self._canonical.focal_px / (camera.fx_px * config.fit.scale)
        offset, top = (self._canonical.inverse_depth_from_sigmoid(value) for value in (0.0, 1.0))
        frames['offset'][index] = offset * to_metric
        frames['scale'][index] = (top - offset) * to_metric
        if config.points is not None:
            rays = rays_from_camera(config.depth_camera(camera), config.points.stride)
            frames['ray_columns'][index] = rays.columns
            frames['ray_rows'][index, :, 0] = rays.rows

    def _can_capture(self) -> bool:
        if self._stream is None or not self.config.use_cuda_graph:
            return False
        can = is_capturable(self._network, self._stream.cuda_stream)
        if not can:
            logger.warning('the engine cannot be held by a CUDA graph; frames take longer')
        return can

    def _run_of(self, steps: Steps) -> Callable[[], None]:
        """What a run with these steps does; a graph of steps that are new takes a moment."""
        if steps not in self._runs:
            run: Callable[[], None] = partial(self._enqueue, steps)
            if self._stream is not None and self.is_captured:
                graph = captured(run, self._stream, self._graph_pool)
                self._graph_pool = graph.pool()
                run = graph.replay
            self._runs[steps] = run
        return self._runs[steps]

    def _enqueue(self, steps: Steps) -> None:
        frames, depth = self._frames.device, self._results.device['depth']
        self._frames.upload()
        levels = self._resize(frames['images'])
        torch.mul(levels.permute(0, 3, 1, 2), 1 / 255, out=self._network_image)
        sigmoid_output = self._network(self._network_image)
        assert sigmoid_output.shape == (len(levels), 1, *levels.shape[1:3])
        inverse_depth = self._postprocess.inverse_depth(
            sigmoid_output, frames['scale'], frames['offset']
        )
        filtered = self._filters(inverse_depth, self._brightness, self._turn, steps)
        # Not before the filters: they compare frames, whatever scale each of them is given.
        self._postprocess.write_depth(filtered.inverse_depth * frames['inverse_scale'], depth)
        if filtered.confidence is not None:
            resized = self._postprocess.resized(filtered.confidence)
            self._confidence.device['confidence'].copy_(resized[:, 0])
            self._confidence.download('confidence')
        if steps.with_points and self._points is not None:
            rays = frames['ray_columns'], frames['ray_rows']
            shown = self._shown(depth, filtered.hidden)
            self._points(shown, self._colours(levels), *rays, self._results.device['points'])
        self._results.download('points' if steps.with_points else 'depth')

    def _shown(
        self,
        depth: Float32[Tensor, 'batch height width'],
        hidden: Bool[Tensor, 'batch 1 content_height content_width'] | None,
    ) -> Float32[Tensor, 'batch height width']:
        """The depth that gives points."""
        if hidden is None:
            return depth
        share = self._postprocess.resized(hidden.float())[:, 0]
        return depth.masked_fill(share > MIN_SHARE, math.nan)

    def _colours(
        self, levels: Num[Tensor, 'batch padded_height padded_width 3']
    ) -> UInt8[Tensor, 'batch height width 3']:
        """The images at the size of the depth."""
        if self.config.is_camera_sized:
            return self._frames.device['images']
        fit = self.config.fit
        return levels[:, : fit.content_height_px, : fit.content_width_px].to(torch.uint8)

    @contextmanager
    def _on_device(self) -> Iterator[None]:
        stream = nullcontext() if self._stream is None else torch.cuda.stream(self._stream)
        config = self.config
        images = f'a batch of {config.num_cameras} of {config.width_px}x{config.height_px} px'
        with translated_errors(images), torch.inference_mode(), stream:
            yield
