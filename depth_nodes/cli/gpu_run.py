"""What is timed on a GPU: calls that return when the device is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial

from jaxtyping import Float32, UInt8
import numpy as np
import torch
from torch import Tensor

from depth_nodes.messages.camera import Camera
from depth_nodes.runtime.torch_cuda_graph import captured
from depth_nodes.runtime.torch_network import DeviceNetwork, is_capturable, translated_errors
from depth_nodes.runtime.torch_pipeline import TorchPipeline


class NetworkRun:
    """A network on images that already lie on its device.

    Attributes:
        is_captured: a call is one CUDA graph.
    """

    def __init__(
        self,
        network: DeviceNetwork,
        images: Float32[Tensor, 'batch 3 height width'],
        *,
        is_graph: bool,
    ) -> None:
        """Warms up, and captures where there is a GPU and `is_graph` asks for it.

        Raises:
            BackendError: the network fails, or cannot be captured.
        """
        self._stream = torch.cuda.Stream(images.device) if images.is_cuda else None
        self._run: Callable[[], object] = partial(network, images)
        self.is_captured = False
        with self._on_device():
            self._run()
            if self._stream is not None and is_graph:
                self.is_captured = is_capturable(network, self._stream.cuda_stream)
            if self._stream is not None and self.is_captured:
                self._run = captured(self._run, self._stream).replay

    def __call__(self) -> None:
        """One image after the other, as a robot has them: the next call waits for this one."""
        with self._on_device():
            self._run()
            if self._stream is not None:
                self._stream.synchronize()

    @contextmanager
    def _on_device(self) -> Iterator[None]:
        stream = nullcontext() if self._stream is None else torch.cuda.stream(self._stream)
        with translated_errors('a network alone'), torch.inference_mode(), stream:
            yield


def run_batch(
    pipeline: TorchPipeline, images: UInt8[np.ndarray, 'batch height width 3'], camera: Camera
) -> None:
    """From an image in memory for each of the pipeline's cameras to their points in memory."""
    for index, image in enumerate(images):
        pipeline.load(index, image, camera)
    pipeline.run()


def run_one_by_one(
    pipeline: TorchPipeline, images: UInt8[np.ndarray, 'batch height width 3'], camera: Camera
) -> None:
    """The same through a pipeline of one camera."""
    for index in range(len(images)):
        run_batch(pipeline, images[index : index + 1], camera)
