"""Sizes that the network takes: its stride divides both sides."""

from __future__ import annotations

STRIDE, MIN_SIDE_PX = 32, 96


def scaled_size(size: tuple[int, int], scale: float) -> tuple[int, int]:
    """(height, width) times a scale [px], each rounded to a multiple of 32, at least 96."""
    height, width = (max(round(side * scale / STRIDE) * STRIDE, MIN_SIDE_PX) for side in size)
    return height, width
