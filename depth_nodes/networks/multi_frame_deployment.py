"""MultiFrameDepth as ONNX Runtime runs it: full resolution only, fused, the same function."""

from __future__ import annotations

import copy

from jaxtyping import Float
import torch
from torch import nn, Tensor

from depth_nodes.networks.deployment import DeployedSmallDepth
from depth_nodes.networks.hqdec_v2 import DeployedHqDecV2
from depth_nodes.networks.multi_frame_depth import MultiFrameDepth, PreviousFrames
from depth_nodes.networks.registry import deployed_form


class DeployedMultiFrameDepth(nn.Module):
    """An image and one before it to the sigmoid output, for inference alone.

    Where the camera has not moved, nothing of the image before is computed.
    """

    def __init__(self, network: MultiFrameDepth) -> None:
        super().__init__()
        single = deployed_form(network.single)
        assert isinstance(single, (DeployedSmallDepth, DeployedHqDecV2))
        self.single = single
        self.network = copy.deepcopy(network).eval()
        self.network.single = single  # type: ignore[assignment]  # for the frame before too

    def forward(
        self,
        image: Float[Tensor, '1 3 height width'],
        previous_image: Float[Tensor, '1 3 height width'],
        previous_from_current: Float[Tensor, '1 4 4'],
        intrinsics: Float[Tensor, '1 3 3'],
    ) -> Float[Tensor, '1 1 height width']:
        """As `MultiFrameDepth.predict_matched` for one previous frame."""
        *finer, level = self.single.fine_features(image)
        level = torch.cond(
            self.network.moves(previous_from_current)[0],
            self._fused,
            _unchanged,
            (level, previous_image, previous_from_current, intrinsics),
        )
        return self.single.from_fine([*finer, level])

    def _fused(self, level: Tensor, image: Tensor, pose: Tensor, intrinsics: Tensor) -> Tensor:
        previous = PreviousFrames(image[:, None], pose[:, None], intrinsics)
        return self.network.fused(level, previous)[0]


def _unchanged(level: Tensor, *_: Tensor) -> Tensor:
    return level.clone()  # cond gives nothing back that it was given
