"""Spreads small things over a surface."""

from __future__ import annotations

from collections.abc import Sequence
import math

from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.item import horizontal_bounds, repainted
from depth_nodes.data.synthetic.scene import Material, placed, Primitive
from depth_nodes.data.synthetic.small_thing import Thing, THINGS

FLAT_M = 0.004
SHEET_M = 0.0007  # what one sheet on another adds, so that both are seen
SHARED_MATERIAL = 0.2


def things_on(
    draw: Draw,
    surface: tuple[float, float, float],
    count: int,
    things: Sequence[Thing] = (),
    cover: Material | None = None,
) -> list[Primitive]:
    """Things on a surface of (width, depth, height) around the origin, without overlap.

    Sheets may lie on each other. Some things have the material `cover` of the surface.
    """
    width, depth, z = surface
    taken: list[tuple[float, float, float]] = []
    parts: list[Primitive] = []
    layer = 0.0
    for _ in range(count):
        thing = draw.choice(things or THINGS)(draw)
        if cover is not None and draw.chance(SHARED_MATERIAL):
            thing = repainted(thing, cover)
        low, high = horizontal_bounds(thing)
        is_flat = all(part.centre[2] + part.half_size[2] < FLAT_M for part in thing)
        radius = max(-low[0], high[0], -low[1], high[1])
        spot = _free_spot(draw, (width, depth), radius * 0.8, [] if is_flat else taken)
        if spot is None:
            continue
        if is_flat:
            layer += SHEET_M
        else:
            taken.append((*spot, radius * 0.8))
        yaw = draw.uniform(0, math.tau) if draw.chance(0.5) else draw.normal(0, 0.15)
        parts += placed(thing, (*spot, z + layer if is_flat else z), yaw)
    return parts


def _free_spot(
    draw: Draw,
    size: tuple[float, float],
    radius: float,
    taken: Sequence[tuple[float, float, float]],
) -> tuple[float, float] | None:
    half_x, half_y = size[0] / 2 - radius, size[1] / 2 - radius
    if min(half_x, half_y) <= 0:
        return None
    for _ in range(5):
        x, y = draw.uniform(-half_x, half_x), draw.uniform(-half_y, half_y)
        if all(math.hypot(x - a, y - b) > radius + r for a, b, r in taken):
            return x, y
    return None
