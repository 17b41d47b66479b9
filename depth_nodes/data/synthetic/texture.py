"""Procedural patterns; each maps surface coordinates to a value 0..1 of the palette.

Edges are averaged over the pixel's footprint, so that far patterns fade instead of aliasing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import functools

from jaxtyping import Float32
import numpy as np

from depth_nodes.data.synthetic import street_pattern
from depth_nodes.data.synthetic.noise import cell_hash, fractal_noise
from depth_nodes.data.synthetic.scene import Colour, Material

PALETTE_SIZE = 256
Values = Float32[np.ndarray, ' point']


@dataclass(frozen=True, kw_only=True)
class Footprints:
    """Surface coordinates and the sizes of the pixels there, in any one unit."""

    u: Values
    v: Values
    width_u: Values
    width_v: Values

    @property
    def width(self) -> Values:
        """One size for both directions."""
        return np.maximum(self.width_u, self.width_v)


def albedo(material: Material, at: Footprints) -> Float32[np.ndarray, 'point 3']:
    """Linear reflectance of a surface at points given in metres."""
    inverse = 1 / material.scale_m
    scaled = Footprints(
        u=at.u * inverse + material.offset[0],
        v=at.v * inverse + material.offset[1],
        width_u=at.width_u * inverse,
        width_v=at.width_v * inverse,
    )
    value = PATTERNS[material.pattern](scaled, material.aspect)
    entry = np.clip(value * (PALETTE_SIZE - 1) + 0.5, 0, PALETTE_SIZE - 1).astype(np.intp)
    colour = linear_palette(material.palette)[entry]
    if material.grain > 0:
        grain = fractal_noise(at.u * 1.7 + 3, at.v * 1.7 + 5, at.width * 1.7)
        colour = colour * (1 + (grain * 2 - 1) * material.grain)[:, None]
    return colour


@functools.lru_cache(maxsize=2048)
def linear_palette(palette: tuple[Colour, ...]) -> Float32[np.ndarray, 'entry 3']:
    """Linear light for 256 steps through sRGB colours."""
    colours = np.array(palette, float) ** 2.2
    position = np.linspace(0, len(palette) - 1, PALETTE_SIZE)
    knots = np.arange(len(palette))
    channels = [np.interp(position, knots, colours[:, i]) for i in range(3)]
    return np.stack(channels, -1).astype(np.float32)


def pulse(x: Values, duty: float, width: Values) -> Values:
    """Share of [x - width/2, x + width/2] inside the intervals [n, n + duty], n integer."""
    width = np.maximum(width, 1e-4)
    covered = _pulse_integral(x + width / 2, duty) - _pulse_integral(x - width / 2, duty)
    return covered / width


def _pulse_integral(x: Values, duty: float) -> Values:
    whole = np.floor(x)
    return whole * duty + np.minimum(x - whole, duty)


def _noise(at: Footprints, aspect: float) -> Values:
    return fractal_noise(at.u, at.v * aspect, at.width)


def _checker(at: Footprints, aspect: float) -> Values:
    a = pulse(at.u / 2, 0.5, at.width_u / 2)
    b = pulse(at.v / 2, 0.5, at.width_v / 2)
    return a + b - 2 * a * b


def _stripes(at: Footprints, aspect: float) -> Values:
    """Vertical stripes; aspect = share of the second colour."""
    return pulse(at.u, min(aspect, 0.9) * 0.5, at.width_u)


def _tiles(at: Footprints, aspect: float) -> Values:
    """Tiles with joints; the last colour is the joint's."""
    u, width_u = at.u / aspect, at.width_u / aspect
    inner = pulse(u, 0.96, width_u) * pulse(at.v, 0.96, at.width_v)
    shade = cell_hash(np.floor(u), np.floor(at.v)) * 0.45
    return shade * inner + (1 - inner)


def _bricks(at: Footprints, aspect: float) -> Values:
    row = np.floor(at.v)
    shifted = Footprints(
        u=at.u + row * (aspect / 2), v=at.v, width_u=at.width_u, width_v=at.width_v
    )
    u, width_u = shifted.u / aspect, at.width_u / aspect
    inner = pulse(u, 1 - 0.1 / aspect, width_u) * pulse(at.v, 0.88, at.width_v)
    shade = cell_hash(np.floor(u), row) * 0.5
    return shade * inner + (1 - inner)


def _planks(at: Footprints, aspect: float) -> Values:
    """Boards along u with dark joints (the last colour)."""
    row = np.floor(at.v)
    u = at.u / aspect + cell_hash(row, row * 0)
    inner = pulse(u, 0.99, at.width_u / aspect) * pulse(at.v, 0.95, at.width_v)
    board = cell_hash(np.floor(u), row)
    fibre = fractal_noise(at.u * 0.4 + board * 8, at.v * 3, at.width_v * 3 + at.width_u * 0.4)
    return (0.35 * board + 0.45 * fibre) * inner + (1 - inner)


def _wood(at: Footprints, aspect: float) -> Values:
    return fractal_noise(at.u * 0.5, at.v * 6, at.width_u * 0.5 + at.width_v * 6)


def _marble(at: Footprints, aspect: float) -> Values:
    bend = fractal_noise(at.u, at.v, at.width)
    vein = np.abs(np.sin((at.u + at.v * 0.4 + bend * 4) * 3))
    return 1 - np.minimum(vein * 1.6, 1)


