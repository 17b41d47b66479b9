"""The line of a road: straights, bends and slopes, and what is put along it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
import math

from jaxtyping import Float64
import numpy as np

from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.scene import Material, placed, Primitive, Vector

STEP_M = 1.0
STRAIGHT_PIECE_M = 30.0
BEND_PER_PIECE = 0.06  # rad; a bend's pieces are short enough to look round

Samples = Float64[np.ndarray, ' sample']


@dataclass(frozen=True, kw_only=True)
class RoadLine:
    """Points every metre along the road, in the world; `along` 0 is where the camera starts.

    `across` is measured from the line towards the side of the oncoming traffic, which is the left
    where `hand` is 1 (traffic drives on the right), else the right.
    """

    along: Samples
    x: Samples
    y: Samples
    z: Samples
    heading: Samples
    hand: int

    @classmethod
    def drawn(cls, draw: Draw, span: tuple[float, float], bend: float, slope: float) -> RoadLine:
        """A line with up to two bends of about 1 / `bend` metres and slopes up to `slope`."""
        along = np.arange(span[0], span[1] + STEP_M, STEP_M)
        curvature = np.zeros_like(along)
        for _ in range(2 if bend else 0):
            start, length = draw.uniform(*span), draw.uniform(15, 90)
            inside = (along > start) & (along < start + length)
            limit = min(1.9 / length, bend)
            curvature[inside] = limit * draw.uniform(0.4, 1) * draw.choice([-1, 1])
        grade = np.full_like(along, draw.uniform(-slope, slope))
        length = draw.uniform(50, 200)
        grade += slope * draw.uniform(0, 1) * np.sin(math.tau * along / length)
        return cls._integrated(along, curvature, grade, 1 if draw.chance(0.85) else -1)

    @classmethod
    def _integrated(
        cls, along: Samples, curvature: Samples, grade: Samples, hand: int
    ) -> RoadLine:
        """The line whose heading, place and height are 0 at `along` 0."""
        zero = int(np.argmin(np.abs(along)))

        def integral(rate: Samples) -> Samples:
            total = np.cumsum(rate) * STEP_M
            return total - total[zero]

        heading = integral(curvature)
        return cls(
            along=along,
            x=integral(np.cos(heading)),
            y=integral(np.sin(heading)),
            z=integral(grade),
            heading=heading,
            hand=hand,
        )

    @property
    def is_flat(self) -> bool:
        """Whether the road has no slope."""
        return bool(np.ptp(self.z) < 1e-6)

    def points(
        self, along: Samples, across: float
    ) -> tuple[Float64[np.ndarray, 'sample 3'], Samples]:
        """World points and headings."""
        heading = np.interp(along, self.along, self.heading)
        left = self.hand * across
        x = np.interp(along, self.along, self.x) - left * np.sin(heading)
        y = np.interp(along, self.along, self.y) + left * np.cos(heading)
        return np.stack([x, y, np.interp(along, self.along, self.z)], 1), heading

    def at(self, along: float, across: float) -> tuple[Vector, float]:
        """One world point on the road's surface, and the heading there."""
        points, heading = self.points(np.array([along], float), across)
        return (float(points[0, 0]), float(points[0, 1]), float(points[0, 2])), float(heading[0])

    def put(
        self,
        parts: Iterable[Primitive],
        at: tuple[float, float],
        turn: float = 0.0,
        lift: float = 0.0,
    ) -> list[Primitive]:
        """An object at (along, across), its +x ahead, turned by `turn` towards the left."""
        (x, y, z), heading = self.at(*at)
        return placed(parts, (x, y, z + lift), heading + turn)

    def facing(
        self, parts: Iterable[Primitive], at: tuple[float, float], lift: float = 0.0
    ) -> list[Primitive]:
        """An object whose front, its own +y, looks at the road."""
        return self.put(parts, at, math.pi if at[1] * self.hand > 0 else 0.0, lift)

    def strip(
        self,
        along: tuple[float, float],
        across: tuple[float, float],
        heights: tuple[float, float],
        material: Material,
    ) -> list[Primitive]:
        """Boxes that follow the road: its surface, kerbs, walls, rails."""
        cuts = self._cuts(*along)
        middle, half_width = (across[0] + across[1]) / 2, abs(across[1] - across[0]) / 2
        points, heading = self.points(cuts, middle)
        half_height, lift = (heights[1] - heights[0]) / 2, (heights[1] + heights[0]) / 2
        # Neighbours differ in direction by up to one piece's bend; none on a straight road.
        slack = BEND_PER_PIECE if np.ptp(heading) > 0 else 0.0
        parts = []
        for i in range(len(cuts) - 1):
            step = points[i + 1] - points[i]
            length = float(np.linalg.norm(step))
            if length < 1e-6:
                continue
            overlap = half_width * (abs(float(heading[i + 1] - heading[i])) + slack)
            turn = _rotation(step / length)
            centre = (points[i] + points[i + 1]) / 2 + turn[:, 2] * lift
            parts.append(
                Primitive(
                    shape='box',
                    centre=(float(centre[0]), float(centre[1]), float(centre[2])),
                    half_size=((length + overlap) / 2, half_width, half_height),
                    material=material,
                    world_from_object=turn,
                )
            )
        return parts

    def _cuts(self, start: float, stop: float) -> Samples:
        """Where to cut a strip so that its pieces follow bends and slopes."""
        inner = self.along[(self.along > start) & (self.along < stop)]
        knots = np.concatenate([[start], inner, [stop]])
        heading = np.interp(knots, self.along, self.heading)
        grade = np.gradient(np.interp(knots, self.along, self.z), knots)
        bent = np.cumsum(np.abs(np.diff(heading, prepend=heading[0]))) / BEND_PER_PIECE
        risen = np.cumsum(np.abs(np.diff(grade, prepend=grade[0]))) / 0.02
        level = np.floor(bent + risen + (knots - start) / STRAIGHT_PIECE_M)
        keep = np.flatnonzero(np.diff(level, prepend=level[0] - 1) > 0)
        cuts = knots[keep]
        return np.append(cuts, stop) if cuts[-1] < stop else cuts


def _rotation(ahead: Float64[np.ndarray, ' 3']) -> Float64[np.ndarray, '3 3']:
    """World from an object whose x runs along the unit vector and whose y is level."""
    flat = math.hypot(ahead[0], ahead[1])
    left = np.array([-ahead[1] / flat, ahead[0] / flat, 0.0])
    return np.stack([ahead, left, np.cross(ahead, left)], 1)
