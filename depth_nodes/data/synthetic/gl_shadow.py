"""The depth maps of one scene as the sun and the open sky see it."""

from __future__ import annotations

import math
from typing import Any

from jaxtyping import Float32, Float64
import numpy as np

from depth_nodes.data.synthetic.gl_context import NUM_AMBIENT
from depth_nodes.data.synthetic.gl_draw import SolidDrawer
from depth_nodes.data.synthetic.gl_light_map import LightFrame
from depth_nodes.data.synthetic.gl_resource import GlResources
from depth_nodes.data.synthetic.gl_table import SolidTable
from depth_nodes.data.synthetic.scene import Scene, Vector

SUN_TEXELS = 1_500_000
AMBIENT_SIZE = 192
# Rings of four directions below the one from above.
AMBIENT_ELEVATIONS_DEG = (56.0, 28.0)
SUN_BIAS_M, AMBIENT_BIAS_M = 0.03, 0.06
ROOM_BLUR_M, OUTDOOR_BLUR_M = 0.25, 0.8

Bounds = tuple[Vector, Vector]


class Shadows:
    """Sun and sky; only what lies inside the box between the two corners of `bounds` is shaded.

    `sun_map` and `ambient_map` are their textures, the latter with tiles side by side.
    """

    def __init__(
        self, scene: Scene, table: SolidTable, bounds: Bounds, resources: GlResources
    ) -> None:
        self._table = table
        self._blur_m = OUTDOOR_BLUR_M if scene.interior is None else ROOM_BLUR_M
        self._sun = LightFrame.around(scene.light.towards_sun, bounds, table)
        self._sun_size = self._sun.size_for(SUN_TEXELS)
        self._sky = [LightFrame.around(way, bounds, table) for way in _sky_directions()]
        self.sun_map = resources.shadow_map(self._sun_size)
        self.ambient_map = resources.shadow_map((AMBIENT_SIZE * NUM_AMBIENT, AMBIENT_SIZE))

    def draw(self, context: Any, drawer: SolidDrawer, offsets: Any) -> None:
        """Draws all maps; `offsets` is the texture of the primitives' places."""
        size = (AMBIENT_SIZE, AMBIENT_SIZE)
        maps = [(self._sun, self.sun_map, (0, 0, *self._sun_size))]
        for i, frame in enumerate(self._sky):
            maps.append((frame, self.ambient_map, (i * AMBIENT_SIZE, 0, *size)))
        for frame, texture, tile in maps:
            # The eye that a map is drawn from only has to be near: float32 is short.
            eye = frame.light_from_world.T @ (frame.low + frame.extent / 2)
            offsets.write(self._table.offsets(eye).tobytes())
            target = context.framebuffer([], texture)
            target.use()
            target.viewport = target.scissor = tile
            target.clear(depth=1.0, viewport=tile)
            projection = frame.projection(eye, tile[2:], tile[:2])
            drawer.draw(projection, frame.casters(self._table))
            target.release()

    def uniforms(self, eye: Float64[np.ndarray, ' 3']) -> dict[str, Any]:
        """How points that are relative to the eye find their texels."""
        width, height = self._sun_size
        largest = max(float(frame.extent[:2].max()) for frame in self._sky)
        return {
            'sun_from_eye': self._sun.map_from_eye(eye, SUN_BIAS_M),
            'sun_texel_m': float(self._sun.extent[0]) / width,
            'sun_texel': (1 / width, 1 / height),
            'ambient_from_eye': np.stack(
                [frame.map_from_eye(eye, AMBIENT_BIAS_M) for frame in self._sky]
            ),
            'ambient_blur': self._blur(),
            'lift_m': 0.5 * largest / AMBIENT_SIZE,
        }

    def _blur(self) -> Float32[np.ndarray, 'map 2']:
        """Radii of the sky's soft shadows in texture coordinates."""
        extents = np.array([frame.extent[:2] for frame in self._sky])
        return (self._blur_m / extents).astype(np.float32)


def _sky_directions() -> list[Vector]:
    """From above and from all sides."""
    directions: list[Vector] = [(0.0, 0.0, 1.0)]
    for ring, elevation_deg in enumerate(AMBIENT_ELEVATIONS_DEG):
        rise = math.tan(math.radians(elevation_deg))
        for i in range(4):
            turn = 0.5 + (ring / 2 + i) * math.pi / 2
            directions.append((math.cos(turn), math.sin(turn), rise))
    return directions
