"""Inference engines behind one small interface, and the order in which `auto` tries them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
import os
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

from jaxtyping import Float32
import numpy as np

from depth_nodes.errors import BackendError, ConfigError
from depth_nodes.runtime.engine_key import Shape
from depth_nodes.runtime.gpu import find_gpu
from depth_nodes.runtime.model_store import FAKE_MODEL_NAME, ModelFiles
from depth_nodes.runtime.previous_view import PreviousView

MAX_DEFAULT_THREADS = 4
PRECISIONS = ('fp16', 'fp32')
CPU, GPU = 'cpu', 'cuda'
# The kind of file that each backend loads.
FILE_KINDS = {'tensorrt': 'safetensors', 'torch': 'safetensors', 'onnx': 'onnx'}
# What `auto` tries, best first.
ORDER_ON_GPU = ('tensorrt', 'torch', 'onnx')
ORDER_ON_CPU = ('onnx', 'torch')


@runtime_checkable
class Backend(Protocol):
    """A loaded network. Not thread-safe: one thread infers.

    `infer` takes RGB in 0..1, sides multiples of 32 and at least 96, and returns the sigmoid
    output in 0..1 of the same size; it may reuse the returned array in the next call.

    Attributes:
        name: as the user calls it.
        device: what the network runs on, `cpu` or `cuda`.
        precision: of the network, fp16 or fp32.

    Raises:
        BackendError: the engine failed on this input.
    """

    name: str
    device: str
    precision: str

    def infer(
        self, image: Float32[np.ndarray, '1 3 height width']
    ) -> Float32[np.ndarray, '1 1 height width']:
        """The sigmoid output of the network."""
        ...

    def close(self) -> None:
        """Frees the engine; `infer` must not be called afterwards."""
        ...


@runtime_checkable
class DeviceBackend(Backend, Protocol):
    """One whose network runs between other work on its device, without a way through the CPU.

    Attributes:
        activity: what `network` is doing, if it takes minutes; empty: nothing. For any thread.
        problem: what does not work, though it runs; empty: nothing. For any thread.
    """

    activity: str

    @property
    def problem(self) -> str:
        """See above."""
        ...

    def network(self, shape: Shape) -> Callable[[Any], Any]:
        """The network for this batch, height and width; a `DeviceNetwork`.

        Raises:
            BackendError: there is none for this shape.
        """
        ...

    def shapes_at_start(self, wanted: list[Shape]) -> list[Shape]:
        """Shapes whose networks are ready soon, wanted or not, what was used last first."""
        ...


@runtime_checkable
class MultiFrameBackend(Backend, Protocol):
    """One whose network looks at a frame before as well, where there is one."""

    def infer_after(
        self, image: Float32[np.ndarray, '1 3 height width'], previous: PreviousView
    ) -> Float32[np.ndarray, '1 1 height width']:
        """The sigmoid output of the network."""
        ...


@dataclass(frozen=True, kw_only=True)
class BackendConfig:
    """How an engine computes.

    Attributes:
        num_threads: threads of one inference on the CPU; 0: half of the usable cores, at most 4.
        precision: of the network on a GPU, fp16 or fp32; on the CPU it is always fp32.
        engine_cache_dir: where TensorRT's engines are kept; None: the user's cache folder.
        device: `cpu` or `cuda`; empty: a GPU if there is one and the backend is for it.
    """

    num_threads: int = 0
    precision: str = 'fp16'
    engine_cache_dir: Path | None = None
    device: str = ''

    def __post_init__(self) -> None:
        """Refuses values that no engine can be asked for."""
        if not 0 <= self.num_threads <= 256:
            raise ConfigError(f'num_threads is {self.num_threads}; choose 0 (automatic) to 256')
        if self.precision not in PRECISIONS:
            raise ConfigError(
                f'precision {self.precision!r} is unknown; choose from {", ".join(PRECISIONS)}'
            )

    @property
    def thread_count(self) -> int:
        """The number of threads to start, the automatic choice made."""
        return self.num_threads or min(MAX_DEFAULT_THREADS, (_usable_cores() + 1) // 2)


def make_backend(name: str, model: ModelFiles, config: BackendConfig) -> Backend:
    """The engine of this name, loaded with the model.

    Raises:
        ConfigError: no backend of this name.
        BackendError: the engine is not installed or does not load.
        CheckpointError: the model's file for this engine is missing or damaged.
    """
    if name not in BACKENDS:
        known = ', '.join(['auto', *BACKENDS])
        raise ConfigError(f'backend {name!r} is unknown; choose from {known}')
    if model.is_multi_frame and name not in ORDER_ON_CPU:
        raise BackendError(
            f'{model.name} looks at a frame before, which backend {name} cannot; choose onnx'
        )
    return BACKENDS[name](model, config)


class Choice(NamedTuple):
    """One of the ways in which `auto` may run a model.

    Attributes:
        label: for people.
        backend: its name.
        config: its settings.
    """

    label: str
    backend: str
    config: BackendConfig


def automatic_choices(model: ModelFiles, config: BackendConfig) -> list[Choice]:
    """What `auto` tries, best first."""
    if model.name == FAKE_MODEL_NAME:
        return [Choice('fake', 'fake', config)]
    on_gpu, on_cpu = (replace(config, device=device) for device in (GPU, CPU))
    choices = [Choice(name, name, on_cpu) for name in ORDER_ON_CPU]
    if find_gpu() is None or model.is_multi_frame:
        return choices
    names = [name for name in ORDER_ON_GPU if name != 'onnx' or _has_onnx_on_gpu()]
    return [Choice(f'{name} on the GPU', name, on_gpu) for name in names] + choices


def make_automatic(choice: Choice, model: ModelFiles) -> Backend:
    """The backend of a choice; that the model has no file for it is only its failure.

    Raises:
        BackendError: the engine is not installed or does not load, or there is no file.
        CheckpointError: the file is missing or damaged: another backend would only hide it.
    """
    kind = FILE_KINDS.get(choice.backend)
    if kind is not None and model.path(kind) is None:
        raise BackendError(f'the model has no .{kind} file')
    return make_backend(choice.backend, model, choice.config)


def _make_tensorrt(model: ModelFiles, config: BackendConfig) -> Backend:
    try:
        from depth_nodes.runtime.tensorrt_backend import TensorRtBackend
    except ImportError as error:
        raise BackendError(
            f"the tensorrt backend needs torch ({error}); run: pip install 'depth_nodes[gpu]', "
            'on a Jetson as docs/deployment.md says'
        ) from error
    return TensorRtBackend(model, config)


def _make_torch(model: ModelFiles, config: BackendConfig) -> Backend:
    try:
        import torch

        from depth_nodes.runtime.torch_backend import TorchBackend
        from depth_nodes.runtime.torch_gpu_backend import TorchGpuBackend
        from depth_nodes.runtime.torch_multi_frame_backend import MultiFrameTorchBackend
    except ImportError as error:
        raise BackendError(
            f'the torch backend needs torch ({error}); run: pip install torch safetensors'
        ) from error
    if model.is_multi_frame:
        return MultiFrameTorchBackend(model, config)
    if (config.device or (GPU if torch.cuda.is_available() else CPU)) == GPU:
        return TorchGpuBackend(model, config)
    return TorchBackend(model, config)


def _make_onnx(model: ModelFiles, config: BackendConfig) -> Backend:
    from depth_nodes.runtime.onnx_backend import OnnxBackend
    from depth_nodes.runtime.onnx_multi_frame_backend import MultiFrameOnnxBackend

    return (MultiFrameOnnxBackend if model.is_multi_frame else OnnxBackend)(model, config)


def _make_fake(model: ModelFiles, config: BackendConfig) -> Backend:
    from depth_nodes.runtime.fake_backend import FakeBackend

    return FakeBackend(model, config)


BACKENDS: dict[str, Callable[[ModelFiles, BackendConfig], Backend]] = {
    'tensorrt': _make_tensorrt,
    'torch': _make_torch,
    'onnx': _make_onnx,
    'fake': _make_fake,
}


def _has_onnx_on_gpu() -> bool:
    from depth_nodes.runtime.onnx_backend import has_cuda_provider

    return has_cuda_provider()


def _usable_cores() -> int:
    if hasattr(os, 'sched_getaffinity'):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
