"""Running a serialised TensorRT engine, a plan, on torch's tensors and streams."""

from __future__ import annotations

from typing import Any

from jaxtyping import Float32
import torch
from torch import Tensor

from depth_nodes.errors import BackendError, EngineMismatchError
from depth_nodes.runtime.tensorrt_library import tensorrt_with_gpu
from depth_nodes.runtime.tensorrt_plan import LoadedPlan


class TensorRtEngine:
    """A network for one input shape, as it was built for this GPU. Not thread-safe.

    A call enqueues on torch's current stream and allocates nothing, so that a CUDA graph can
    capture it, where it is capturable at all and has run outside of one: TensorRT sets itself up
    in the first run.
    """

    def __init__(self, plan: bytes, shape: tuple[int, int, int]) -> None:
        """Loads a plan for images of this batch, height and width.

        A plan is native code: load only what this user built.

        Raises:
            BackendError: no TensorRT, no GPU, or too little of its memory.
            EngineMismatchError: the plan is of another TensorRT, GPU, network or shape.
        """
        tensorrt = tensorrt_with_gpu()
        batch, height, width = shape
        output = torch.empty(batch, 1, height, width, device='cuda')
        self._device = output.device
        self._execution = PlanExecution(tensorrt, plan, output)

    def __call__(
        self, image: Float32[Tensor, 'batch 3 height width']
    ) -> Float32[Tensor, 'batch 1 height width']:
        """The sigmoid output, in memory that the next call overwrites.

        Raises:
            BackendError: the image is of another shape, type or device, or TensorRT failed.
        """
        return self._execution.enqueue(image, torch.cuda.current_stream(self._device).cuda_stream)

    def is_capturable(self, stream: int) -> bool:
        """Whether a CUDA graph of the stream with this handle can hold a call."""
        return self._execution.is_capturable(stream)


class PlanExecution:
    """A loaded plan with one input and one output; `tensorrt` is the module that runs it."""

    def __init__(
        self, tensorrt: Any, plan: bytes, output: Float32[Tensor, 'batch 1 height width']
    ) -> None:
        """Writes into `output`, whose shape and device say what else the plan must be made for.

        Raises:
            BackendError, EngineMismatchError: as `TensorRtEngine`.
        """
        self._output = output
        batch, _, height, width = output.shape
        self._input_shape = (batch, 3, height, width)
        self._plan = LoadedPlan(tensorrt, plan)
        self._context = self._plan.context
        self._input_name, output_name = self._input_and_output(tensorrt.float32)
        if not self._plan.bind(output_name, output):
            raise EngineMismatchError(
                f'TensorRT refused the output buffer ({self._plan.reason()})'
            )

    def enqueue(
        self, image: Float32[Tensor, 'batch 3 height width'], stream: int
    ) -> Float32[Tensor, 'batch 1 height width']:
        """Puts one run on the stream with this handle; the image must live until it is done."""
        if (
            image.shape != self._input_shape
            or image.dtype != torch.float32
            or image.device != self._output.device
            or not image.is_contiguous()
        ):
            raise BackendError(
                f'the engine takes contiguous float32 {self._input_shape} on '
                f'{self._output.device}, not {image.dtype} {tuple(image.shape)} on {image.device}'
            )
        is_bound = self._plan.bind(self._input_name, image)
        if not is_bound or not self._context.execute_async_v3(stream):
            raise BackendError(
                f'TensorRT failed on an input of shape {tuple(image.shape)}: {self._plan.reason()}'
            )
        return self._output

    def is_capturable(self, stream: int) -> bool:
        """As `TensorRtEngine` says; TensorRT-RTX alone may have to allocate while it runs."""
        ask = getattr(self._context, 'is_stream_capturable', None)
        return ask is None or bool(ask(stream))

    def _input_and_output(self, float32: Any) -> tuple[str, str]:
        """The names of the two, whatever the exporter called them."""
        inputs, outputs = self._plan.inputs, self._plan.outputs
        found = [(port.shape, port.dtype) for port in (*inputs, *outputs)]
        expected = [(self._input_shape, float32), (tuple(self._output.shape), float32)]
        if len(inputs) != 1 or found != expected:
            raise EngineMismatchError(
                f'the engine takes and gives {found}, not {expected}; build it anew'
            )
        return inputs[0].name, outputs[0].name
