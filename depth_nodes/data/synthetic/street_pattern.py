"""Patterns of streets, registered in `texture.PATTERNS`: value 0..1 through the palette."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from jaxtyping import Float32
import numpy as np

from depth_nodes.data.synthetic.noise import cell_hash, fractal_noise

Values = Float32[np.ndarray, ' point']


@runtime_checkable
class Footprints(Protocol):
    """What `texture.Footprints` offers: coordinates and the size of the pixels there, in units."""

    @property
    def u(self) -> Values:
        """Along the surface."""

    @property
    def v(self) -> Values:
        """Up the surface, or across it."""

    @property
    def width(self) -> Values:
        """Size of a pixel."""


def _noise(at: Footprints, rate: float, shift: float = 0.0) -> Values:
    """Noise with `rate` features per unit."""
    return fractal_noise(at.u * rate + shift, at.v * rate + shift * 1.7, at.width * rate)


def _line(field: Values, level: float, half_width: float) -> Values:
    """1 where a smooth field crosses a level: cracks and veins."""
    return np.clip(1 - np.abs(field - level) / half_width, 0, 1)


def asphalt(at: Footprints, aspect: float) -> Values:
    """Gravel and stains about 0.6, cracks towards 0, repaired patches darker."""
    stain = _noise(at, 0.6)
    gravel = _noise(at, 12.0, 3.0)
    value = 0.64 + (stain - 0.5) * 0.32 + (gravel - 0.5) * 0.55
    patch = np.clip((_noise(at, 0.35, 5.0) - 0.68) * 10, 0, 1)
    value = value - 0.16 * patch
    fade = np.clip(1.2 - at.width * 4, 0, 1)
    crack = _line(_noise(at, 0.45, 11.0), 0.42, 0.006) + _line(_noise(at, 0.8, 2.0), 0.6, 0.006)
    return np.clip(value - 0.6 * np.minimum(crack, 1) * fade, 0, 1).astype(np.float32)


def lawn(at: Footprints, aspect: float) -> Values:
    """Blades on top of broad changes of wetness and height."""
    broad = _noise(at, 0.25)
    tuft = _noise(at, 2.5, 1.0)
    blade = _noise(at, 14.0, 4.0)
    value = 0.5 + (broad - 0.5) * 0.8 + (tuft - 0.5) * 0.6 + (blade - 0.5) * 0.9
    return np.clip(value, 0, 1)


def foliage(at: Footprints, aspect: float) -> Values:
    """Clumps of leaves: dark gaps between bright tips."""
    clump = _noise(at, 1.0)
    leaf = _noise(at, 6.0, 2.0)
    fine = _noise(at, 17.0, 6.0)
    value = 0.48 + (clump - 0.5) * 1.0 + (leaf - 0.5) * 1.3 + (fine - 0.5) * 0.8
    return np.clip(value, 0, 1)


def weathered(at: Footprints, aspect: float) -> Values:
    """Plaster and concrete: fine grain, stains, streaks that rain has left."""
    fine = _noise(at, 9.0)
    stain = _noise(at, 0.7, 3.0)
    streak = fractal_noise(at.u * 3.0 + 7, at.v * 0.2 + 1, at.width * 3)
    dirt = np.clip((stain - 0.55) * 3, 0, 1) * 0.5 + np.clip((streak - 0.6) * 3, 0, 1) * 0.4
    return np.clip(0.8 + (fine - 0.5) * 0.35 - dirt, 0, 1)


def roof_tiles(at: Footprints, aspect: float) -> Values:
    """Rows with a shadow under each; single tiles differ."""
    row = np.floor(at.v)
    column = np.floor(at.u * 1.4 + 0.5 * (row % 2))
    shade = cell_hash(column, row)
    edge = np.clip(1 - (at.v - row) * 5, 0, 1)
    wave = 0.12 * np.cos(2 * np.pi * (at.u * 1.4 + 0.5 * (row % 2)))
    near = np.clip(1.5 - at.width * 1.5, 0, 1)
    detail = 0.35 * (shade - 0.5) + wave - 0.45 * edge + 0.09
    moss = (_noise(at, 0.4) - 0.5) * 0.5
    return np.clip(0.62 + detail * near + moss, 0, 1).astype(np.float32)


def slats(at: Footprints, aspect: float) -> Values:
    """Horizontal slats with dark gaps."""
    part = at.v - np.floor(at.v)
    near = np.clip(1.5 - at.width * 1.5, 0, 1)
    return (0.8 + (np.clip(part * 5, 0, 1) * 0.9 - 0.7) * near).astype(np.float32)


def cobbles(at: Footprints, aspect: float) -> Values:
    """Small stones in wavy rows; the last colour is the joint's."""
    bend = (_noise(at, 0.2) - 0.5) * 2.5
    v = at.v + bend
    row = np.floor(v)
    u = at.u + cell_hash(row, row * 0)
    column = np.floor(u)
    x, y = u - column - 0.5, v - row - 0.5
    joint = np.clip((np.maximum(np.abs(x), np.abs(y)) - 0.38) * 8, 0, 1)
    near = np.clip(1.5 - at.width * 1.5, 0, 1)
    shade = 0.15 + 0.4 * cell_hash(column, row)
    value = shade * near + 0.35 * (1 - near)
    return np.clip(value + (1 - value) * joint * near * 0.9, 0, 1).astype(np.float32)
