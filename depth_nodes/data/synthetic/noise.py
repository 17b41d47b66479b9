"""Fractal value noise from one precomputed tile, with a pyramid against aliasing."""

from __future__ import annotations

import math

from jaxtyping import Float32
import numpy as np

TILE_TEXELS = 512
TILE_PERIOD = 8.0  # units of the pattern after which the noise repeats
NUM_LEVELS = 9
NUM_HASHES = 4096


def _fractal_tile() -> Float32[np.ndarray, 'height width']:
    """Octaves of smoothed random numbers, 0..1 with mean 1/2."""
    generator = np.random.Generator(np.random.PCG64(20240501))
    tile = np.zeros((TILE_TEXELS, TILE_TEXELS))
    for octave in range(6):
        cells = int(TILE_PERIOD) << octave
        values = generator.uniform(-1, 1, (cells, cells))
        tile += _enlarged(_enlarged(values, 0), 1) * 0.55**octave
    return np.clip(0.5 + tile * (0.2 / tile.std()), 0, 1).astype(np.float32)


def _enlarged(values: np.ndarray, axis: int) -> np.ndarray:
    cells = values.shape[axis]
    position = (np.arange(TILE_TEXELS) + 0.5) * cells / TILE_TEXELS
    cell = np.floor(position).astype(int)
    weight = position - cell
    weight = weight * weight * (3 - 2 * weight)
    shape = [1, 1]
    shape[axis] = -1
    first = np.take(values, cell % cells, axis)
    second = np.take(values, (cell + 1) % cells, axis)
    return first + (second - first) * weight.reshape(shape)


def _pyramid() -> tuple[Float32[np.ndarray, ' texel'], np.ndarray, np.ndarray]:
    """All levels in one array, with each level's start and side."""
    level = _fractal_tile()
    levels = []
    for _ in range(NUM_LEVELS):
        levels.append(level.ravel())
        half = level.shape[0] // 2
        level = level.reshape(half, 2, half, 2).mean((1, 3))
    sides = np.array([math.isqrt(values.size) for values in levels], np.int32)
    starts = np.cumsum([0, *[values.size for values in levels[:-1]]]).astype(np.int32)
    return np.concatenate(levels), starts, sides


TEXELS, STARTS, SIDES = _pyramid()
HASHES = np.random.Generator(np.random.PCG64(7)).random(NUM_HASHES, dtype=np.float32)


def fractal_noise(
    u: Float32[np.ndarray, ' point'],
    v: Float32[np.ndarray, ' point'],
    width: Float32[np.ndarray, ' point'],
) -> Float32[np.ndarray, ' point']:
    """Noise in 0..1, mean 1/2, largest features about 1 unit; `width`: the pixel's footprint."""
    texels = np.maximum(width * (TILE_TEXELS / TILE_PERIOD), 1)
    level = np.minimum(np.log2(texels) + 0.5, NUM_LEVELS - 1).astype(np.int32)
    side, start = SIDES[level], STARTS[level]
    scale = side.astype(np.float32) / np.float32(TILE_PERIOD)
    x, y = u * scale - 0.5, v * scale - 0.5
    column, row = np.floor(x), np.floor(y)
    weight_x, weight_y = x - column, y - row
    mask = side - 1
    left, top = column.astype(np.int32) & mask, row.astype(np.int32) & mask
    right = (left + 1) & mask
    upper, lower = start + top * side, start + ((top + 1) & mask) * side
    above = _mix(TEXELS[upper + left], TEXELS[upper + right], weight_x)
    below = _mix(TEXELS[lower + left], TEXELS[lower + right], weight_x)
    return _mix(above, below, weight_y)


def _mix(first: np.ndarray, second: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return first + (second - first) * weight


def cell_hash(
    column: Float32[np.ndarray, ' point'], row: Float32[np.ndarray, ' point']
) -> Float32[np.ndarray, ' point']:
    """A random number in 0..1 for every integer cell."""
    i, j = column.astype(np.int64), row.astype(np.int64)
    key = i * 7919 + j * 104729 + (i ^ (j << 3)) * 31
    return HASHES[key & (NUM_HASHES - 1)]
