"""Patterns baked into textures: their values on a grid, computed once by `texture.PATTERNS`."""

from __future__ import annotations

from dataclasses import dataclass
import functools
from typing import Any

from jaxtyping import UInt8
import numpy as np

from depth_nodes.data.synthetic.gl_context import GlContext
from depth_nodes.data.synthetic.scene import Material
from depth_nodes.data.synthetic.texture import Footprints, PATTERNS

TEXELS = 512
NUM_LAYERS = 48


@dataclass(frozen=True, kw_only=True)
class Tile:
    """The part of a pattern that is baked.

    Attributes:
        period: units along u and v until the tile repeats.
        aspect: that it is baked with.
        use_of_aspect: 'divide' or 'multiply' where another aspect only stretches u, 'multiply_v'
            where v; 'bake' where every fifth of an aspect has its own tile; else None.
        is_centred: the tile is one unit about the origin.
        is_mirrored: every other repetition is mirrored, which hides seams of patterns that do
            not repeat by themselves.
    """

    period: tuple[float, float] = (8.0, 8.0)
    aspect: float = 1.0
    use_of_aspect: str | None = None
    is_centred: bool = False
    is_mirrored: bool = False


MIRRORED = Tile(period=(4.0, 4.0), is_mirrored=True)
REPEATED = Tile()
# A pattern without a line here is mirrored.
TILES = {
    'noise': Tile(use_of_aspect='multiply_v'),
    'leaves': REPEATED,
    'foliage': REPEATED,
    'checker': REPEATED,
    'stripes': Tile(use_of_aspect='bake'),
    'slats': REPEATED,
    'wood': Tile(period=(16.0, 8.0)),
    'tiles': Tile(use_of_aspect='divide'),
    'bricks': Tile(aspect=2.6, use_of_aspect='divide'),
    'planks': Tile(aspect=8.0, use_of_aspect='divide'),
    'facade': Tile(period=(4.0, 4.0), use_of_aspect='divide'),
    'books': Tile(period=(24.0, 6.0), use_of_aspect='multiply'),
    'text': Tile(period=(12.8, 12.0)),
    'ornament': Tile(period=(1.0, 1.0), use_of_aspect='divide', is_centred=True),
    'panes': Tile(period=(1.0, 1.0), use_of_aspect='divide', is_centred=True),
}


@dataclass(frozen=True, kw_only=True)
class Placement:
    """How surface coordinates [m] lead into a layer: `at * scale + offset`, then repetition."""

    layer: int
    scale: tuple[float, float]
    offset: tuple[float, float]


class PatternLayers:
    """The texture array of one context; a layer is baked when a material first needs it."""

    def __init__(self, gl: GlContext) -> None:
        context = gl.context
        self.texture: Any = context.texture_array((TEXELS, TEXELS, NUM_LAYERS), 1, dtype='f1')
        self.texture.filter = (context.LINEAR_MIPMAP_LINEAR, context.LINEAR)
        self._layers: dict[tuple[str, float], int] = {}
        self._is_new = True

    def placement(self, material: Material) -> Placement:
        """Where the material finds its pattern."""
        tile = TILES.get(material.pattern, MIRRORED)
        u, v = 1.0, 1.0
        if tile.use_of_aspect in ('divide', 'multiply'):
            u = material.aspect if tile.use_of_aspect == 'multiply' else 1 / material.aspect
        elif tile.use_of_aspect == 'multiply_v':
            v = material.aspect
        is_baked = tile.use_of_aspect == 'bake'
        layer = self._layer(
            material.pattern, max(round(material.aspect * 5), 1) / 5 if is_baked else 1.0
        )
        # A mirrored tile lies in the texture together with its mirror image.
        repeat = 2 if tile.is_mirrored else 1
        u, v = u / (tile.period[0] * repeat), v / (tile.period[1] * repeat)
        scale = (u / material.scale_m, v / material.scale_m)
        offset = (material.offset[0] * u, material.offset[1] * v)
        if tile.is_centred:
            offset = (offset[0] + 0.5, offset[1] + 0.5)
        return Placement(layer=layer, scale=scale, offset=offset)

    def build_mipmaps(self) -> None:
        """To be called after the placements of a scene."""
        if self._is_new:
            self.texture.build_mipmaps()
            self._is_new = False

    def _layer(self, name: str, aspect: float) -> int:
        key = (name, aspect)
        if key not in self._layers:
            # The last layer is shared by what comes when the others are taken.
            layer = min(len(self._layers), NUM_LAYERS - 1)
            self.texture.write(
                baked(name, aspect).tobytes(), viewport=(0, 0, layer, TEXELS, TEXELS, 1)
            )
            self._layers[key] = layer
            self._is_new = True
        return self._layers[key]


@functools.cache
def baked(name: str, aspect: float) -> UInt8[np.ndarray, 'v u']:
    """Values 0..255 of one tile; entry (0, 0) is at the origin, or at (-1/2, -1/2) if centred."""
    tile = TILES.get(name, MIRRORED)
    steps = (np.arange(TEXELS, dtype=np.float32) + np.float32(0.5)) / np.float32(TEXELS)
    if tile.is_mirrored:
        # The texture holds the tile and its mirror image: 0..P, P..0.
        steps = 1 - np.abs(2 * steps - 1)
    if tile.is_centred:
        steps = steps - np.float32(0.5)
    if tile.use_of_aspect != 'bake':
        aspect = tile.aspect
    stretch = aspect if tile.use_of_aspect == 'divide' else 1.0
    sides = (tile.period[0] * stretch, tile.period[1])
    u, v = np.meshgrid(steps * sides[0], steps * sides[1])
    widths = [np.full(u.size, side / TEXELS, np.float32) for side in sides]
    at = Footprints(
        u=u.ravel().astype(np.float32),
        v=v.ravel().astype(np.float32),
        width_u=widths[0],
        width_v=widths[1],
    )
    values = PATTERNS[name](at, aspect).reshape(TEXELS, TEXELS)
    return np.clip(values * 255 + 0.5, 0, 255).astype(np.uint8)
