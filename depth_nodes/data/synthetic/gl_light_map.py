"""What keeps parallel light away: a depth map seen from the light, drawn once per scene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import math

from jaxtyping import Float64
import numpy as np

from depth_nodes.data.synthetic.gl_draw import Parallel
from depth_nodes.data.synthetic.gl_table import SolidTable
from depth_nodes.data.synthetic.occlusion import light_axes

Corner = Sequence[float]
MARGIN_M = 1.0


@dataclass(frozen=True, kw_only=True)
class LightFrame:
    """The box of space that a map of parallel light covers.

    Rows of `light_from_world` are two axes across the light and the way that it travels;
    `low` and `extent` are the box along them [m].
    """

    light_from_world: Float64[np.ndarray, '3 3']
    low: Float64[np.ndarray, ' 3']
    extent: Float64[np.ndarray, ' 3']

    @classmethod
    def around(
        cls, towards_light: Corner, bounds: tuple[Corner, Corner], table: SolidTable
    ) -> LightFrame:
        """The frame that shows the box between two corners to the light, casters before it too."""
        axes = light_axes(towards_light)
        sides = np.stack([np.array(corner, float) for corner in bounds], 1)
        corners = np.stack(np.meshgrid(*sides, indexing='ij'), -1).reshape(-1, 3) @ axes.T
        low, high = corners.min(0), corners.max(0)
        casters = table.corners()[table.casts_shadow] @ axes[2]
        low[2] = min(low[2], float(casters.min(initial=np.inf))) - MARGIN_M
        high[2] += MARGIN_M
        return cls(light_from_world=axes, low=low, extent=high - low)

    def size_for(self, num_texels: int) -> tuple[int, int]:
        """Width and height of a map with square texels and about this many of them."""
        texel = math.sqrt(self.extent[0] * self.extent[1] / num_texels)
        return math.ceil(self.extent[0] / texel), math.ceil(self.extent[1] / texel)

    def casters(self, table: SolidTable) -> np.ndarray:
        """Which primitives can throw a shadow into the box."""
        spans = table.corners() @ self.light_from_world.T
        low, high = spans.min(1), spans.max(1)
        is_over = (high > self.low) & (low < self.low + self.extent)
        return is_over.all(1) & table.casts_shadow

    def projection(
        self, eye: Float64[np.ndarray, ' 3'], size: tuple[int, int], corner: tuple[int, int]
    ) -> Parallel:
        """How to draw the map into a part of a window; coordinates are relative to the eye."""
        return Parallel(
            axes=self.light_from_world,
            low=self.low - self.light_from_world @ eye,
            extent=self.extent,
            size=size,
            corner=corner,
        )

    def map_from_eye(
        self, eye: Float64[np.ndarray, ' 3'], bias_m: float
    ) -> Float64[np.ndarray, '4 4']:
        """Texture coordinates and depth 0..1 of points that are relative to the eye."""
        matrix = np.eye(4)
        matrix[:3, :3] = self.light_from_world / self.extent[:, None]
        shift = self.light_from_world @ eye - self.low - (0, 0, bias_m)
        matrix[:3, 3] = shift / self.extent
        return matrix
