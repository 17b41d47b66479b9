"""The ways of running one network on a GPU that a benchmark compares."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch

from depth_nodes.networks.checkpoints import load_checkpoint
from depth_nodes.networks.half_precision import HalfPrecision
from depth_nodes.networks.registry import gpu_form
from depth_nodes.runtime.backend import BackendConfig
from depth_nodes.runtime.engine_key import Shape
from depth_nodes.runtime.manifest import ModelFiles
from depth_nodes.runtime.model_store import verified_path
from depth_nodes.runtime.tensorrt_backend import TensorRtBackend
from depth_nodes.runtime.tensorrt_library import is_rtx
from depth_nodes.runtime.torch_gpu_backend import TorchGpuBackend
from depth_nodes.runtime.torch_network import DeviceNetwork, exact_network, translated_errors

DEPLOYED, UNFOLDED, CHANNELS_LAST = 'deployed', 'unfolded', 'channels_last'


class Variant(NamedTuple):
    """One of them.

    Attributes:
        backend: torch or tensorrt.
        precision: fp16 or fp32.
        is_graph: launched as a CUDA graph, as nodes do, else operation by operation.
        form: `deployed` as nodes run it; `unfolded` as it was trained, with torch's default
            settings; `channels_last` the deployed one in the other order of memory.
    """

    backend: str
    precision: str
    is_graph: bool = True
    form: str = DEPLOYED

    @property
    def is_of_nodes(self) -> bool:
        """Whether a node can be told to run this one."""
        return self.is_graph and self.form == DEPLOYED


def torch_variants(precisions: Sequence[str]) -> dict[str, Variant]:
    """Those of torch, by name."""
    found = {}
    for precision in precisions:
        found[eager_name(precision)] = Variant('torch', precision, is_graph=False)
        found[f'torch_graph_{precision}'] = Variant('torch', precision)
    if 'fp32' in precisions:
        found['torch_eager_unfolded_fp32'] = Variant('torch', 'fp32', False, UNFOLDED)
    if 'fp16' in precisions:
        found['torch_graph_channels_last_fp16'] = Variant('torch', 'fp16', True, CHANNELS_LAST)
    return found


def tensorrt_variants(precisions: Sequence[str]) -> dict[str, Variant]:
    """Those of TensorRT, or of TensorRT-RTX where that is what is installed, by name."""
    name = 'tensorrt_rtx' if is_rtx() else 'tensorrt'
    return {f'{name}_{precision}': Variant('tensorrt', precision) for precision in precisions}


def eager_name(precision: str) -> str:
    """The variant that others of this precision are compared with."""
    return f'torch_eager_{precision}'


class NetworkSource:
    """The networks of one model's variants, on one device."""

    def __init__(self, model: ModelFiles, device: str, engine_folder: Path) -> None:
        self._model, self._device, self._folder = model, device, engine_folder
        self._backends: dict[tuple[str, str], TorchGpuBackend] = {}

    def network(self, variant: Variant, shape: Shape) -> DeviceNetwork:
        """For this batch, height and width; an engine is built where there is none.

        Raises:
            BackendError: it cannot be loaded, built, or is not the network's depth.
        """
        if variant.form == DEPLOYED:
            return self._backend(variant).network(shape)
        network: Any = load_checkpoint(verified_path(self._model, 'safetensors')).network
        with translated_errors('loading the network'):
            if variant.form == UNFOLDED:
                network = network.requires_grad_(False).to(self._device)
                return lambda image: network(image).full
            network = HalfPrecision(gpu_form(network)).requires_grad_(False)
            network = network.to(self._device, memory_format=torch.channels_last)
            return exact_network(network)

    def engine_bytes(self, variant: Variant, shape: Shape) -> int | None:
        """Of the engine's file; None where there is none."""
        backend = self._backend(variant)
        if not isinstance(backend, TensorRtBackend):
            return None
        path = backend.engine_path(shape)
        return path.stat().st_size if path.is_file() else None

    def close(self) -> None:
        """Frees the backends."""
        for backend in self._backends.values():
            backend.close()

    def _backend(self, variant: Variant) -> TorchGpuBackend:
        key = variant.backend, variant.precision
        if key not in self._backends:
            config = BackendConfig(
                precision=variant.precision, engine_cache_dir=self._folder, device=self._device
            )
            kind = TensorRtBackend if variant.backend == 'tensorrt' else TorchGpuBackend
            self._backends[key] = kind(self._model, config)
        return self._backends[key]
