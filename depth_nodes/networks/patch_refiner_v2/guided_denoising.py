"""The guided denoising unit of PatchRefiner V2 (arXiv 2501.01121)."""

from __future__ import annotations

from jaxtyping import Float
import torch
from torch import nn, Tensor
import torch.nn.functional as F

from depth_nodes.networks.patch_refiner_v2.layers import ChannelNorm, conv3x3


class GuidedDenoising(nn.Module):
    """A residual filter, and a gate for each channel and pixel that the coarse features open.

    y = x + C3(ReLU(x)), and y * sigmoid(C1(ReLU(LN(C3([y, guide]))))).
    """

    def __init__(self, width: int, guide_channels: int, *, use_gate: bool) -> None:
        super().__init__()
        self.residual = conv3x3(width, width, bias=True)
        self.gate: nn.Module | None = None
        if use_gate:
            self.gate = nn.Sequential(
                conv3x3(width + guide_channels, width, bias=True),
                ChannelNorm(width),
                nn.ReLU(),
                nn.Conv2d(width, width, 1, bias=False),
                nn.Sigmoid(),
            )

    def forward(
        self,
        features: Float[Tensor, 'tile width height width_px'],
        guide: Float[Tensor, 'tile guide_channel height width_px'],
    ) -> Float[Tensor, 'tile width height width_px']:
        """The features without what the guide does not know."""
        refined = features + self.residual(F.relu(features))
        if self.gate is None:
            return refined
        return refined * self.gate(torch.cat((refined, guide), dim=1))
