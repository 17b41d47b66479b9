"""Things of the street, in metres, standing on z = 0 around the origin, facing +x."""

from __future__ import annotations

from dataclasses import replace
import math

import numpy as np

from depth_nodes.data.synthetic import material as materials
from depth_nodes.data.synthetic.draw import Draw, shaded
from depth_nodes.data.synthetic.scene import (
    box,
    Colour,
    cylinder,
    ellipsoid,
    Material,
    Primitive,
    Vector,
)

BRANDS: tuple[Colour, ...] = ((0.8, 0.1, 0.1), (0.1, 0.25, 0.7), (0.95, 0.8, 0.1), (0.1, 0.5, 0.2))


def person(draw: Draw) -> list[Primitive]:
    """About 1.7 m tall, mid-step."""
    scale = draw.uniform(0.92, 1.08)
    trousers = materials.plain(draw, draw.colour(saturation=(0, 0.5), value=(0.08, 0.5)))
    coat = materials.plain(draw)
    skin = materials.plain(
        draw, draw.choice([(0.85, 0.65, 0.52), (0.55, 0.38, 0.28), (0.35, 0.23, 0.17)])
    )
    hair = materials.plain(
        draw, draw.choice([(0.1, 0.07, 0.05), (0.35, 0.22, 0.1), (0.6, 0.58, 0.55)])
    )
    step = draw.uniform(0.0, 0.22)
    return [
        cylinder((step, 0.09, 0), 0.075 * scale, 0.82 * scale, trousers),
        cylinder((-step, -0.09, 0), 0.075 * scale, 0.82 * scale, trousers),
        ellipsoid((0, 0, 1.17 * scale), (0.13 * scale, 0.21 * scale, 0.31 * scale), coat),
        ellipsoid((0, 0, 0.9 * scale), (0.13 * scale, 0.17 * scale, 0.16 * scale), trousers),
        cylinder((-step * 0.6, 0.24 * scale, 0.78 * scale), 0.05 * scale, 0.6 * scale, coat),
        cylinder((step * 0.6, -0.24 * scale, 0.78 * scale), 0.05 * scale, 0.6 * scale, coat),
        cylinder((0, 0, 1.42 * scale), 0.05 * scale, 0.1 * scale, skin),
        ellipsoid((0, 0, 1.58 * scale), (0.1 * scale, 0.085 * scale, 0.13 * scale), skin),
        ellipsoid((-0.02, 0, 1.63 * scale), (0.1 * scale, 0.09 * scale, 0.1 * scale), hair),
    ]


def tree(draw: Draw) -> list[Primitive]:
    """Trunk and a crown of several balls, or a conifer of flat ones."""
    trunk_colour = draw.colour((0.05, 0.1), (0.1, 0.5), (0.25, 0.55))
    bark = Material(pattern='wood', palette=(shaded(trunk_colour, 0.5), trunk_colour), scale_m=0.2)
    height, leaf = draw.uniform(5.0, 11.0), materials.leaves(draw)
    # Crowns of street trees are clear of the traffic below.
    clear = max(draw.uniform(0.25, 0.4) * height, 2.8)
    parts = [cylinder((0, 0, 0), height * 0.011 + 0.04, height * 0.75, bark)]
    cutout = draw.uniform(0.33, 0.47)
    balls = _conifer(height, clear) if draw.chance(0.2) else _broad_crown(draw, height, clear)
    parts += [replace(ellipsoid(at, size, leaf), cutout=cutout) for at, size in balls]
    return parts


def _conifer(height: float, clear: float) -> list[tuple[Vector, Vector]]:
    balls = []
    for i in range(5):
        radius = height * 0.2 * (1 - i * 0.18)
        z = clear + radius * 0.4 + (height - clear) * i / 5
        balls.append(((0.0, 0.0, z), (radius, radius, height * 0.15)))
    return balls


