"""What surrounds a yard: fronts, walls, fences, hedges and trees, and what is seen behind them.

An edge runs along x around the origin; the yard is in +y. Metres.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
import math

from depth_nodes.data.synthetic import building, street_material, street_objects, tree
from depth_nodes.data.synthetic import material as materials
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.item import tube
from depth_nodes.data.synthetic.scene import box, ellipsoid, frustum, placed, Primitive, rod

EdgeBuilder = Callable[[Draw, float], list[Primitive]]


def open_edge(draw: Draw, length: float) -> list[Primitive]:
    """Nothing, or a low kerb."""
    if draw.chance(0.5):
        return []
    stone = street_material.kerb_stone(draw)
    return [box((-length / 2, -0.15, 0), (length / 2, 0, draw.uniform(0.08, 0.4)), stone)]


def wall(draw: Draw, length: float) -> list[Primitive]:
    """A wall with a coping."""
    face = draw.choice([street_material.plaster, street_material.masonry])(draw)
    x, high = length / 2, draw.uniform(0.5, 2.8)
    cap = street_material.kerb_stone(draw)
    return [
        box((-x, -0.25, 0), (x, 0, high), face),
        box((-x, -0.3, high), (x, 0.04, high + 0.07), cap),
    ]


def board_fence(draw: Draw, length: float) -> list[Primitive]:
    """Boards between posts, with gaps or without."""
    wood, x, high = street_material.boards(draw), length / 2, draw.uniform(0.8, 2.0)
    posts = max(round(length / 2.2), 1)
    parts = [
        box((a - 0.05, -0.05, 0), (a + 0.05, 0.05, high + 0.05), wood)
        for a in (-x + k * length / posts for k in range(posts + 1))
    ]
    if draw.chance(0.4):
        return [*parts, box((-x, -0.02, 0.04), (x, 0.02, high), wood)]
    parts += [box((-x, -0.06, z), (x, -0.03, z + 0.08), wood) for z in (0.25, high - 0.3)]
    wide = draw.uniform(0.08, 0.14)
    pitch = max(wide * draw.uniform(1.15, 1.8), length / 130)
    for k in range(int(length / pitch)):
        at = -x + (k + 0.5) * pitch
        parts.append(box((at - wide / 2, -0.03, 0.05), (at + wide / 2, -0.01, high), wood))
    return parts


def bar_fence(draw: Draw, length: float) -> list[Primitive]:
    """Steel bars or a wire grid between posts, on a low wall or not."""
    steel, x = street_material.steel(draw), length / 2
    low, high = draw.choice([0.05, 0.05, 0.5]), draw.uniform(1.0, 2.2)
    parts: list[Primitive] = []
    if low > 0.3:
        parts.append(box((-x, -0.15, 0), (x, 0.1, low), street_material.plaster(draw)))
    pitch = max(draw.uniform(0.1, 0.25), length / 110)
    radius = draw.uniform(0.004, 0.014)
    for k in range(int(length / pitch) + 1):
        at, is_post = -x + k * pitch, k % 14 == 0
        parts.append(rod((at, 0, low if not is_post else 0), (at, 0, high),
                         0.03 if is_post else radius, steel))  # fmt: skip
    levels = [low + 0.08, high - 0.05]
    if draw.chance(0.4):
        levels += [low + (high - low) * k / 7 for k in range(1, 7)]
    return parts + [rod((-x, 0, z), (x, 0, z), max(radius, 0.006), steel) for z in levels]


def rail_fence(draw: Draw, length: float) -> list[Primitive]:
    """Posts with two to four rails or wires, as around meadows."""
    wood, x, high = street_material.boards(draw), length / 2, draw.uniform(0.9, 1.3)
    posts, wires = max(round(length / 2.5), 1), draw.whole(2, 4)
    places = [-x + k * length / posts for k in range(posts + 1)]
    parts = [rod((a, 0, -0.2), (a, 0, high + 0.1), 0.05, wood) for a in places]
    radius = draw.choice([0.03, 0.04, 0.003])
    strand = wood if radius > 0.01 else materials.black(draw)
    for k in range(wires):
        z = high * (k + 1) / wires
        parts.append(rod((-x, 0.05, z), (x, 0.05, z), radius, strand))
    return parts


def hedge(draw: Draw, length: float) -> list[Primitive]:
    """A clipped hedge."""
    return tree.hedge(draw, length)


def grove(draw: Draw, length: float) -> list[Primitive]:
    """Trees and bushes in a loose row."""
    parts: list[Primitive] = []
    cursor = -length / 2
    while cursor < length / 2:
        plant = tree.any_tree(draw) if draw.chance(0.45) else tree.bush(draw)
        parts += placed(plant, (cursor, draw.uniform(-3, 0), 0), draw.uniform(0, math.tau))
        cursor += draw.uniform(1.5, 6)
    return parts


def houses(draw: Draw, length: float) -> list[Primitive]:
    """Fronts that look into the yard, side by side or with gaps."""
    parts: list[Primitive] = []
    cursor, is_urban = -length / 2, draw.chance(0.35)
    while cursor < length / 2 - 5:
        wide = min(draw.uniform(8, 18), length / 2 - cursor)
        plan = (
            building.HousePlan.urban(draw, wide)
            if is_urban
            else building.HousePlan.residential(draw, wide)
        )
        plan = replace(plan, has_shop=False)
        parts += placed(building.house(draw, plan), (cursor + wide / 2, 0, 0))
        cursor += wide + draw.choice([0.0, 0.0, 3.0])
    return parts


def industrial(draw: Draw, length: float) -> list[Primitive]:
    """A long hall with gates, a band of windows, a canopy and pipes."""
    sheet = replace(
        street_material.boards(draw) if draw.chance(0.3) else materials.plain(draw),
        pattern=draw.choice(['stripes', 'noise', 'bricks']),
        scale_m=0.3,
    )
    x, high, deep = length / 2, draw.uniform(4, 9), draw.uniform(10, 25)
    parts = [box((-x, -deep, 0), (x, 0, high), sheet)]
    parts.append(box((-x - 0.1, -deep, high), (x + 0.1, 0.1, high + 0.3), materials.plain(draw)))
    gate, frame = street_material.shutter(draw), materials.plain(draw)
    cursor = -x + draw.uniform(1, 4)
    while cursor < x - 4:
        wide = draw.uniform(2.5, 4)
        parts.append(box((cursor - 0.1, 0, 0), (cursor + wide + 0.1, 0.06, 3.6), frame))
        parts.append(box((cursor, 0, 0), (cursor + wide, 0.08, 3.5), gate))
        if draw.chance(0.4):
            low, end = (cursor - 0.5, 0.0, 3.8), (cursor + wide + 0.5, 1.8, 3.95)
            parts.append(box(low, end, frame))
        if draw.chance(0.4):
            parts.append(box((cursor - 0.2, 0, 0), (cursor + wide + 0.2, 1.2, 1.1), frame))
        cursor += wide + draw.uniform(1.5, 8)
    glass = street_material.window_glass(draw)
    if high > 5:
        parts.append(box((-x + 1, 0, high - 1.5), (x - 1, 0.04, high - 0.6), glass))
    pipe_x = draw.uniform(-x, x) * 0.9
    parts += tube([(pipe_x, 0.12, 0), (pipe_x, 0.12, high)], 0.08, frame)
    return parts


def barn(draw: Draw, length: float) -> list[Primitive]:
    """One or two barns with large doors, and sheds between them."""
    parts: list[Primitive] = []
    cursor = -length / 2
    while cursor < length / 2 - 8:
        wide, deep, high = draw.uniform(8, 18), draw.uniform(7, 12), draw.uniform(2.8, 5)
        face = draw.choice([street_material.boards, street_material.masonry,
                            street_material.plaster])(draw)  # fmt: skip
        roof = frustum(
            (0, -deep / 2, high),
            (wide / 2 + 0.4, deep / 2 + 0.5, draw.uniform(1.2, 2.6)),
            street_material.roof(draw),
            (1.0, 0.0),
        )
        door = street_material.boards(draw)
        gate = draw.uniform(1.2, 2.0)
        block = [
            box((-wide / 2, -deep, 0), (wide / 2, 0, high), face),
            roof,
            box((-gate, 0, 0), (gate, 0.07, min(high - 0.3, 3.4)), door),
        ]
        parts += placed(block, (cursor + wide / 2, 0, 0))
        cursor += wide + draw.uniform(2, 10)
    return parts


def backdrop(draw: Draw, length: float) -> list[Primitive]:
    """Roofs, trees and hills behind the edge, so that the sky begins above them."""
    parts: list[Primitive] = []
    count = round(length / draw.uniform(5, 14)) + 4
    tree_share = draw.uniform(0.2, 1.0)
    for _ in range(count):
        x = draw.uniform(-1.6, 1.6) * length
        y = -draw.log_uniform(9, 90) - 4
        if draw.chance(tree_share):
            parts += placed(tree.far_tree(draw, draw.uniform(5, 14)), (x, y, 0))
        else:
            wide = draw.uniform(9, 25)
            plan = (
                building.HousePlan.residential(draw, wide)
                if draw.chance(0.7)
                else building.HousePlan.urban(draw, wide)
            )
            parts += placed(building.far_house(draw, plan), (x, y - 6, 0), draw.normal(0, 0.2))
    for _ in range(draw.choice([0, 0, 1, 2])):
        size = (draw.uniform(80, 250), draw.uniform(60, 200), draw.uniform(10, 45))
        hill = ellipsoid((draw.uniform(-300, 300), -draw.uniform(250, 600), -3), size,
                         street_material.field(draw))  # fmt: skip
        parts.append(hill)
    return [replace(part, casts_shadow=part.centre[1] > -15) for part in parts]


def overhead_cables(draw: Draw, length: float) -> list[Primitive]:
    """Cables that sag between two poles above the edge."""
    high, x = draw.uniform(4.5, 7), length / 2
    parts = [
        part
        for end in (-x, x)
        for part in placed(street_objects.utility_pole(draw, high), (end, 0, 0))
    ]
    black, sag = materials.black(draw), length * draw.uniform(0.01, 0.03)
    for y in (-0.5, 0.0, 0.5):
        shares = [k / 8 for k in range(9)]
        points = [(-x + 2 * x * s, y, high - 0.15 - sag * 4 * s * (1 - s)) for s in shares]
        parts += tube(points, 0.012, black)
    return parts
