"""What runs a refiner's two networks, behind one small interface."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple, Protocol, runtime_checkable

from jaxtyping import Float32
import numpy as np

from depth_nodes.errors import BackendError, ConfigError
from depth_nodes.runtime.backend import BackendConfig, CPU, FILE_KINDS, GPU
from depth_nodes.runtime.gpu import find_gpu
from depth_nodes.runtime.manifest import ModelFiles


class CoarseView(NamedTuple):
    """What the coarse network says of a whole image.

    Attributes:
        depth: canonical [m], of the network's input, padding included.
        maps: all that the refiner takes of it; the backend's own.
    """

    depth: Float32[np.ndarray, 'height width']
    maps: Any


@runtime_checkable
class RefinerBackend(Protocol):
    """Both networks of a refiner, loaded. Not thread-safe: one thread computes.

    Attributes:
        name: as the user calls it.
        device: what the networks run on, `cpu` or `cuda`.
        num_tiles: that are best computed at once; on a CPU more of them would only need memory.

    Raises:
        BackendError: an engine failed on this input.
    """

    name: str
    device: str
    num_tiles: int

    def look(self, image: Float32[np.ndarray, '1 3 height width']) -> CoarseView:
        """The coarse view of a whole image: RGB in 0..1, sides multiples of 32 from 96."""
        ...

    def residuals(
        self,
        tiles: Float32[np.ndarray, 'tile 3 tile_height tile_width'],
        boxes: Float32[np.ndarray, 'tile 4'],
        view: CoarseView,
    ) -> Float32[np.ndarray, 'tile tile_height tile_width']:
        """What the coarse depth of tiles lacks, canonical [m].

        Args:
            tiles: RGB in 0..1, of the size that the model says.
            boxes: x0 y0 x1 y1 of each, in 0..1 over what `look` was given.
            view: of `look`.
        """
        ...

    def close(self) -> None:
        """Frees the engines; nothing must be called afterwards."""
        ...


def make_refiner_backend(name: str, model: ModelFiles, config: BackendConfig) -> RefinerBackend:
    """The engines of this name, loaded with the model; `auto` takes the best that works.

    Raises:
        ConfigError: no backend of this name.
        BackendError: the engine is not installed or does not load.
        CheckpointError: a file of the model is missing or damaged.
    """
    if name == 'auto':
        return _automatic(model, config)
    if name not in REFINER_BACKENDS:
        known = ', '.join(['auto', *REFINER_BACKENDS])
        raise ConfigError(f'backend {name!r} runs no refiner; choose from {known}')
    return REFINER_BACKENDS[name](model, config)


def _automatic(model: ModelFiles, config: BackendConfig) -> RefinerBackend:
    from depth_nodes.runtime.fallback_refiner import FallbackRefiner

    choices = [('onnx', CPU), ('torch', CPU)]
    if find_gpu() is not None:
        choices = [('tensorrt', GPU), ('torch', GPU), *choices]

    def load(name: str, device: str) -> RefinerBackend:
        if model.path(FILE_KINDS[name]) is None:
            raise BackendError(f'the model has no .{FILE_KINDS[name]} file')
        return make_refiner_backend(name, model, replace(config, device=device))

    return FallbackRefiner(model.name, {' on '.join(one): partial(load, *one) for one in choices})


def _make_tensorrt(model: ModelFiles, config: BackendConfig) -> RefinerBackend:
    try:
        from depth_nodes.runtime.tensorrt_refiner import TensorRtRefiner
    except ImportError as error:
        raise BackendError(
            f'the tensorrt backend needs torch and timm ({error}); run: pip install timm '
            "'depth_nodes[gpu]', on a Jetson as docs/deployment.md says"
        ) from error
    return TensorRtRefiner(model, config)


def _make_torch(model: ModelFiles, config: BackendConfig) -> RefinerBackend:
    try:
        from depth_nodes.runtime.torch_refiner import TorchRefiner
    except ImportError as error:
        raise BackendError(
            f'the torch backend needs torch, timm and safetensors ({error}); run: '
            'pip install torch timm safetensors'
        ) from error
    return TorchRefiner(model, config)


def _make_onnx(model: ModelFiles, config: BackendConfig) -> RefinerBackend:
    from depth_nodes.runtime.onnx_refiner import OnnxRefiner

    return OnnxRefiner(model, config)


def _make_fake(model: ModelFiles, config: BackendConfig) -> RefinerBackend:
    from depth_nodes.runtime.fake_refiner import FakeRefiner

    return FakeRefiner(model, config)


REFINER_BACKENDS: dict[str, Callable[[ModelFiles, BackendConfig], RefinerBackend]] = {
    'tensorrt': _make_tensorrt,
    'torch': _make_torch,
    'onnx': _make_onnx,
    'fake': _make_fake,
}
