"""A serialised TensorRT engine, a plan, made ready to run."""

from __future__ import annotations

from typing import Any, NamedTuple

from torch import Tensor

from depth_nodes.errors import BackendError, EngineMismatchError, first_line
from depth_nodes.runtime.tensorrt_library import log_of


class Port(NamedTuple):
    """An input or output of an engine; -1 in its shape is an axis of any length."""

    name: str
    shape: tuple[int, ...]
    dtype: Any


class LoadedPlan:
    """A plan with a context to run it in; `tensorrt` is the module that runs it.

    Attributes:
        inputs: in the engine's order.
        outputs: the same.
        context: TensorRT's.
    """

    def __init__(self, tensorrt: Any, plan: bytes) -> None:
        """Loads it; a plan is native code.

        Raises:
            BackendError: TensorRT does not start, or the GPU has too little memory.
            EngineMismatchError: the plan is of another TensorRT or GPU.
        """
        self._log = log_of(tensorrt)
        self._log.errors.clear()
        try:
            # The engine lives on its runtime, the context on its engine.
            self._runtime = tensorrt.Runtime(self._log)
            self._engine = self._runtime.deserialize_cuda_engine(plan)
        except Exception as error:  # pybind11 raises what it likes
            raise BackendError(
                f'TensorRT {tensorrt.__version__} cannot start ({first_line(error)}); '
                'its version must suit the GPU driver'
            ) from error
        if self._engine is None:
            raise EngineMismatchError(
                f'TensorRT {tensorrt.__version__} cannot load the engine ({self.reason()}); '
                'build it anew on this machine'
            )
        mode = tensorrt.TensorIOMode
        self.inputs, self.outputs = self._ports(mode.INPUT), self._ports(mode.OUTPUT)
        self.context = self._engine.create_execution_context()
        if self.context is None:
            raise BackendError(
                f'TensorRT cannot prepare the engine ({self.reason()}); free memory of the GPU'
            )

    def bind(self, name: str, tensor: Tensor) -> bool:
        """Lets the next run read or write this memory; False where TensorRT refuses it."""
        return bool(self.context.set_tensor_address(name, tensor.data_ptr()))

    def reason(self) -> str:
        """What TensorRT said first, of which the rest is a consequence."""
        reason = self._log.errors[0] if self._log.errors else 'see its log'
        self._log.errors.clear()
        return reason.strip().splitlines()[0]

    def _ports(self, mode: Any) -> list[Port]:
        engine = self._engine
        names = [engine.get_tensor_name(index) for index in range(engine.num_io_tensors)]
        return [
            Port(name, tuple(engine.get_tensor_shape(name)), engine.get_tensor_dtype(name))
            for name in names
            if engine.get_tensor_mode(name) == mode
        ]
