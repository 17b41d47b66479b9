"""The torch backend without a GPU: the oracle for the others, and the last resort of `auto`."""

from __future__ import annotations

from jaxtyping import Float32
import numpy as np
import torch
from torch import nn

from depth_nodes.errors import BackendError, first_line
from depth_nodes.networks.blocks.sparse import fold_batch_norm
from depth_nodes.networks.checkpoints import load_checkpoint
from depth_nodes.runtime.backend import BackendConfig
from depth_nodes.runtime.model_store import ModelFiles, verified_path


class TorchBackend:
    """The network on the CPU: batch norms folded and channels last, or as it was trained."""

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
        network = load_checkpoint(verified_path(model, 'safetensors')).network
        torch.set_num_threads(config.thread_count)
        self._memory_format = torch.contiguous_format
        if is_folded:
            self._memory_format = torch.channels_last
            network = fold_batch_norm(network).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._network: nn.Module | None = network

    @torch.inference_mode()
    def infer(
        self, image: Float32[np.ndarray, '1 3 height width']
    ) -> Float32[np.ndarray, '1 1 height width']:
        """The sigmoid output of the network."""
        if self._network is None:
            raise BackendError('the torch backend is closed')
        tensor = torch.from_numpy(image).contiguous(memory_format=self._memory_format)
        try:
            return self._network(tensor).full.numpy()
        except RuntimeError as error:
            reason = first_line(error)
            raise BackendError(
                f'torch failed on an input of shape {image.shape}: {reason}'
            ) from error

    def close(self) -> None:
        """Frees the weights."""
        self._network = None