def _broad_crown(draw: Draw, height: float, clear: float) -> list[tuple[Vector, Vector]]:
    spread = height * draw.uniform(0.16, 0.26)
    middle = (clear + height) / 2
    balls = []
    for _ in range(draw.whole(7, 11)):
        size = spread * draw.uniform(0.35, 0.75)
        angle, out = draw.uniform(0, math.tau), spread * draw.uniform(0.1, 0.8)
        lift = (middle - clear - size) * draw.uniform(-1, 1) * (1 - 0.5 * out / spread)
        centre = (out * math.cos(angle), out * math.sin(angle), max(middle + lift, clear + size))
        balls.append((centre, (size, size, size * draw.uniform(0.6, 0.9))))
    return balls


def hedge(draw: Draw) -> list[Primitive]:
    """A clipped hedge along x, or a low wall."""
    x, z = draw.uniform(1.5, 6), draw.uniform(0.7, 1.6)
    if draw.chance(0.4):
        return [box((-x, -0.15, 0), (x, 0.15, z), materials.wall(draw))]
    leaf = materials.leaves(draw)
    core = box((-x, -0.2, 0), (x, 0.2, z - 0.1), leaf)
    return [core, replace(box((-x - 0.1, -0.3, 0), (x + 0.1, 0.3, z), leaf), cutout=0.42)]


def street_lamp(draw: Draw) -> list[Primitive]:
    """A pole of 5-8 m with an arm towards +y."""
    height, steel = draw.uniform(5, 8), materials.metal(draw)
    return [
        cylinder((0, 0, 0), 0.07, height, steel),
        box((-0.04, 0, height - 0.08), (0.04, 1.2, height), steel),
        box((-0.12, 0.8, height - 0.16), (0.12, 1.5, height - 0.06), steel),
    ]


def sign(draw: Draw) -> list[Primitive]:
    """A traffic sign that faces -x."""
    steel = materials.metal(draw)
    colour = draw.choice(BRANDS)
    face = Material(pattern='checker', palette=(colour, (0.95, 0.95, 0.95)), scale_m=0.3, grain=0)
    z = draw.uniform(2.0, 2.5)
    parts = [cylinder((0, 0, 0), 0.03, z + 0.6, steel)]
    if draw.chance(0.5):
        parts.append(box((-0.06, -0.3, z), (-0.04, 0.3, z + 0.6), face))
        return parts
    disc = Primitive(
        shape='cylinder',
        centre=(-0.05, 0, z + 0.3),
        half_size=(0.3, 0.3, 0.01),
        material=materials.plain(draw, colour),
        world_from_object=np.array([[0, 0, 1.0], [0, 1.0, 0], [-1.0, 0, 0]]),
    )
    inner = replace(
        disc,
        centre=(-0.065, 0, z + 0.3),
        half_size=(0.2, 0.2, 0.01),
        material=materials.plain(draw, (0.95, 0.95, 0.95), 0.0),
    )
    return [*parts, disc, inner]


def small_furniture(draw: Draw) -> list[Primitive]:
    """A bollard, bin, bench or letter box."""
    kind, paint = draw.choice(['bollard', 'bin', 'bench', 'box']), materials.plain(draw)
    if kind == 'bollard':
        return [cylinder((0, 0, 0), 0.08, 0.95, paint)]
    if kind == 'bin':
        return [
            cylinder((0, 0, 0), 0.28, 1.0, paint),
            cylinder((0, 0, 1.0), 0.3, 0.08, materials.metal(draw)),
        ]
    if kind == 'box':
        return [
            box((-0.25, -0.25, 0.3), (0.25, 0.25, 1.2), materials.plain(draw, draw.choice(BRANDS)))
        ]
    wood = materials.wood(draw)
    legs = [box((x - 0.04, -0.2, 0), (x + 0.04, 0.2, 0.42), paint) for x in (-0.7, 0.7)]
    return [
        *legs,
        box((-0.9, -0.22, 0.42), (0.9, 0.22, 0.47), wood),
        box((-0.9, -0.22, 0.55), (0.9, -0.18, 0.9), wood),
    ]


