"""`DepthFilters` on torch tensors, for a batch of cameras."""

from __future__ import annotations

import math
from typing import NamedTuple

from jaxtyping import Bool, Float32
import torch
from torch import Tensor

from depth_nodes.runtime.filter_config import FilterConfig
from depth_nodes.runtime.torch_flying_pixels import torch_flying_pixels
from depth_nodes.runtime.torch_temporal_filter import TorchTemporalFilter, Turn

Maps = Float32[Tensor, 'batch 1 height width']


class Steps(NamedTuple):
    """What a run does beside depth; each combination is a CUDA graph of its own."""

    with_points: bool
    flying_pixels: str
    is_temporal: bool

    @classmethod
    def of(
        cls, config: FilterConfig, *, with_points: bool, with_confidence: bool = False
    ) -> Steps:
        """The steps for what is wanted."""
        is_for_points = config.flying_pixels == 'points'
        return cls(
            with_points=with_points,
            flying_pixels=('keep' if is_for_points and not with_points else config.flying_pixels),
            is_temporal=config.is_temporal or with_confidence,
        )


class TorchFiltered(NamedTuple):
    """As `Filtered`."""

    inverse_depth: Maps
    hidden: Bool[Tensor, 'batch 1 height width'] | None
    confidence: Maps | None


class TorchDepthFilters:
    """Keeps what the temporal filter has to remember of every camera."""

    def __init__(self, shape: tuple[int, int, int], device: torch.device) -> None:
        """Of inverse depth: batch, height and width."""
        self._temporal = TorchTemporalFilter(shape, device)

    def __call__(
        self, inverse_depth: Maps, brightness: Maps, turn: Turn, steps: Steps
    ) -> TorchFiltered:
        """Runs the steps."""
        hidden = confidence = None
        if steps.is_temporal:
            inverse_depth, confidence = self._temporal(inverse_depth, brightness, turn)
        if steps.flying_pixels == 'all':
            is_flying = torch_flying_pixels(inverse_depth)
            inverse_depth = inverse_depth.masked_fill(is_flying, math.nan)
        elif steps.flying_pixels == 'points':
            hidden = torch_flying_pixels(inverse_depth)
        return TorchFiltered(inverse_depth, hidden, confidence)
