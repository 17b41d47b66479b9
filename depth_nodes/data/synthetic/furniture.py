"""Furniture and small things of rooms, in metres.

Every builder returns an `Item` that stands on z = 0 around the origin, its back towards -y.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from depth_nodes.data.synthetic import material as materials
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.scene import (
    box,
    cylinder,
    ellipsoid,
    Material,
    Primitive,
)
from depth_nodes.data.synthetic.small_thing import things_on


@dataclass(frozen=True, kw_only=True, eq=False)
class Item:
    """Solids with the width (x) and depth (y) of the floor that they need [m]."""

    primitives: list[Primitive]
    width_m: float
    depth_m: float


def _legs(width: float, depth: float, height: float, thick: float, material: Material) -> list:
    x, y = width / 2 - thick, depth / 2 - thick
    return [
        box(
            (sx * x - thick / 2, sy * y - thick / 2, 0),
            (sx * x + thick / 2, sy * y + thick / 2, height),
            material,
        )
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]


def table(draw: Draw, height: float | None = None) -> Item:
    """A dining table or desk of usual height with things on it."""
    width, depth = draw.uniform(0.8, 1.9), draw.uniform(0.6, 0.95)
    height = height or draw.uniform(0.71, 0.78)
    top = draw.choice([materials.wood, materials.plain])(draw)
    parts = [box((-width / 2, -depth / 2, height - 0.04), (width / 2, depth / 2, height), top)]
    parts += _legs(width, depth, height - 0.04, draw.uniform(0.03, 0.08), top)
    parts += things_on(draw, width, depth, height, draw.whole(0, 8))
    return Item(primitives=parts, width_m=width, depth_m=depth)


def coffee_table(draw: Draw) -> Item:
    """A low table."""
    return table(draw, draw.uniform(0.35, 0.48))


def desk(draw: Draw) -> Item:
    """A table with a screen and a drawer block."""
    item = table(draw)
    width, depth = item.width_m, item.depth_m
    black = materials.plain(draw, (0.05, 0.05, 0.06), 0.0)
    size = draw.uniform(0.4, 0.65)
    screen = replace(materials.picture(draw, size), emission=0.5)
    x = draw.uniform(-width / 5, width / 5)
    y = -depth * 0.25
    low = 0.75 + 0.12
    parts = [
        box((x - size / 2, y, low), (x + size / 2, y + 0.03, low + size * 0.6), black),
        box(
            (x - size / 2 + 0.015, y + 0.03, low + 0.015),
            (x + size / 2 - 0.015, y + 0.035, low + size * 0.6 - 0.015),
            screen,
        ),
        box((x - 0.03, y - 0.02, 0.75), (x + 0.03, y, low + 0.1), black),
        box(
            (width / 2 - 0.45, -depth / 2 + 0.05, 0.05),
            (width / 2 - 0.08, depth / 2 - 0.05, 0.62),
            materials.plain(draw),
        ),
    ]
    return Item(primitives=item.primitives + parts, width_m=width, depth_m=depth)


def chair(draw: Draw) -> Item:
    """Seat at .45 m, back to .9 m."""
    size, seat = draw.uniform(0.4, 0.5), draw.uniform(0.43, 0.48)
    frame, cloth = materials.wood(draw), draw.choice([materials.fabric, materials.plain])(draw)
    back = draw.uniform(0.8, 1.0)
    parts = _legs(size, size, seat, 0.035, frame)
    parts.append(
        box((-size / 2, -size / 2, seat - 0.03), (size / 2, size / 2, seat + 0.03), cloth)
    )
    parts.append(
        box((-size / 2, -size / 2, seat + 0.12), (size / 2, -size / 2 + 0.04, back), cloth)
    )
    y = -size / 2
    for x in (-size / 2 - 0.004, size / 2 - 0.026):
        parts.append(box((x, y - 0.004, seat), (x + 0.03, y + 0.044, back + 0.01), frame))
    return Item(primitives=parts, width_m=size, depth_m=size)


def sofa(draw: Draw) -> Item:
    """Armchair to three-seater, with cushions."""
    seats = draw.whole(1, 3)
    width, depth = 0.65 * seats + 0.4, draw.uniform(0.8, 0.95)
    cloth, cushion = materials.fabric(draw), materials.fabric(draw)
    back, arm = draw.uniform(0.7, 0.9), draw.uniform(0.55, 0.65)
    parts = [
        box((-width / 2, -depth / 2, 0.06), (width / 2, depth / 2, 0.3), cloth),
        box((-width / 2, -depth / 2, 0.3), (width / 2, -depth / 2 + 0.2, back), cloth),
        box((-width / 2, -depth / 2, 0.3), (-width / 2 + 0.18, depth / 2, arm), cloth),
        box((width / 2 - 0.18, -depth / 2, 0.3), (width / 2, depth / 2, arm), cloth),
    ]
    for i in range(seats):
        x = -width / 2 + 0.2 + i * 0.65
        parts.append(box((x, -depth / 2 + 0.2, 0.3), (x + 0.64, depth / 2 + 0.02, 0.44), cloth))
        if draw.chance(0.5):
            parts.append(ellipsoid((x + 0.32, -depth / 2 + 0.3, 0.6), (0.22, 0.1, 0.2), cushion))
    return Item(primitives=parts, width_m=width, depth_m=depth)


def bed(draw: Draw) -> Item:
    """Single or double, headboard at the wall."""
    width, depth = draw.choice([0.95, 1.45, 1.85]), 2.05
    frame, sheet, cover = materials.wood(draw), materials.fabric(draw), materials.fabric(draw)
    white = materials.plain(draw, (0.9, 0.9, 0.88))
    parts = [
        box((-width / 2, -depth / 2, 0.1), (width / 2, depth / 2, 0.3), frame),
        box(
            (-width / 2 + 0.03, -depth / 2 + 0.04, 0.3),
            (width / 2 - 0.03, depth / 2 - 0.03, 0.5),
            sheet,
        ),
        box(
            (-width / 2 - 0.02, -depth / 2 + 0.6, 0.28),
            (width / 2 + 0.02, depth / 2 + 0.01, 0.55),
            cover,
        ),
        box(
            (-width / 2, -depth / 2, 0),
            (width / 2, -depth / 2 + 0.05, draw.uniform(0.8, 1.2)),
            frame,
        ),
    ]
    for x in [0.0] if width < 1 else [-width / 4, width / 4]:
        parts.append(ellipsoid((x, -depth / 2 + 0.33, 0.54), (0.34, 0.22, 0.09), white))
    return Item(primitives=parts, width_m=width, depth_m=depth)


def shelf(draw: Draw) -> Item:
    """An open shelf with rows of books."""
    width, depth, height = draw.uniform(0.6, 1.6), draw.uniform(0.25, 0.4), draw.uniform(0.8, 2.2)
    frame = draw.choice([materials.wood, materials.plain])(draw)
    pitch = draw.uniform(0.3, 0.4)
    rows = int((height - 0.05) / pitch)
    height = rows * pitch + 0.05
    parts = [
        box((x - 0.012, -depth / 2, 0), (x + 0.012, depth / 2, height), frame)
        for x in (-width / 2, width / 2)
    ]
    parts.append(box((-width / 2, -depth / 2, 0), (width / 2, -depth / 2 + 0.02, height), frame))
    for row in range(rows + 1):
        z = row * pitch
        parts.append(
            box((-width / 2, -depth / 2, z + 0.02), (width / 2, depth / 2, z + 0.045), frame)
        )
        if row < rows and draw.chance(0.8):
            parts.append(_books(draw, width, depth, z + 0.045, pitch))
    return Item(primitives=parts, width_m=width + 0.03, depth_m=depth)


def _books(draw: Draw, width: float, depth: float, z: float, pitch: float) -> Primitive:
    length = width * draw.uniform(0.4, 0.97)
    start = -width / 2 + 0.015 + draw.uniform(0, width - length - 0.02)
    palette = tuple(draw.colour(saturation=(0.1, 0.8), value=(0.1, 0.95)) for _ in range(7))
    height = pitch * draw.uniform(0.55, 0.85)
    spines = Material(
        pattern='books',
        palette=((0.04, 0.03, 0.03), *palette),
        scale_m=height * 1.02,
        aspect=height / draw.uniform(0.025, 0.045),
        grain=0.1,
        offset=(draw.uniform(0, 50), 0.5),
    )
    return box(
        (start, -depth / 2 + 0.02, z),
        (start + length, depth / 2 - draw.uniform(0.02, 0.1), z + height),
        spines,
    )


def cabinet(draw: Draw) -> Item:
    """Wardrobe, sideboard, fridge or kitchen unit with doors and handles."""
    height = draw.choice([0.85, 1.2, 1.8, 2.1]) * draw.uniform(0.95, 1.05)
    doors = draw.whole(1, 4)
    width, depth = doors * draw.uniform(0.4, 0.6), draw.uniform(0.4, 0.65)
    body = draw.choice([materials.wood, materials.plain])(draw)
    front, handle = replace(body, offset=draw.offset()), materials.metal(draw)
    parts = [box((-width / 2, -depth / 2, 0.06), (width / 2, depth / 2, height), body)]
    step = width / doors
    for i in range(doors):
        x = -width / 2 + i * step
        parts.append(
            box(
                (x + 0.006, depth / 2, 0.08),
                (x + step - 0.006, depth / 2 + 0.018, height - 0.01),
                front,
            )
        )
        parts.append(
            box(
                (x + step - 0.07, depth / 2 + 0.018, height * 0.5),
                (x + step - 0.05, depth / 2 + 0.045, height * 0.5 + 0.14),
                handle,
            )
        )
    if height < 1.3:
        parts += things_on(draw, width, depth, height, draw.whole(0, 4))
    return Item(primitives=parts, width_m=width, depth_m=depth + 0.05)


def kitchen(draw: Draw) -> Item:
    """A worktop over cupboards, hung cupboards, a sink or hob, and what stands around."""
    units = draw.whole(2, 5)
    width, depth, top = units * 0.6, 0.6, draw.uniform(0.86, 0.94)
    front, handle = draw.choice([materials.wood, materials.plain])(draw), materials.metal(draw)
    slab = draw.choice([materials.wood, materials.plain])(draw)
    splash = replace(materials.wall(draw), pattern='tiles', scale_m=draw.uniform(0.1, 0.2))
    back, x = -depth / 2, width / 2
    hung = draw.uniform(1.35, 1.5)
    parts = [
        box((-x, back, 0.1), (x, depth / 2 - 0.04, top - 0.04), front),
        box((-x, back, top - 0.04), (x, depth / 2, top), slab),
        box((-x, back, top), (x, back + 0.01, hung), splash),
    ]
    for i in range(units):
        left = -x + i * 0.6
        low, high = (left + 0.005, left + 0.595)
        parts.append(
            box((low, depth / 2 - 0.04, 0.12), (high, depth / 2 - 0.02, top - 0.05), front)
        )
        bar = (left + 0.1, left + 0.5)
        parts.append(
            box((bar[0], depth / 2 - 0.02, top - 0.14), (bar[1], depth / 2, top - 0.12), handle)
        )
        if draw.chance(0.7):
            parts.append(box((low, back, hung), (high, back + 0.35, hung + 0.7), front))
    steel = materials.plain(draw, draw.choice([(0.7, 0.7, 0.72), (0.05, 0.05, 0.06)]), 0.05)
    at = draw.uniform(-x + 0.35, x - 0.35)
    parts.append(box((at - 0.28, -0.2, top), (at + 0.28, 0.22, top + 0.006), steel))
    parts.append(cylinder((at, -0.23, top), 0.015, 0.28, handle))
    parts += things_on(draw, width, depth, top, draw.whole(1, 9))
    return Item(primitives=parts, width_m=width, depth_m=depth)


def floor_lamp(draw: Draw) -> Item:
    """A stand with a bright shade."""
    height, pole = draw.uniform(1.3, 1.8), materials.metal(draw)
    shade = Material(pattern='noise', palette=((0.95, 0.85, 0.65), (1, 0.95, 0.85)), emission=0.7)
    parts = [
        cylinder((0, 0, 0), 0.15, 0.03, pole),
        cylinder((0, 0, 0.03), 0.015, height - 0.1, pole),
        cylinder((0, 0, height - 0.15), draw.uniform(0.12, 0.22), 0.25, shade),
    ]
    return Item(primitives=parts, width_m=0.4, depth_m=0.4)


def plant(draw: Draw) -> Item:
    """A pot with foliage."""
    radius, height = draw.uniform(0.1, 0.2), draw.uniform(0.5, 1.5)
    leaf = replace(materials.leaves(draw), scale_m=0.2)
    parts = [cylinder((0, 0, 0), radius, radius * 1.8, materials.plain(draw))]
    parts.append(cylinder((0, 0, radius * 1.8), 0.02, height * 0.5, materials.wood(draw)))
    for _ in range(draw.whole(2, 5)):
        size = draw.uniform(0.1, 0.22)
        centre = (
            draw.uniform(-0.15, 0.15),
            draw.uniform(-0.15, 0.15),
            height * draw.uniform(0.65, 1),
        )
        parts.append(ellipsoid(centre, (size, size, size * draw.uniform(0.6, 1.3)), leaf))
    return Item(primitives=parts, width_m=0.5, depth_m=0.5)


def clutter(draw: Draw) -> Item:
    """A carton, ball, bin or bag on the floor."""
    kind = draw.choice(['carton', 'carton', 'ball', 'bin', 'stool'])
    size = draw.uniform(0.12, 0.5)
    if kind == 'ball':
        radius = size / 2
        parts = [ellipsoid((0, 0, radius), (radius, radius, radius), materials.fabric(draw))]
    elif kind == 'bin':
        parts = [cylinder((0, 0, 0), size / 2, size * 1.2, materials.plain(draw))]
    elif kind == 'stool':
        wood, radius = materials.wood(draw), 0.17
        parts = [cylinder((0, 0, 0.42), radius, 0.04, wood), *_legs(0.3, 0.3, 0.42, 0.03, wood)]
        size = 0.36
    else:
        colour = draw.choice([draw.colour((0.06, 0.1), (0.3, 0.5), (0.5, 0.8)), None])
        half = size / 2
        y, height = half * draw.uniform(0.5, 1), size * draw.uniform(0.4, 1.2)
        parts = [box((-half, -y, 0), (half, y, height), materials.plain(draw, colour))]
    return Item(primitives=parts, width_m=size, depth_m=size)


Builder = Callable[[Draw], Item]
WALL_ITEMS: tuple[Builder, ...] = (
    sofa,
    bed,
    shelf,
    shelf,
    cabinet,
    cabinet,
    desk,
    desk,
    table,
    kitchen,
    kitchen,
)
FREE_ITEMS: tuple[Builder, ...] = (table, coffee_table, chair, chair, floor_lamp, plant, clutter)
