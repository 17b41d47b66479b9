"""Inference engines behind one small interface, and the choice between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import logging
import os
from typing import Protocol, runtime_checkable

from jaxtyping import Float32
import numpy as np

from depth_nodes.errors import BackendError, ConfigError
from depth_nodes.runtime.model_store import FAKE_MODEL_NAME, ModelFiles

# The backends that `auto` tries, in this order, and the kind of file that each loads.
AUTOMATIC_KINDS = {'onnx': 'onnx', 'torch': 'safetensors'}
MAX_DEFAULT_THREADS = 4

logger = logging.getLogger(__name__)


@runtime_checkable
class Backend(Protocol):
    """A loaded network. Not thread-safe: one thread infers.

    `infer` takes RGB in 0..1, sides multiples of 32 and at least 96, and returns the sigmoid
    output in 0..1 of the same size; it may reuse the returned array in the next call.

    Raises:
        BackendError: the engine failed on this input.
    """

    name: str

    def infer(
        self, image: Float32[np.ndarray, '1 3 height width']
    ) -> Float32[np.ndarray, '1 1 height width']:
        """The sigmoid output of the network."""
        ...

    def close(self) -> None:
        """Frees the engine; `infer` must not be called afterwards."""
        ...


@dataclass(frozen=True, kw_only=True)
class BackendConfig:
    """How an engine computes.

    Attributes:
        num_threads: threads of one inference; 0: half of the usable cores, at most 4.
    """

    num_threads: int = 0

    def __post_init__(self) -> None:
        """Refuses values that no engine can be asked for."""
        if not 0 <= self.num_threads <= 256:
            raise ConfigError(f'num_threads is {self.num_threads}; choose 0 (automatic) to 256')

    @property
    def thread_count(self) -> int:
        """The number of threads to start, the automatic choice made."""
        return self.num_threads or min(MAX_DEFAULT_THREADS, (_usable_cores() + 1) // 2)


def make_backend(name: str, model: ModelFiles, config: BackendConfig) -> Backend:
    """The engine of this name, loaded with the model.

    `auto` takes the first engine that is installed and has a file of the model. A file that is
    missing or damaged is an error all the same: another engine would only hide it.

    Raises:
        ConfigError: no backend of this name.
        BackendError: the engine is not installed or does not load.
        CheckpointError: the model's file for this engine is missing or damaged.
    """
    if name == 'auto':
        return _first_that_loads(model, config)
    if name not in BACKENDS:
        known = ', '.join(['auto', *BACKENDS])
        raise ConfigError(f'backend {name!r} is unknown; choose from {known}')
    return BACKENDS[name](model, config)


def _first_that_loads(model: ModelFiles, config: BackendConfig) -> Backend:
    if model.name == FAKE_MODEL_NAME:
        return BACKENDS['fake'](model, config)
    reasons = []
    for name, kind in AUTOMATIC_KINDS.items():
        try:
            if model.path(kind) is None:
                raise BackendError(f'the model has no .{kind} file')
            return BACKENDS[name](model, config)
        except BackendError as error:
            reasons.append(f'{name}: {error}')
            logger.warning('backend %s cannot run %s: %s', name, model.name, error)
    raise BackendError(f'no backend can run {model.name}; {"; ".join(reasons)}')


def _make_onnx(model: ModelFiles, config: BackendConfig) -> Backend:
    from depth_nodes.runtime.onnx_backend import OnnxBackend

    return OnnxBackend(model, config)


def _make_torch(model: ModelFiles, config: BackendConfig) -> Backend:
    try:
        from depth_nodes.runtime.torch_backend import TorchBackend
    except ImportError as error:
        raise BackendError(
            f'the torch backend needs torch ({error}); run: pip install torch safetensors'
        ) from error
    return TorchBackend(model, config)


def _make_fake(model: ModelFiles, config: BackendConfig) -> Backend:
    from depth_nodes.runtime.fake_backend import FakeBackend

    return FakeBackend(model, config)


BACKENDS: dict[str, Callable[[ModelFiles, BackendConfig], Backend]] = {
    'onnx': _make_onnx,
    'torch': _make_torch,
    'fake': _make_fake,
}


def _usable_cores() -> int:
    if hasattr(os, 'sched_getaffinity'):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
