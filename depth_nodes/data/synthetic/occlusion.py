"""What keeps light away: distance maps seen from a direction of light, made once per scene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import math

from jaxtyping import Float32, Float64
import numpy as np

from depth_nodes.data.synthetic.ray_caster import (
    grid_windows,
    nearest_hits,
    Rays,
    unit,
    world_corners,
)
from depth_nodes.data.synthetic.scene import Primitive, Scene

SUN_TEXELS = 900
AMBIENT_TEXELS = 256
AMBIENT_ELEVATION_DEG = 42.0
BIAS_M = 0.04
START_M = 500.0
# Taps in a turned square: a soft edge at a fraction of the cost of filtering.
SUN_TAPS = ((-0.75, -0.25), (0.25, -0.75), (0.75, 0.25), (-0.25, 0.75))
AMBIENT_TAPS = ((-0.6, -0.3), (0.6, 0.3))

Points = tuple[Float32[np.ndarray, ' point'], ...]


@dataclass(frozen=True, kw_only=True)
class OcclusionMap:
    """Distances along parallel light from a plane; rows of `light_from_world` span the map.

    `distance` holds, per texel, how far light gets; texel (i, j) lies at
    `low + texel_m * (j, i)` of the first two light coordinates.
    """

    light_from_world: Float64[np.ndarray, '3 3']
    low: tuple[float, float]
    texel_m: float
    distance: Float32[np.ndarray, 'height width']

    def visibility(
        self, points: Points, blur_texels: float, taps: Sequence[tuple[float, float]]
    ) -> Float32[np.ndarray, ' point']:
        """Share of the light that reaches world points, 0..1."""
        a, b, c = (
            points[0] * float(row[0]) + points[1] * float(row[1]) + points[2] * float(row[2])
            for row in self.light_from_world
        )
        column = (a - self.low[0]) / self.texel_m
        row = (b - self.low[1]) / self.texel_m
        depth = c + (START_M - BIAS_M)
        total = np.zeros_like(a)
        for shift_x, shift_y in taps:
            total += self._tap(column + shift_x * blur_texels, row + shift_y * blur_texels, depth)
        return total / np.float32(len(taps))

    def _tap(
        self, column: np.ndarray, row: np.ndarray, depth: np.ndarray
    ) -> Float32[np.ndarray, ' point']:
        height, width = self.distance.shape
        column = np.clip(column, 0, width - 2)
        row = np.clip(row, 0, height - 2)
        left, top = column.astype(np.int32), row.astype(np.int32)
        x, y = column - left, row - top
        flat = self.distance.ravel()
        corner = top * width + left
        lit = [(flat[corner + step] > depth) for step in (0, 1, width, width + 1)]
        above = lit[0] + (lit[1].astype(np.float32) - lit[0]) * x
        below = lit[2] + (lit[3].astype(np.float32) - lit[2]) * x
        return (above + (below - above) * y).astype(np.float32)


def occlusion_map(
    primitives: Sequence[Primitive],
    towards_light: Sequence[float],
    bounds: tuple[Sequence[float], Sequence[float]],
    num_texels: int,
) -> OcclusionMap:
    """Casts parallel rays of light into the box between the two corners of `bounds`."""
    light_from_world = light_axes(towards_light)
    low, high = np.array(bounds[0], float), np.array(bounds[1], float)
    corners = np.stack(np.meshgrid(*np.stack([low, high], 1), indexing='ij'), -1).reshape(-1, 3)
    spans = corners @ light_from_world[:2].T
    start, stop = spans.min(0), spans.max(0)
    texel = float((stop - start).max()) / num_texels
    width, height = (math.ceil(extent / texel) + 2 for extent in stop - start)
    a = start[0] + np.arange(width) * texel
    b = start[1] + np.arange(height) * texel
    plane = [
        (
            (light_from_world[0, i] * a)[None]
            + (light_from_world[1, i] * b)[:, None]
            - light_from_world[2, i] * START_M
        ).astype(np.float32)
        for i in range(3)
    ]
    direction = light_from_world[2].tolist()
    rays = Rays(
        origin=(plane[0], plane[1], plane[2]),
        direction=(direction[0], direction[1], direction[2]),
    )
    windows = _texel_windows(primitives, light_from_world, start, texel, (height, width))
    hits = nearest_hits(primitives, windows, rays, (height, width))
    return OcclusionMap(
        light_from_world=light_from_world,
        low=(float(start[0]), float(start[1])),
        texel_m=texel,
        distance=hits.depth,
    )


def light_axes(towards_light: Sequence[float]) -> Float64[np.ndarray, '3 3']:
    """Rows: two axes across the light, and the way that it travels."""
    travel = -unit(towards_light)
    side = np.array([0.0, 1.0, 0.0]) if abs(travel[1]) < 0.9 else np.array([1.0, 0.0, 0.0])
    first = unit(np.cross(side, travel).tolist())
    return np.stack([first, np.cross(travel, first), travel])


def _texel_windows(
    primitives: Sequence[Primitive],
    light_from_world: Float64[np.ndarray, '3 3'],
    start: Float64[np.ndarray, ' 2'],
    texel: float,
    shape: tuple[int, int],
) -> list[tuple[slice, slice] | None]:
    if not primitives:
        return []
    across = (world_corners(primitives) @ light_from_world[:2].T - start) / texel
    limits = [(across[..., i].min(1), across[..., i].max(1)) for i in (0, 1)]
    return grid_windows(limits, shape)


@dataclass(frozen=True, kw_only=True)
class SceneOcclusion:
    """The maps of one scene: the sun's, and a few that stand for the ambient light."""

    sun: OcclusionMap
    ambient: tuple[OcclusionMap, ...]

    @classmethod
    def of_scene(
        cls, scene: Scene, bounds: tuple[Sequence[float], Sequence[float]]
    ) -> SceneOcclusion:
        """Casts all maps; only what lies in `bounds` receives shadows."""
        casters = [primitive for primitive in scene.primitives if primitive.casts_shadow]
        rise = math.tan(math.radians(AMBIENT_ELEVATION_DEG))
        directions = [(math.cos(a), math.sin(a), rise) for a in (0.5, 2.07, 3.64, 5.21)]
        return cls(
            sun=occlusion_map(casters, scene.light.towards_sun, bounds, SUN_TEXELS),
            ambient=tuple(
                occlusion_map(casters, direction, bounds, AMBIENT_TEXELS)
                for direction in [(0.0, 0.0, 1.0), *directions]
            ),
        )

    def sunlight(
        self, points: Points, normal: Float32[np.ndarray, '3 point']
    ) -> Float32[np.ndarray, ' point']:
        """Share of the sun that reaches the points."""
        raised = _raised(points, normal, 0.7 * self.sun.texel_m)
        return self.sun.visibility(raised, 0.7, SUN_TAPS)

    def openness(
        self, points: Points, normal: Float32[np.ndarray, '3 point']
    ) -> Float32[np.ndarray, ' point']:
        """Share of the ambient light that reaches the points."""
        raised = _raised(points, normal, 0.3 * self.ambient[0].texel_m)
        total = sum((m.visibility(raised, 1.2, AMBIENT_TAPS) for m in self.ambient), np.float32(0))
        return np.asarray(total / len(self.ambient), np.float32)


def _raised(points: Points, normal: Float32[np.ndarray, '3 point'], height_m: float) -> Points:
    """Points lifted off their surface, which else would shade itself between the texels."""
    return tuple(p + n * np.float32(height_m) for p, n in zip(points, normal, strict=True))
