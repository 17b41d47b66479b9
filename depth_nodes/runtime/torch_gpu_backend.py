"""The torch backend on a GPU: the deployed network, for the pipeline's CUDA graph."""

from __future__ import annotations

from collections import OrderedDict
import logging
from typing import NamedTuple

from jaxtyping import Float32
import numpy as np
import torch
from torch import nn

from depth_nodes.errors import BackendError
from depth_nodes.networks.half_precision import HalfPrecision
from depth_nodes.networks.registry import gpu_form
from depth_nodes.runtime.backend import BackendConfig, GPU
from depth_nodes.runtime.engine_key import Shape
from depth_nodes.runtime.model_store import ModelFiles
from depth_nodes.runtime.parity import require_parity
from depth_nodes.runtime.torch_network import (
    DeviceNetwork,
    exact_network,
    side_stream,
    translated_errors,
)
from depth_nodes.runtime.torch_weights import load_weights

MAX_NETWORKS = 2

logger = logging.getLogger(__name__)


class Networks(NamedTuple):
    """The network in float32: as it was trained, on the CPU, and as it is deployed."""

    trained: nn.Module
    deployed: nn.Module


class TorchGpuBackend:
    """The network in fp16 with its head in fp32, or all of it in fp32.

    What is not fp32 is compared with it on fixed frames before it is used.
    """

    name = 'torch'

    def __init__(self, model: ModelFiles, config: BackendConfig) -> None:
        """Loads the weights; on the GPU unless the CPU is asked for, as tests do.

        Raises:
            BackendError: torch finds no GPU, or cannot use it.
            CheckpointError: the file is missing, damaged, or of another network.
        """
        self.device = config.device or GPU
        self.precision = config.precision
        self.activity = ''
        if self.device == GPU and not torch.cuda.is_available():
            raise BackendError(
                'torch finds no GPU; install a CUDA build of torch and an NVIDIA driver, '
                'or choose the backend onnx'
            )
        self._canonical = model.canonical
        trained = load_weights(model).network
        with translated_errors('loading the network'):
            deployed = self._on_device(gpu_form(trained))
        self._networks: Networks | None = Networks(trained, deployed)
        self._ready: OrderedDict[Shape, DeviceNetwork] = OrderedDict()
        self._refusals: dict[Shape, str] = {}

    @property
    def problem(self) -> str:
        """There is none."""
        return ''

    def network(self, shape: Shape) -> DeviceNetwork:
        """The network for this batch, height and width; the last ones are kept.

        Raises:
            BackendError: there is none for this shape; so is every further try, at once.
        """
        networks = self._networks
        if networks is None:
            raise BackendError(f'the {self.name} backend is closed')
        if shape in self._refusals:
            raise BackendError(self._refusals[shape])
        ready = self._ready.pop(shape, None)
        if ready is None:
            try:
                with translated_errors('the network for {}x{}x{}'.format(*shape)):
                    ready = self._load(networks, shape)
            except BackendError as error:
                self._refusals[shape] = str(error)
                raise
        self._ready[shape] = ready
        if len(self._ready) > MAX_NETWORKS:
            self._ready.popitem(last=False)
        return ready

    def shapes_at_start(self, wanted: list[Shape]) -> list[Shape]:
        """Every shape is ready soon."""
        return wanted

    def infer(
        self, image: Float32[np.ndarray, '1 3 height width']
    ) -> Float32[np.ndarray, '1 1 height width']:
        """The sigmoid output of the network, brought to the CPU."""
        _, _, height, width = image.shape
        network = self.network((1, height, width))
        with translated_errors(f'an input of shape {image.shape}'), torch.inference_mode():
            return network(torch.from_numpy(image).to(self.device)).cpu().numpy()

    def close(self) -> None:
        """Frees the weights."""
        self._networks = None
        self._ready.clear()
        self._refusals.clear()

    def _load(self, networks: Networks, shape: Shape) -> DeviceNetwork:
        if self.precision == 'fp32':
            return exact_network(networks.deployed)
        network = exact_network(self._on_device(HalfPrecision(networks.deployed)))
        self._check(network, networks, shape)
        return network

    def _on_device(self, network: nn.Module) -> nn.Module:
        """Copies it; other streams than the current one would not wait for that by themselves."""
        network = network.requires_grad_(False).to(self.device)
        if self.device == GPU:
            torch.cuda.synchronize()
        return network

    def _check(self, candidate: DeviceNetwork, networks: Networks, shape: Shape) -> None:
        """Refuses what gives another depth than float32.

        Raises:
            EngineMismatchError: it does.
        """
        with side_stream(self.device):
            abs_rel = require_parity(
                candidate,
                exact_network(networks.deployed),
                shape,
                self.precision,
                canonical=self._canonical,
                device=self.device,
            )
        logger.info('backend %s: depth within %.3f %% of fp32', self.name, 100 * abs_rel)
