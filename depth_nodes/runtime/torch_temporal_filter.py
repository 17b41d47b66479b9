"""`TemporalFilter` on torch tensors: all cameras in one run, their state on the device."""

from __future__ import annotations

from typing import NamedTuple

from jaxtyping import Float32
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, pad

from depth_nodes.runtime.temporal_filter import (
    CONFIDENCE_BLUR_PX,
    DISAGREEMENT,
    GREY_BLUR_PX,
    GREY_CHANGE,
    LOG_CHANGE,
    SAMPLE_STRIDE,
    SMALLEST,
    STILL_SHARE,
)

Maps = Float32[Tensor, 'batch 1 height width']
PerCamera = Float32[Tensor, 'batch 1 1 1']


class Turn(NamedTuple):
    """What a run is told of each camera.

    Attributes:
        gain: as of `TemporalFilter`.
        goes_on: 1 where the frame before may be used, else 0.
        is_new: 1 where there is a frame, 0 where the last one is only computed again.
    """

    gain: PerCamera
    goes_on: PerCamera
    is_new: PerCamera


class TorchTemporalFilter:
    """The same as a `TemporalFilter` for each camera; a CUDA graph can hold it."""

    def __init__(self, shape: tuple[int, int, int], device: torch.device) -> None:
        """Of inverse depth: batch, height and width."""
        batch, height, width = shape
        self._log_inverse_depth = torch.zeros((batch, 1, height, width), device=device)
        self._grey = torch.zeros((batch, 1, height, width), device=device)

    def __call__(self, inverse_depth: Maps, brightness: Maps, turn: Turn) -> tuple[Maps, Maps]:
        """Smoothed inverse depth and confidence, 0..1."""
        new = inverse_depth.clamp_min(SMALLEST).log()
        grey = _blurred(brightness, GREY_BLUR_PX)
        difference = (new - self._log_inverse_depth).nan_to_num(nan=0.0)
        scale = _medians(difference)
        difference = difference - scale
        size = torch.where(new.isnan(), 1.0, difference.abs()).clamp_max(1.0)
        confidence = turn.goes_on * (_blurred(size, CONFIDENCE_BLUR_PX) / -DISAGREEMENT).exp()

        change = grey - self._grey
        stillness = _rest(change - _medians(change), GREY_CHANGE)
        is_still = stillness.mean((2, 3), keepdim=True) > STILL_SHARE
        pull = stillness * _rest(difference, LOG_CHANGE) * difference + is_still * scale
        steadied = new - turn.goes_on * (1 - turn.gain) * pull
        for state, value in ((self._log_inverse_depth, steadied), (self._grey, grey)):
            state.copy_(torch.where(turn.is_new > 0, value, state))
        return steadied.exp(), confidence


def _rest(change: Maps, limit: float) -> Maps:
    return (2 - change.abs() / limit).clamp(0, 1)


def _medians(values: Maps) -> PerCamera:
    sample = values[..., ::SAMPLE_STRIDE, ::SAMPLE_STRIDE].flatten(1)
    return sample.median(1).values[:, None, None, None]


def _blurred(values: Maps, size_px: int) -> Maps:
    half = size_px // 2
    return avg_pool2d(pad(values, (half,) * 4, mode='replicate'), size_px, stride=1)
