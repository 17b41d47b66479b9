"""The ground of a yard: a level, slopes and mounds, patches and paths. Metres.

The first solids of a yard are its ground: solids without shadow, the level at z = 0 first. Its
rectangle is the yard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
import itertools
import math

from depth_nodes.data.synthetic import street_material
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.scene import (
    box,
    ellipsoid,
    Material,
    placed,
    Primitive,
    rotation_about_vertical,
    Scene,
)

FAR_M = 1500.0
MARGIN_M = 3.0


class Ground:
    """The leading solids of a scene, as something to stand on."""

    def __init__(self, parts: Sequence[Primitive]) -> None:
        self.parts = tuple(parts)
        self._mounds = [part for part in parts if part.shape == 'ellipsoid']
        level = parts[0].half_size
        self.half_m = (level[0] - MARGIN_M, level[1] - MARGIN_M)

    @classmethod
    def of_scene(cls, scene: Scene) -> Ground:
        """The ground of a yard that was built earlier."""
        return cls(
            tuple(itertools.takewhile(lambda part: not part.casts_shadow, scene.primitives))
        )

    def height_m(self, x: float, y: float) -> float:
        """Height of the ground; patches and paths, a few centimetres high, do not count."""
        highest = 0.0
        for mound in self._mounds:
            a, b = ((x - mound.centre[0]), (y - mound.centre[1]))
            turn = mound.world_from_object
            u, v = a * turn[0, 0] + b * turn[1, 0], a * turn[0, 1] + b * turn[1, 1]
            inside = 1 - (u / mound.half_size[0]) ** 2 - (v / mound.half_size[1]) ** 2
            if inside > 0:
                top = mound.centre[2] + mound.half_size[2] * math.sqrt(inside)
                highest = max(highest, top)
        return highest


def draw_ground(
    draw: Draw, half_m: tuple[float, float], surface: Material, hilliness: float
) -> Ground:
    """A level of one surface, patches of others, paths, and mounds."""
    x, y = half_m[0] + MARGIN_M, half_m[1] + MARGIN_M
    beyond = draw.choice([street_material.lawn, street_material.field, street_material.asphalt])
    parts = [
        box((-x, -y, -0.5), (x, y, 0), surface),
        box((-FAR_M, -FAR_M, -1), (FAR_M, FAR_M, -0.03), beyond(draw)),
    ]
    others = [street_material.lawn, street_material.earth, street_material.pavement,
              street_material.asphalt]  # fmt: skip
    for k in range(draw.whole(0, 3)):
        size = (draw.uniform(0.1, 0.5) * x, draw.uniform(0.1, 0.5) * y)
        at = (draw.uniform(-0.6, 0.6) * x, draw.uniform(-0.6, 0.6) * y)
        patch = box(
            (at[0] - size[0], at[1] - size[1], -0.2),
            (at[0] + size[0], at[1] + size[1], 0.006 + 0.004 * k),
            draw.choice(others)(draw),
        )
        parts.append(patch)
    for k in range(draw.choice([0, 1, 1, 2])):
        parts.append(_path(draw, (x, y), 0.02 + 0.005 * k))
    while draw.chance(hilliness):
        parts.append(_mound(draw, (x, y), surface))
        hilliness *= 0.8
    return Ground([replace(part, casts_shadow=False) for part in parts])


def _path(draw: Draw, half: tuple[float, float], top: float) -> Primitive:
    """A straight way across the yard."""
    surface = draw.choice([street_material.pavement, street_material.earth,
                           street_material.asphalt])(draw)  # fmt: skip
    wide, reach = draw.uniform(0.5, 2.0), math.hypot(*half)
    way = box((-reach, -wide, -0.2), (reach, wide, top), surface)
    at = (draw.uniform(-0.4, 0.4) * half[0], draw.uniform(-0.4, 0.4) * half[1], 0.0)
    return placed([way], at, draw.uniform(-math.pi, math.pi))[0]


def _mound(draw: Draw, half: tuple[float, float], surface: Material) -> Primitive:
    """A flat ellipsoid: a bank, a knoll or a slope that starts within the yard."""
    size = (draw.uniform(4, 18), draw.uniform(4, 14), draw.uniform(0.3, 2.2))
    at = (draw.uniform(-1, 1) * half[0], draw.uniform(-1, 1) * half[1], -0.15 * size[2])
    hill = ellipsoid(at, size, surface if draw.chance(0.6) else street_material.lawn(draw))
    return replace(hill, world_from_object=rotation_about_vertical(draw.uniform(0, math.pi)))
