"""`Preprocessor`'s resize on torch tensors: the same grey levels as OpenCV's, on any device.

A GPU spends its time on launches here, not on arithmetic: each step is a handful of operations,
and padding is a part of the tables that they read.
"""

from __future__ import annotations

from collections.abc import Callable

from jaxtyping import Float32, Int16, Integer, Num, UInt8
import numpy as np
import torch
from torch import Tensor

from depth_nodes.runtime.preprocess import Fit, MIN_SHRINK_TO_HALVE
from depth_nodes.runtime.resize_taps import area_taps, linear_taps, shrink_factor, Taps

ROWS, COLUMNS = 1, 2
# OpenCV interpolates 8 bits with weights of 11 bits, and drops some bits on the way.
WEIGHT_ONE = 1 << 11
DROPPED_BITS = (4, 16, 2)

Step = Callable[[Tensor], Tensor]


class ImageResize:
    """Images of one size to the grey levels 0..255 of the network's input, padding included.

    On a CPU every level is OpenCV's where one pixel is made from fewer than 16 by 16. Beyond, and
    on a GPU, torch may add in another order: that turns levels that lie midway between two.
    """

    def __init__(self, height_px: int, width_px: int, fit: Fit, device: torch.device) -> None:
        self._steps: list[Step] = []
        content = (fit.content_height_px, fit.content_width_px)
        padded = (fit.padded_height_px, fit.padded_width_px)
        size = (height_px, width_px)
        while _is_halved(size, content):
            self._steps.append(_Halving(device))
            size = (size[0] // 2, size[1] // 2)
        scales = [shrink_factor(*pair) for pair in zip(size, content, strict=True)]
        if size == content or (fit.scale < 1 and all(_is_whole(scale) for scale in scales)):
            if size != content:
                block = (round(scales[0]), round(scales[1]))
                self._steps.append(_Halving(device) if block == (2, 2) else _BlockMean(*block))
            if content != padded:
                self._steps.append(_Padding(content, padded, device))
        else:
            resample = _AreaMean if fit.scale < 1 else _Enlargement
            self._steps.append(resample(size, content, padded, device))

    def __call__(
        self, images: UInt8[Tensor, 'batch height width 3']
    ) -> Num[Tensor, 'batch padded_height padded_width 3']:
        """Whole numbers, of the type that the arithmetic left."""
        levels = images
        for step in self._steps:
            levels = step(levels)
        return levels


def _is_halved(size: tuple[int, int], content: tuple[int, int]) -> bool:
    """Whether `Preprocessor` averages 2x2 pixels first."""
    shrink = min(size[0] / content[0], size[1] / content[1])
    return size[0] % 2 == 0 and size[1] % 2 == 0 and shrink >= MIN_SHRINK_TO_HALVE


def _is_whole(scale: float) -> bool:
    return bool(abs(scale - round(scale)) < np.finfo(np.float64).eps)


class _Halving:
    """Mean of 2x2 pixels, halves rounded up."""

    def __init__(self, device: torch.device) -> None:
        self._one = torch.ones(1, dtype=torch.int16, device=device)

    def __call__(
        self, levels: Integer[Tensor, 'batch height width 3']
    ) -> Int16[Tensor, 'batch half_height half_width 3']:
        # The factor is what makes it a sum of 16 bits: `sum` would copy the image to those first.
        pairs = torch.addcmul(levels[:, 0::2], levels[:, 1::2], self._one)
        sums = pairs[:, :, 0::2] + pairs[:, :, 1::2]
        return sums.add_(2).bitwise_right_shift_(2)


class _BlockMean:
    """Mean of whole blocks other than 2x2, halves rounded to even."""

    def __init__(self, num_rows: int, num_columns: int) -> None:
        self._num_rows, self._num_columns = num_rows, num_columns

    def __call__(
        self, levels: Integer[Tensor, 'batch height width 3']
    ) -> Float32[Tensor, 'batch new_height new_width 3']:
        blocks = levels.unflatten(COLUMNS, (-1, self._num_columns))
        blocks = blocks.unflatten(ROWS, (-1, self._num_rows))
        sums = blocks.sum((2, 4), dtype=torch.float32)
        return sums.mul_(1 / (self._num_rows * self._num_columns)).round_()


class _Padding:
    """Repeats the last row and column."""

    def __init__(
        self, content: tuple[int, int], padded: tuple[int, int], device: torch.device
    ) -> None:
        self._indices = [
            torch.arange(large, device=device).clamp_(max=small - 1)
            for small, large in zip(content, padded, strict=True)
        ]

    def __call__(
        self, levels: Num[Tensor, 'batch height width 3']
    ) -> Num[Tensor, 'batch padded_height padded_width 3']:
        rows, columns = self._indices
        return levels.index_select(ROWS, rows).index_select(COLUMNS, columns)


class _AreaMean:
    """Each pixel the mean of what it covers, columns first, as INTER_AREA shrinks."""

    def __init__(
        self,
        size: tuple[int, int],
        content: tuple[int, int],
        padded: tuple[int, int],
        device: torch.device,
    ) -> None:
        taps = [area_taps(*pair) for pair in zip(size, content, strict=True)]
        self._rows, self._columns = _weighted_axes(taps, padded, device)

    def __call__(
        self, levels: Integer[Tensor, 'batch height width 3']
    ) -> Float32[Tensor, 'batch padded_height padded_width 3']:
        narrow = self._columns(levels).sum(COLUMNS)
        return self._rows(narrow).sum(ROWS).round_()


class _Enlargement:
    """INTER_LINEAR on 8 bits: in whole numbers, columns first."""

    def __init__(
        self,
        size: tuple[int, int],
        content: tuple[int, int],
        padded: tuple[int, int],
        device: torch.device,
    ) -> None:
        taps = [_fixed_point_taps(*pair) for pair in zip(size, content, strict=True)]
        self._rows, self._columns = _weighted_axes(taps, padded, device)

    def __call__(
        self, levels: UInt8[Tensor, 'batch height width 3']
    ) -> Integer[Tensor, 'batch padded_height padded_width 3']:
        first, second, third = DROPPED_BITS
        wide = self._columns(levels).sum(COLUMNS, dtype=torch.int32).bitwise_right_shift_(first)
        large = self._rows(wide).bitwise_right_shift_(second).sum(ROWS, dtype=torch.int32)
        return large.add_(1 << (third - 1)).bitwise_right_shift_(third)


def _weighted_axes(
    taps: list[Taps], padded: tuple[int, int], device: torch.device
) -> list[_WeightedTaps]:
    """Of rows and columns, repeated into the padding."""
    return [
        _WeightedTaps(one.padded(side), axis, device)
        for one, side, axis in zip(taps, padded, (ROWS, COLUMNS), strict=True)
    ]


def _fixed_point_taps(size_from: int, size_to: int) -> Taps:
    indices, weights = linear_taps(size_from, size_to, np.float32)
    return Taps(indices, np.rint(weights * WEIGHT_ONE).astype(np.int32))


class _WeightedTaps:
    """The weighted pixels along one axis, tap by tap, for a sum over the taps."""

    def __init__(self, taps: Taps, axis: int, device: torch.device) -> None:
        self._axis, self._num_taps = axis, len(taps.indices)
        self._indices = torch.from_numpy(taps.indices.ravel()).to(device)
        # Behind the axis lie the rest of the image's axes; one weight counts for all of them.
        behind = (1,) * (3 - axis)
        self._weights = torch.from_numpy(taps.weights.reshape(*taps.weights.shape, *behind))
        self._weights = self._weights.to(device)

    def __call__(
        self, levels: Num[Tensor, 'batch height width 3']
    ) -> Num[Tensor, 'batch _ _ _ 3']:
        taken = levels.index_select(self._axis, self._indices)
        return taken.unflatten(self._axis, (self._num_taps, -1)) * self._weights
