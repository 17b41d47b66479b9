"""The coarse-to-fine module of PatchRefiner V2 (arXiv 2501.01121): features without noise."""

from __future__ import annotations

from typing import NamedTuple

from jaxtyping import Float
from torch import nn, Tensor
import torch.nn.functional as F

from depth_nodes.networks.blocks.sparse import in_full_precision
from depth_nodes.networks.patch_refiner_v2.config import PatchRefinerConfig
from depth_nodes.networks.patch_refiner_v2.guided_denoising import GuidedDenoising
from depth_nodes.networks.patch_refiner_v2.layers import conv3x3, resized


class Denoised(NamedTuple):
    """Features at strides 1 to 32, and the depth that they show by themselves."""

    features: list[Float[Tensor, 'tile _channel _height _width']]
    auxiliary_depth: Float[Tensor, 'tile 1 height width']


class CoarseToFine(nn.Module):
    """From stride 32 to 1; the coarse features guide every step."""

    def __init__(self, encoder_channels: tuple[int, ...], config: PatchRefinerConfig) -> None:
        super().__init__()
        first, *guides = config.coarse_channels
        self.projections = nn.ModuleList(
            conv3x3(channels, config.width) for channels in encoder_channels
        )
        last = len(guides) - 1
        self.stages = nn.ModuleList(
            Stage(config.width, channels, use_gates=config.use_gates, is_last=level == last)
            for level, channels in enumerate(guides)
        )
        self.head = Head(config.width, first, use_gate=config.use_gates)

    def forward(
        self,
        encoded: list[Float[Tensor, 'tile _channel _height _width']],
        guides: list[Float[Tensor, 'tile _channel _height _width']],
    ) -> Denoised:
        """Encoder features at strides 2 to 32, coarse ones at 1 to 32."""
        projected = [
            project(level) for project, level in zip(self.projections, encoded, strict=True)
        ]
        features = [projected[-1]]
        coarser = None
        for level in reversed(range(len(projected))):
            size = guides[level].shape[-2:]
            mixed = self.stages[level](projected[level], guides[level + 1], coarser)
            coarser = resized(mixed, size)
            features.insert(0, coarser)
        features[0], auxiliary_depth = self.head(features[0], guides[0])
        return Denoised(features, auxiliary_depth)


class Stage(nn.Module):
    """One stride: what comes from below takes in the encoder's features, and is denoised."""

    def __init__(self, width: int, guide_channels: int, *, use_gates: bool, is_last: bool) -> None:
        super().__init__()
        self.admit: nn.Module | None = None
        if not is_last:
            self.admit = GuidedDenoising(width, guide_channels, use_gate=use_gates)
        self.denoise = GuidedDenoising(width, guide_channels, use_gate=use_gates)
        # Before the resize that follows, which it commutes with: a fourth of the pixels.
        self.mix = nn.Conv2d(width, width, 1)

    def forward(
        self,
        projected: Float[Tensor, 'tile width height width_px'],
        guide: Float[Tensor, 'tile guide_channel height width_px'],
        coarser: Float[Tensor, 'tile width height width_px'] | None,
    ) -> Float[Tensor, 'tile width height width_px']:
        """The stride's features; nothing is coarser than the last."""
        merged = projected
        if self.admit is not None:
            merged = coarser + self.admit(projected, guide)
        return self.mix(self.denoise(merged, guide))


class Head(nn.Module):
    """Full resolution, in as many channels as the coarse features have there."""

    def __init__(self, width: int, channels: int, *, use_gate: bool) -> None:
        super().__init__()
        self.narrow = nn.Sequential(
            conv3x3(width, width // 2, bias=True),
            conv3x3(width // 2, channels, bias=True),
        )
        self.denoise = GuidedDenoising(channels, channels, use_gate=use_gate)
        self.mix = nn.Conv2d(channels, channels, 1)
        self.depth = nn.Conv2d(channels, 1, 1)
        nn.init.normal_(self.depth.weight, mean=1.0, std=1.0)
        assert self.depth.bias is not None
        nn.init.zeros_(self.depth.bias)

    def forward(
        self,
        features: Float[Tensor, 'tile width height width_px'],
        guide: Float[Tensor, 'tile channel height width_px'],
    ) -> tuple[
        Float[Tensor, 'tile channel height width_px'], Float[Tensor, 'tile 1 height width_px']
    ]:
        """Features and depth."""
        narrowed = F.relu(self.narrow(features))
        mixed = self.mix(self.denoise(narrowed, guide))
        return mixed, in_full_precision(self.depth, mixed)