def building(draw: Draw, width: float, depth: float) -> list[Primitive]:
    """A house front of `width` along x; its face lies at y = 0, its body behind in -y."""
    storeys, storey = draw.choice([1, 2, 2, 3, 3, 4, 4, 5, 6, 9]), draw.uniform(2.7, 3.4)
    height = storeys * storey + draw.uniform(0.3, 1.2)
    x = width / 2
    facade = _facade(draw, storey, height, width)
    roof = materials.plain(draw, draw.colour((0, 0.08), (0.1, 0.6), (0.2, 0.5)))
    parts = [box((-x, -depth, 0), (x, 0, height), facade, roof)]
    base = materials.wall(draw)
    parts.append(box((-x - 0.02, -depth, 0), (x + 0.02, 0.06, draw.uniform(0.3, 0.7)), base))
    parts.append(box((-x - 0.1, -depth - 0.1, height), (x + 0.1, 0.3, height + 0.25), roof))
    if draw.chance(0.5):
        inset = draw.uniform(0.6, 1.5)
        top = height + draw.uniform(0.8, 2.2)
        parts.append(
            box((-x + inset, -depth + inset, height + 0.2), (x - inset, -inset, top), roof)
        )
    parts += _ground_floor(draw, x)
    return parts


def _facade(draw: Draw, storey: float, height: float, width: float) -> Material:
    wall = draw.choice(
        [
            draw.colour((0.02, 0.15), (0.05, 0.4), (0.55, 0.95)),
            draw.colour((0.0, 0.06), (0.35, 0.65), (0.35, 0.65)),
            draw.colour(saturation=(0, 0.3), value=(0.35, 0.95)),
        ]
    )
    frame = draw.choice([(0.92, 0.92, 0.9), shaded(wall, 0.6), (0.25, 0.22, 0.2)])
    aspect = draw.uniform(0.6, 1.1)
    columns = max(round(width / (storey * aspect)), 1)
    aspect = width / (columns * storey)
    return Material(
        pattern='facade',
        palette=(
            shaded(wall, 0.9),
            wall,
            shaded(wall, 0.8),
            frame,
            frame,
            (0.1, 0.12, 0.15),
            (0.2, 0.25, 0.3),
            (0.15, 0.16, 0.2),
            (0.45, 0.5, 0.55),
            (0.5, 0.45, 0.35),
        ),
        scale_m=storey,
        aspect=aspect,
        grain=0.08,
        offset=(columns * aspect / 2 + 40 * aspect, height / 2 / storey),
    )


def _ground_floor(draw: Draw, x: float) -> list[Primitive]:
    """A door, and sometimes a shop window with an awning."""
    parts: list[Primitive] = []
    door_x = draw.uniform(-x + 1, x - 1)
    parts.append(
        box(
            (door_x - 0.5, 0, 0),
            (door_x + 0.5, 0.05, 2.1),
            draw.choice([materials.wood, materials.plain])(draw),
        )
    )
    parts.append(box((door_x - 0.8, 0, 0), (door_x + 0.8, 0.8, 0.15), materials.wall(draw)))
    if draw.chance(0.35):
        side = -1 if door_x > 0 else 1
        low, high = sorted((door_x + side * 0.8, side * (x - 0.4)))
        if high - low > 1.5:
            shop = replace(materials.shop_window(draw), emission=0.2)
            parts.append(box((low, 0, 0.5), (high, 0.06, 2.3), shop))
            stripe = Material(
                pattern='stripes', palette=(draw.choice(BRANDS), (0.95, 0.93, 0.9)), scale_m=0.4
            )
            parts.append(
                box((low - 0.1, 0, 2.45), (high + 0.1, draw.uniform(0.15, 1.2), 2.65), stripe)
            )
    return parts
