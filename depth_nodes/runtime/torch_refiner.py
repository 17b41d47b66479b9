"""A refiner's networks in torch: on a GPU where there is one, and the oracle for the others."""

from __future__ import annotations

from jaxtyping import Float32
import numpy as np
import torch

from depth_nodes.errors import BackendError
from depth_nodes.networks.checkpoints import load_checkpoint
from depth_nodes.networks.depth_network import DepthNetwork
from depth_nodes.networks.patch_refiner_v2.depth_network_maps import coarse_maps_from_depth_network
from depth_nodes.networks.registry import REFINERS
from depth_nodes.runtime.backend import BackendConfig, CPU, GPU
from depth_nodes.runtime.manifest import ModelFiles
from depth_nodes.runtime.model_store import verified_path
from depth_nodes.runtime.refiner_backend import CoarseView
from depth_nodes.runtime.torch_network import translated_errors

NUM_TILES_ON_GPU = 4


class TorchRefiner:
    """Both networks as they were trained, in float32."""

    name = 'torch'

    def __init__(self, model: ModelFiles, config: BackendConfig) -> None:
        """Loads the weights; the number of threads is that of the whole process.

        Raises:
            BackendError: there is no GPU, and one was asked for.
            CheckpointError: a file is missing, damaged, or of another network.
        """
        assert model.coarse is not None, 'depth networks refine nothing'
        has_gpu = torch.cuda.is_available()
        self.device = config.device or (GPU if has_gpu else CPU)
        if self.device == GPU and not has_gpu:
            raise BackendError('torch finds no GPU; choose another backend')
        self.num_tiles = NUM_TILES_ON_GPU if self.device == GPU else 1
        coarse = load_checkpoint(verified_path(model.coarse, 'safetensors'))
        refiner = load_checkpoint(verified_path(model, 'safetensors'), REFINERS)
        torch.set_num_threads(config.thread_count)
        self._canonical = coarse.canonical
        assert isinstance(coarse.network, DepthNetwork), 'the registry holds no other'
        self._coarse = coarse.network.to(self.device)
        self._refiner = refiner.network.to(self.device)

    @torch.inference_mode()
    def look(self, image: Float32[np.ndarray, '1 3 height width']) -> CoarseView:
        """The coarse view of a whole image."""
        tensor = torch.from_numpy(image).to(self.device)
        with translated_errors(f'an image of shape {image.shape}'):
            maps = coarse_maps_from_depth_network(self._coarse, tensor, self._canonical)
            return CoarseView(maps.depth[0, 0].cpu().numpy(), maps)

    @torch.inference_mode()
    def residuals(
        self,
        tiles: Float32[np.ndarray, 'tile 3 tile_height tile_width'],
        boxes: Float32[np.ndarray, 'tile 4'],
        view: CoarseView,
    ) -> Float32[np.ndarray, 'tile tile_height tile_width']:
        """What the coarse depth of tiles lacks."""
        inputs = (torch.from_numpy(one).to(self.device) for one in (tiles, boxes))
        with translated_errors(f'tiles of shape {tiles.shape}'):
            return self._refiner(*inputs, view.maps).residual[:, 0].cpu().numpy()

    def close(self) -> None:
        """Frees the weights."""
        del self._coarse, self._refiner
