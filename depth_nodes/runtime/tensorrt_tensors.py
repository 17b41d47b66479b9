"""Running plans of several inputs or outputs, some of which may be of any length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from depth_nodes.errors import BackendError, EngineMismatchError
from depth_nodes.runtime.tensorrt_library import tensorrt_with_gpu
from depth_nodes.runtime.tensorrt_plan import LoadedPlan

# As the length of a first axis: any that the plan's profile has.
ANY = -1

Shape = tuple[int, ...]


class TensorsEngine:
    """A plan on torch's current stream; each call gives new tensors. Not thread-safe."""

    def __init__(self, plan: bytes, inputs: Mapping[str, Shape], outputs: Sequence[Shape]) -> None:
        """Loads a plan of these inputs, by name, and outputs, in their order, all float32.

        Raises:
            BackendError: no TensorRT, no GPU, or too little of its memory.
            EngineMismatchError: the plan is of another TensorRT, GPU, network or shape.
        """
        tensorrt = tensorrt_with_gpu()
        self._execution = TensorsExecution(tensorrt, plan, inputs, outputs, 'cuda')

    def __call__(self, *inputs: Tensor) -> list[Tensor]:
        """The outputs, of inputs in the order that they were named in.

        Raises:
            BackendError: an input is of another shape, type or device, or TensorRT failed.
        """
        return self._execution.enqueue(inputs, torch.cuda.current_stream().cuda_stream)


class TensorsExecution:
    """The same on any device; `tensorrt` is the module that runs it."""

    def __init__(
        self,
        tensorrt: Any,
        plan: bytes,
        inputs: Mapping[str, Shape],
        outputs: Sequence[Shape],
        device: str,
    ) -> None:
        """Loads the plan.

        Raises:
            BackendError, EngineMismatchError: as `TensorsEngine`.
        """
        self._plan = LoadedPlan(tensorrt, plan)
        self._inputs = dict(inputs)
        self._device = torch.device(device)
        found = (
            {port.name: (port.shape, port.dtype) for port in self._plan.inputs},
            [(port.shape, port.dtype) for port in self._plan.outputs],
        )
        expected = (
            {name: (shape, tensorrt.float32) for name, shape in inputs.items()},
            [(shape, tensorrt.float32) for shape in outputs],
        )
        if found != expected:
            raise EngineMismatchError(
                f'the engine takes and gives {found}, not {expected}; build it anew'
            )

    def enqueue(self, inputs: Sequence[Tensor], stream: int) -> list[Tensor]:
        """Puts one run on the stream with this handle; the inputs must live until it is done."""
        context = self._plan.context
        are_set = True
        for (name, shape), tensor in zip(self._inputs.items(), inputs, strict=True):
            self._require(name, shape, tensor)
            are_set &= bool(context.set_input_shape(name, tuple(tensor.shape)))
            are_set &= self._plan.bind(name, tensor)
        outputs = []
        for port in self._plan.outputs if are_set else []:
            size = tuple(context.get_tensor_shape(port.name))
            outputs.append(torch.empty(size, device=self._device))
            are_set &= self._plan.bind(port.name, outputs[-1])
        if not are_set or not context.execute_async_v3(stream):
            raise BackendError(
                f'TensorRT failed on an input of shape {tuple(inputs[0].shape)}: '
                f'{self._plan.reason()}'
            )
        return outputs

    def _require(self, name: str, shape: Shape, tensor: Tensor) -> None:
        length = tensor.shape[0] if shape[0] == ANY else shape[0]
        if (
            tuple(tensor.shape) != (length, *shape[1:])
            or tensor.dtype != torch.float32
            or tensor.device.type != self._device.type
            or not tensor.is_contiguous()
        ):
            raise BackendError(
                f'the engine takes as {name} contiguous float32 {shape} on {self._device}, not '
                f'{tensor.dtype} {tuple(tensor.shape)} on {tensor.device}'
            )
