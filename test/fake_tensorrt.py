"""A stand-in for the `tensorrt` module on CPU tensors, whose plans say what engines take and give.

Its engines write the mean over the channels, or, where they have several inputs or outputs, into
output k the mean of all inputs' means, k + 1 times. -1 is an axis as long as that of the first
input. Streams are recorded, and nothing is asynchronous.
"""

import ctypes
import json
from types import SimpleNamespace

import numpy as np

MAGIC = b'fake'
MEAN = {
    'image': ('INPUT', (2, 3, 32, 64), 'FLOAT'),
    'sigmoid_output': ('OUTPUT', (2, 1, 32, 64), 'FLOAT'),
}


def plan_of(tensors: dict[str, tuple[str, tuple[int, ...], str]]) -> bytes:
    return MAGIC + json.dumps(tensors).encode()


class FakeTensorRt:
    """Knobs: `starts`, `has_memory`, `refuses` (a method that returns False)."""

    __version__ = '10.0.fake'
    TensorIOMode = SimpleNamespace(INPUT='INPUT', OUTPUT='OUTPUT')
    float32 = 'FLOAT'

    def __init__(self) -> None:
        self.starts, self.has_memory, self.refuses = True, True, ''
        self.streams: list[int] = []
        self.log = None

        class ILogger:
            Severity = SimpleNamespace(WARNING=3, ERROR=1, INTERNAL_ERROR=0)

            def __init__(self) -> None:
                self.is_initialised = True

        self.ILogger = ILogger

    def Runtime(self, log):
        assert log.is_initialised
        if not self.starts:
            raise TypeError('pybind11::init(): factory function returned nullptr\nand more')
        self.log = log
        return SimpleNamespace(deserialize_cuda_engine=self._deserialize)

    def _deserialize(self, plan: bytes):
        if not plan.startswith(MAGIC):
            self.log.log(3, 'an old plan')
            self.log.log(1, 'Serialization assertion magicTag failed\nat runtime.cpp')
            self.log.log(0, 'a consequence')
            return None
        return FakeEngine(self, json.loads(plan.removeprefix(MAGIC)))


class FakeEngine:
    def __init__(self, module: FakeTensorRt, tensors: dict) -> None:
        self.module, self.tensors = module, tensors
        self.num_io_tensors = len(tensors)

    def get_tensor_name(self, index: int) -> str:
        return list(self.tensors)[index]

    def get_tensor_mode(self, name: str) -> str:
        return self.tensors[name][0]

    def get_tensor_shape(self, name: str) -> list[int]:
        return self.tensors[name][1]

    def get_tensor_dtype(self, name: str) -> str:
        return self.tensors[name][2]

    def create_execution_context(self):
        if not self.module.has_memory:
            self.module.log.log(1, 'out of memory')
            return None
        return FakeContext(self)


class FakeContext:
    def __init__(self, engine: FakeEngine) -> None:
        self.engine, self.addresses = engine, {}
        self.shapes: dict[str, tuple[int, ...]] = {}

    def set_tensor_address(self, name: str, address: int) -> bool:
        assert name in self.engine.tensors
        self.addresses[name] = address
        return self.engine.module.refuses != 'set_tensor_address'

    def set_input_shape(self, name: str, shape: tuple[int, ...]) -> bool:
        self.shapes[name] = shape
        return self.engine.module.refuses != 'set_input_shape'

    def get_tensor_shape(self, name: str) -> list[int]:
        """Of this run."""
        length = next(iter(self.shapes.values()), (-1,))[0]
        shape = self.engine.get_tensor_shape(name)
        return [length if side == -1 else side for side in shape]

    def execute_async_v3(self, stream: int) -> bool:
        self.engine.module.streams.append(stream)
        if self.engine.module.refuses == 'execute_async_v3':
            self.engine.module.log.log(1, 'illegal address')
            return False
        tensors = {'INPUT': [], 'OUTPUT': []}
        for name, (mode, *_) in self.engine.tensors.items():
            tensors[mode].append(self._tensor(name))
        inputs, outputs = tensors.values()
        if len(inputs) == len(outputs) == 1:
            outputs[0][:] = inputs[0].mean(axis=1, keepdims=True)
        for index, output in enumerate(outputs if len(inputs) + len(outputs) > 2 else []):
            output[:] = (index + 1) * np.mean([one.mean() for one in inputs])
        return True

    def _tensor(self, name: str) -> np.ndarray:
        shape = self.get_tensor_shape(name)
        pointer = ctypes.cast(self.addresses[name], ctypes.POINTER(ctypes.c_float))
        return np.ctypeslib.as_array(pointer, shape=tuple(shape))
