"""A piece of furniture, and the few shapes that many pieces share. Metres."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
import math

import numpy as np

from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.scene import box, Material, placed, Primitive, rod, Vector


@dataclass(frozen=True, kw_only=True, eq=False)
class Item:
    """Solids that stand on z = 0 around the origin, their back towards -y.

    Attributes:
        width_m: along x.
        depth_m: along y.
    """

    primitives: list[Primitive]
    width_m: float
    depth_m: float


ItemBuilder = Callable[[Draw], Item]


def standing(primitives: list[Primitive]) -> Item:
    """An item as wide and deep as its solids, which are assumed to lie around the origin."""
    low, high = horizontal_bounds(primitives)
    reach = [max(-a, b, 0.01) * 2 for a, b in zip(low, high, strict=True)]
    return Item(primitives=primitives, width_m=reach[0], depth_m=reach[1])


def horizontal_bounds(
    primitives: Sequence[Primitive],
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Lowest and highest (x, y) of the boxes around the solids."""
    centre = np.array([primitive.centre for primitive in primitives])
    turn = np.stack([primitive.world_from_object for primitive in primitives])
    half = np.array([primitive.half_size for primitive in primitives])
    reach = np.einsum('pij,pj->pi', np.abs(turn), half)
    low, high = (centre - reach).min(0), (centre + reach).max(0)
    return (float(low[0]), float(low[1])), (float(high[0]), float(high[1]))


def gathered(members: Sequence[tuple[Item, tuple[float, float], float]]) -> Item:
    """Several items at their places and yaws [rad] as one, shifted around the origin."""
    parts: list[Primitive] = []
    for item, (x, y), yaw in members:
        parts += placed(item.primitives, (x, y, 0.0), yaw)
    (x_low, y_low), (x_high, y_high) = horizontal_bounds(parts)
    shift = (-(x_low + x_high) / 2, -(y_low + y_high) / 2, 0.0)
    return Item(primitives=placed(parts, shift), width_m=x_high - x_low, depth_m=y_high - y_low)


def legs(
    width: float, depth: float, height: float, thick: float, material: Material
) -> list[Primitive]:
    """Four square legs under the corners of a rectangle."""
    x, y, t = width / 2 - thick, depth / 2 - thick, thick / 2
    return [
        box((sx * x - t, sy * y - t, 0), (sx * x + t, sy * y + t, height), material)
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]


def tube(points: Sequence[Vector], radius_m: float, material: Material) -> list[Primitive]:
    """Rods from point to point: bent tubes, cables, handles."""
    return [rod(a, b, radius_m, material) for a, b in zip(points, points[1:], strict=False)]


def tilted(part: Primitive, about_x_rad: float = 0.0, about_y_rad: float = 0.0) -> Primitive:
    """The solid turned about its own centre, about x first."""
    c, s = math.cos(about_x_rad), math.sin(about_x_rad)
    x_turn = np.array([[1.0, 0, 0], [0, c, -s], [0, s, c]])
    c, s = math.cos(about_y_rad), math.sin(about_y_rad)
    y_turn = np.array([[c, 0, s], [0, 1.0, 0], [-s, 0, c]])
    return replace(part, world_from_object=y_turn @ x_turn @ part.world_from_object)


def repainted(primitives: Sequence[Primitive], material: Material) -> list[Primitive]:
    """The solids in another material; what shines keeps its own."""
    return [
        part if part.material.emission > 0 else replace(part, material=material, top_material=None)
        for part in primitives
    ]


def camouflaged(draw: Draw, item: Item, background: Material, share: float = 0.3) -> Item:
    """The item, now and then with its main material, or all of it, as what is behind it."""
    if not draw.chance(share):
        return item
    if draw.chance(0.15):
        return replace(item, primitives=repainted(item.primitives, background))
    areas: dict[Material, float] = {}
    for part in item.primitives:
        a, b, c = part.half_size
        areas[part.material] = areas.get(part.material, 0.0) + a * b + b * c + a * c
    main = max(areas, key=lambda material: areas[material])
    parts = [
        repainted([part], background)[0] if part.material == main else part
        for part in item.primitives
    ]
    return replace(item, primitives=parts)
