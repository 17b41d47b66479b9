"""What a camera would see, coarsely and fast: every solid is the box around it."""

from __future__ import annotations

from dataclasses import dataclass
import math

from jaxtyping import Float32, Float64, Int64
import numpy as np

from depth_nodes.data.synthetic.scene import Scene

COLUMNS, ROWS = 11, 9
FOV_DEG = 104.0
FAR_M = 30.0


@dataclass(frozen=True, kw_only=True)
class Glance:
    """Depth [m] (`FAR_M` where nothing is) and solid (-1) along a few rays."""

    depth: Float32[np.ndarray, ' ray']
    index: Int64[np.ndarray, ' ray']

    def near_share(self, distance_m: float) -> float:
        """Share of rays that end before a distance."""
        return float((self.depth < distance_m).mean())

    @property
    def num_solids(self) -> int:
        """How many different solids are hit."""
        return len(np.unique(self.index))

    @property
    def median_m(self) -> float:
        """Median depth."""
        return float(np.median(self.depth))


class CoarseView:
    """The boxes of a scene, to be looked at from many places."""

    def __init__(self, scene: Scene) -> None:
        parts = scene.primitives
        self._centre = np.array([part.centre for part in parts], np.float32)
        self._half = np.array([part.half_size for part in parts], np.float32)
        self._turn = np.stack([part.world_from_object for part in parts]).astype(np.float32)
        self._radius = np.linalg.norm(self._half, axis=1)
        reach = math.tan(math.radians(FOV_DEG / 2))
        self._slope = reach * math.hypot(1, 0.75)  # of the corner rays
        u, v = np.meshgrid(
            np.linspace(-reach, reach, COLUMNS), np.linspace(-reach, reach, ROWS) * 0.75
        )
        self._rays = np.stack([u.ravel(), v.ravel(), np.ones(u.size)], 1).astype(np.float32)

    def look(self, world_from_camera: Float64[np.ndarray, '4 4']) -> Glance:
        """Casts the rays of one pose."""
        pose = world_from_camera.astype(np.float32)
        offset = pose[:3, 3] - self._centre
        ahead = -(offset @ pose[:3, 2])
        # A solid far off to the side cannot be hit: its angle is beyond the corner rays'.
        across = np.sqrt(np.maximum((offset * offset).sum(1) - ahead * ahead, 0))
        is_seen = (ahead > -self._radius) & (ahead < FAR_M + self._radius)
        is_seen &= across < self._slope * ahead + math.hypot(1, self._slope) * self._radius
        chosen = np.nonzero(is_seen)[0]
        if not len(chosen):
            return Glance(
                depth=np.full(len(self._rays), FAR_M, np.float32),
                index=np.full(len(self._rays), -1),
            )
        turn, half = self._turn[chosen], self._half[chosen]
        origin = np.einsum('pji,pj->pi', turn, offset[chosen])
        rays = pose[:3, :3] @ self._rays.T
        enter, leave = np.float32(-np.inf), np.float32(np.inf)
        for axis in range(3):
            direction = turn[:, :, axis] @ rays
            direction[np.abs(direction) < 1e-7] = 1e-7
            inverse = 1 / direction
            middle = inverse * -origin[:, axis, None]
            reach = np.abs(inverse) * half[:, axis, None]
            enter = np.maximum(enter, middle - reach)
            leave = np.minimum(leave, middle + reach)
        # From inside a box all is at no distance.
        depth = np.where((enter < leave) & (leave > 0), np.maximum(enter, 0), FAR_M)
        nearest = depth.argmin(0)
        found = depth[nearest, np.arange(len(nearest))]
        index = np.where(found < FAR_M, chosen[nearest], -1)
        return Glance(depth=found.astype(np.float32), index=index)
