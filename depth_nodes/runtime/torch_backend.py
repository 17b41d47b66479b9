"""The torch backend without a GPU: the oracle for the others, and the last resort of `auto`."""

from __future__ import annotations

from collections.abc import Callable

from jaxtyping import Float32
import numpy as np
import torch
from torch import Tensor

from depth_nodes.errors import BackendError, first_line
from depth_nodes.networks.blocks.sparse import fold_batch_norm
from depth_nodes.networks.depth_network import DepthNetwork, Prediction
from depth_nodes.runtime.backend import BackendConfig
from depth_nodes.runtime.model_store import ModelFiles
from depth_nodes.runtime.torch_weights import load_weights


class TorchBackend:
    """The network on the CPU: batch norms folded and channels last, or as it was trained.

    Attributes:
        prior_entropy: of the last input [nat], where the network looks a prior bank up; else None.
    """

    name = 'torch'
    device = 'cpu'
    precision = 'fp32'

    def __init__(
        self, model: ModelFiles, config: BackendConfig, *, is_folded: bool = True
    ) -> None:
        """Loads the weights; the number of threads is that of the whole process.

        Raises:
            CheckpointError: the file is missing, damaged, or of another network.
        """
        network = load_weights(model).network
        torch.set_num_threads(config.thread_count)
        self._memory_format = torch.contiguous_format
        self.prior_entropy: float | None = None
        if is_folded:
            self._memory_format = torch.channels_last
            network = fold_batch_norm(network).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        assert isinstance(network, DepthNetwork)
        self._network: DepthNetwork | None = network

    @torch.inference_mode()
    def infer(
        self, image: Float32[np.ndarray, '1 3 height width']
    ) -> Float32[np.ndarray, '1 1 height width']:
        """The sigmoid output of the network."""
        return self._run(image, lambda network, tensor: network.predict(tensor))

    def _run(
        self,
        image: Float32[np.ndarray, '1 3 height width'],
        predict: Callable[[DepthNetwork, Tensor], Prediction],
    ) -> Float32[np.ndarray, '1 1 height width']:
        if self._network is None:
            raise BackendError('the torch backend is closed')
        tensor = torch.from_numpy(image).contiguous(memory_format=self._memory_format)
        try:
            output, _, retrieved = predict(self._network, tensor)
        except RuntimeError as error:
            reason = first_line(error)
            raise BackendError(
                f'torch failed on an input of shape {image.shape}: {reason}'
            ) from error
        if retrieved is not None:
            self.prior_entropy = float(retrieved.entropy.mean())
        return output.full.numpy()

    def close(self) -> None:
        """Frees the weights."""
        self._network = None