def _painting(at: Footprints, aspect: float) -> Values:
    """Patches of the palette's colours."""
    field = fractal_noise(at.u, at.v, at.width)
    bend = fractal_noise(at.v * 0.7 + 2, at.u * 0.7 + 4, at.width)
    steps = np.floor((field * 1.6 + bend - 0.8) * 6) / 6
    return np.clip(0.75 * steps + 0.25 * field, 0, 1)


def _ornament(at: Footprints, aspect: float) -> Values:
    """A rug: borders around a field of checks; coordinates are centred, unit = the rug."""
    edge = np.maximum(np.abs(at.u) / aspect, np.abs(at.v))
    border = pulse(edge * 5 + 0.05, 0.35, at.width * 5)
    check = _checker(_zoomed(at, 9.0), 1.0)
    return np.where(edge > 0.3, border * 0.9, 0.25 + check * 0.4)


def _zoomed(at: Footprints, factor: float) -> Footprints:
    return Footprints(
        u=at.u * factor,
        v=at.v * factor,
        width_u=at.width_u * factor,
        width_v=at.width_v * factor,
    )


def _books(at: Footprints, aspect: float) -> Values:
    """Upright spines of random colour and height; the first colour is the gap's."""
    column, row = np.floor(at.u * aspect), np.floor(at.v)
    height = 0.6 + 0.35 * cell_hash(column + 17, row)
    is_book = (at.v - row < height).astype(np.float32)
    spine = pulse(at.u * aspect, 0.9, at.width_u * aspect)
    return is_book * spine * (0.15 + 0.85 * cell_hash(column, row))


def _facade(at: Footprints, aspect: float) -> Values:
    """Rows of windows: 0-0.3 wall, 0.4-0.5 frame, 0.6-1 panes; aspect = window spacing."""
    u, width_u = at.u / aspect, at.width_u / aspect
    row = np.floor(at.v)
    opening = _rectangle(u, 0.28, 0.72, width_u) * _rectangle(at.v, 0.25, 0.8, at.width_v)
    halves = _rectangle(u, 0.30, 0.49, width_u) + _rectangle(u, 0.51, 0.70, width_u)
    pane = halves * _rectangle(at.v, 0.29, 0.76, at.width_v)
    plaster = 0.05 + 0.17 * fractal_noise(at.u * 2, at.v * 2, at.width * 2)
    glass = 0.62 + 0.38 * cell_hash(np.floor(u), row)
    framed = 0.46 + (glass - 0.46) * np.clip(pane, 0, 1)
    band = 0.4 * _rectangle(at.v, 0.0, 0.05, at.width_v)
    wall = np.maximum(plaster, band)
    return wall + (framed - wall) * opening


def _rectangle(x: Values, low: float, high: float, width: Values) -> Values:
    """Share of the footprint in [n + low, n + high]."""
    return pulse(x - low, high - low, width)


def _panes(at: Footprints, aspect: float) -> Values:
    """A window seen from inside: unit = its height; 0-0.8 the view, 1 the frame."""
    u, v = at.u / aspect + 0.5, at.v + 0.5
    bars = 1 - _rectangle(u * 2, 0.04, 0.96, at.width_u * 2 / aspect) * _rectangle(
        v, 0.04, 0.97, at.width_v
    )
    trees = fractal_noise(at.u * 3, at.v * 3, at.width * 3)
    view = np.clip((v - 0.35 + (trees - 0.5) * 0.7) * 2.5, 0, 1) * 0.7
    return view + (1 - view) * np.clip(bars, 0, 1)


def _text(at: Footprints, aspect: float) -> Values:
    """Lines of words, 1 = ink; unit = a line."""
    row = np.floor(at.v)
    column = at.u / 1.6 + cell_hash(row + 5, row * 0)
    word = cell_hash(np.floor(column), row) < 0.72
    letters = pulse(at.u * 3.1, 0.6, at.width_u * 3.1) * pulse(column, 0.85, at.width_u / 1.6)
    return word * letters * pulse(at.v, 0.5, at.width_v)


def _leaves(at: Footprints, aspect: float) -> Values:
    coarse = fractal_noise(at.u, at.v, at.width)
    fine = fractal_noise(at.u * 5 + 1, at.v * 5 + 2, at.width * 5)
    return np.clip(0.5 + (coarse - 0.5) * 1.2 + (fine - 0.5) * 1.4, 0, 1)


PATTERNS: dict[str, Callable[[Footprints, float], Values]] = {
    'noise': _noise,
    'checker': _checker,
    'stripes': _stripes,
    'tiles': _tiles,
    'bricks': _bricks,
    'planks': _planks,
    'wood': _wood,
    'marble': _marble,
    'painting': _painting,
    'ornament': _ornament,
    'books': _books,
    'facade': _facade,
    'panes': _panes,
    'text': _text,
    'leaves': _leaves,
    'asphalt': street_pattern.asphalt,
    'lawn': street_pattern.lawn,
    'foliage': street_pattern.foliage,
    'weathered': street_pattern.weathered,
    'roof_tiles': street_pattern.roof_tiles,
    'slats': street_pattern.slats,
    'cobbles': street_pattern.cobbles,
}
