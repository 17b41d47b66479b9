"""The torch backend of a network that looks at the frame before as well; on the CPU."""

from __future__ import annotations

from jaxtyping import Float32
import numpy as np
import torch
from torch import Tensor

from depth_nodes.networks.depth_network import DepthNetwork, Prediction
from depth_nodes.networks.multi_frame_depth import MultiFrameDepth, PreviousFrames
from depth_nodes.runtime.previous_view import PreviousView
from depth_nodes.runtime.torch_backend import TorchBackend


class MultiFrameTorchBackend(TorchBackend):
    """`infer` looks at one image alone."""

    @torch.inference_mode()
    def infer_after(
        self, image: Float32[np.ndarray, '1 3 height width'], previous: PreviousView
    ) -> Float32[np.ndarray, '1 1 height width']:
        """The sigmoid output of an image, with what the frame before shows of it."""
        pose, intrinsics = (torch.from_numpy(matrix.astype(np.float32)) for matrix in previous[1:])
        earlier = torch.from_numpy(previous.image)
        frames = PreviousFrames(earlier[None], pose[None, None], intrinsics[None])

        def predict(network: DepthNetwork, tensor: Tensor) -> Prediction:
            assert isinstance(network, MultiFrameDepth)
            return network.predict_matched(tensor, frames)[0]

        return self._run(image, predict)
