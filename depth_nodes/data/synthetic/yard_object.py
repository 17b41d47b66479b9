"""Things of gardens, parks and playgrounds, in metres."""

from __future__ import annotations

import math

from depth_nodes.data.synthetic import chair as chairs
from depth_nodes.data.synthetic import furniture, pedestrian, street_material, street_objects, tree
from depth_nodes.data.synthetic import material as materials
from depth_nodes.data.synthetic.draw import Draw, shaded
from depth_nodes.data.synthetic.item import Item, standing, tilted, tube
from depth_nodes.data.synthetic.scene import (
    box,
    cylinder,
    ellipsoid,
    frustum,
    placed,
    Primitive,
    rod,
    Vector,
)


def any_tree(draw: Draw) -> Item:
    """A tree of 3-11 m; only its trunk needs floor."""
    parts = tree.any_tree(draw, draw.uniform(3, 11))
    return Item(primitives=parts, width_m=1.2, depth_m=1.2)


def bush(draw: Draw) -> Item:
    """A shrub."""
    return standing(tree.bush(draw))


def hedge(draw: Draw) -> Item:
    """A short clipped hedge."""
    return standing(tree.hedge(draw, draw.uniform(1.5, 6)))


def bench(draw: Draw) -> Item:
    """A bench of the park or of the garden."""
    if draw.chance(0.5):
        return chairs.bench(draw)
    return standing(street_objects.bench(draw))


def bins(draw: Draw) -> Item:
    """Wheeled bins or a litter bin."""
    if draw.chance(0.6):
        return standing(street_objects.dustbins(draw))
    paint = materials.casing(draw)
    parts = [cylinder((0, 0, 0.1), 0.2, 0.7, paint), cylinder((0, 0, 0), 0.04, 0.2, paint)]
    return standing(parts)


def bicycles(draw: Draw) -> Item:
    """One to five bicycles side by side, with a rack."""
    count = draw.whole(1, 5)
    parts: list[Primitive] = []
    steel = street_material.steel(draw)
    for k in range(count):
        y = (k - (count - 1) / 2) * 0.55
        lean = placed(pedestrian.bicycle(draw), (0, y, 0), draw.normal(0, 0.08))
        parts += lean
        if count > 1:
            hoop = [(0.55, y + 0.08, 0), (0.55, y + 0.08, 0.5), (0.9, y + 0.08, 0.5)]
            parts += tube([*hoop, (0.9, y + 0.08, 0)], 0.015, steel)
    return standing(parts)


def people(draw: Draw) -> Item:
    """One or two people."""
    parts = pedestrian.person(draw)
    if draw.chance(0.3):
        parts = parts + placed(pedestrian.person(draw), (0.2, 0.7, 0), draw.uniform(0, math.tau))
    return standing(parts)


def garden_table(draw: Draw) -> Item:
    """A table with chairs, sometimes under a parasol."""
    if draw.chance(0.4):
        return standing(street_objects.parasol(draw))
    return furniture.dining_group(draw)


def flower_bed(draw: Draw) -> Item:
    """A raised bed of boards with earth and plants."""
    x, y, high = draw.uniform(0.5, 2.0), draw.uniform(0.3, 0.7), draw.uniform(0.1, 0.5)
    wood, soil = street_material.boards(draw), street_material.earth(draw)
    parts = [
        box((-x, -y, 0), (x, -y + 0.04, high), wood),
        box((-x, y - 0.04, 0), (x, y, high), wood),
        box((-x, -y, 0), (-x + 0.04, y, high), wood),
        box((x - 0.04, -y, 0), (x, y, high), wood),
        box((-x, -y, 0), (x, y, high * 0.9), soil),
    ]
    for _ in range(draw.whole(4, 14)):
        at = (draw.uniform(-x, x) * 0.85, draw.uniform(-y, y) * 0.8, high * 0.9)
        parts += placed(_flower(draw), at)
    return Item(primitives=parts, width_m=2 * x, depth_m=2 * y)


def _flower(draw: Draw) -> list[Primitive]:
    """A small bush, or a stalk with a blossom."""
    if draw.chance(0.5):
        return tree.bush(draw, draw.uniform(0.1, 0.3))
    tall, leaf = draw.uniform(0.12, 0.5), street_material.foliage(draw)
    bloom = materials.plain(draw, materials.paint_colour(draw, (0.5, 0.95), (0.6, 0.95)))
    top: Vector = (draw.normal(0, 0.05), draw.normal(0, 0.05), tall)
    size = draw.uniform(0.012, 0.035)
    return [rod((0, 0, 0), top, 0.006, leaf), ellipsoid(top, (size, size, size * 0.7), bloom)]


def wood_pile(draw: Draw) -> Item:
    """Logs that lie on each other."""
    bark, cut = street_material.bark(draw), materials.wood(draw)
    length, rows, columns = draw.uniform(0.15, 0.5), draw.whole(3, 8), draw.whole(5, 12)
    parts: list[Primitive] = []
    for row in range(rows):
        for column in range(columns - row % 2):
            radius = draw.uniform(0.055, 0.075)
            x = (column + (row % 2) / 2 - columns / 2) * 0.14
            z = 0.07 + row * 0.122
            log = rod((x, -length, z), (x, length, z), radius, bark)
            parts.append(log)
            face = rod((x, length, z), (x, length + 0.004, z), radius * 0.9, cut)
            parts.append(face)
    return standing(parts)


def wheelbarrow(draw: Draw) -> Item:
    """A tub on one wheel with two handles."""
    paint, black = materials.plain(draw, gloss=0.1), materials.black(draw)
    tub = frustum((0, 0, 0.3), (0.4, 0.3, 0.13), paint, (0.75, 0.75))
    tub = tilted(tub, math.pi)
    parts = [tub, rod((0.55, -0.03, 0.18), (0.55, 0.03, 0.18), 0.18, black)]
    for side in (-0.25, 0.25):
        parts += tube([(0.55, side * 0.2, 0.2), (-0.3, side, 0.35), (-0.8, side, 0.55)],
                      0.016, paint)  # fmt: skip
        parts.append(rod((-0.25, side, 0.3), (-0.35, side, 0.0), 0.014, paint))
    return standing(parts)


def washing_line(draw: Draw) -> Item:
    """Posts with a line and cloths."""
    steel, x, high = street_material.steel(draw), draw.uniform(1.5, 3), draw.uniform(1.7, 2.1)
    parts = [cylinder((a, 0, 0), 0.03, high, steel) for a in (-x, x)]
    parts.append(rod((-x, 0, high - 0.05), (x, 0, high - 0.05), 0.004, materials.black(draw)))
    cursor = -x + 0.2
    while cursor < x - 0.6:
        wide, long = draw.uniform(0.25, 0.9), draw.uniform(0.3, 1.1)
        cloth = materials.fabric(draw)
        if cursor + wide < x:
            low = (cursor, -0.008, high - 0.05 - long)
            parts.append(box(low, (cursor + wide, 0.008, high - 0.05), cloth))
        cursor += wide + draw.uniform(0.05, 0.5)
    return Item(primitives=parts, width_m=2 * x, depth_m=0.3)


def rocks(draw: Draw) -> Item:
    """Boulders, or a heap of earth."""
    stone = street_material.earth(draw)
    parts = []
    for _ in range(draw.whole(1, 5)):
        a, b, c = draw.uniform(0.15, 0.7), draw.uniform(0.15, 0.6), draw.uniform(0.1, 0.5)
        at = (draw.normal(0, 0.5), draw.normal(0, 0.4), c * 0.4)
        parts.append(ellipsoid(at, (a, b, c), stone))
    return standing(parts)


def pergola(draw: Draw) -> Item:
    """Posts and beams, with plants that climb."""
    wood, x, y = street_material.boards(draw), draw.uniform(1.2, 2.5), draw.uniform(1, 2)
    high = draw.uniform(2.2, 2.7)
    parts = [
        box((a - 0.06, b - 0.06, 0), (a + 0.06, b + 0.06, high), wood)
        for a in (-x, x)
        for b in (-y, y)
    ]
    parts += [box((-x - 0.3, b - 0.05, high), (x + 0.3, b + 0.05, high + 0.15), wood)
              for b in (-y, y)]  # fmt: skip
    for k in range(7):
        at = -x + k * 2 * x / 6
        parts.append(
            box((at - 0.03, -y - 0.3, high + 0.15), (at + 0.03, y + 0.3, high + 0.27), wood)
        )
    if draw.chance(0.5):
        for part in tree.bush(draw, 0.8):
            parts += placed([part], (x, y, 1.2))
    return standing(parts)


def lamp_post(draw: Draw) -> Item:
    """A lantern of a path, 3-4.5 m high, or one on a short post."""
    steel, glass = street_material.steel(draw), materials.lamp_shade(draw, 0.5)
    high = draw.choice([0.8, 3.2, 4.2]) * draw.uniform(0.9, 1.1)
    size = 0.08 if high < 1.5 else 0.16
    parts = [
        cylinder((0, 0, 0), 0.04, high, steel),
        cylinder((0, 0, high), size, size * 1.6, glass),
        frustum((0, 0, high + size * 1.6), (size * 1.3, size * 1.3, 0.06), steel, (0.2, 0.2)),
    ]
    return standing(parts)


def statue(draw: Draw) -> Item:
    """A stone figure, a column, or a basin of water on steps."""
    value = draw.uniform(0.5, 0.85)
    stone = materials.plain(draw, (value, value * 0.98, value * 0.92), 0.2)
    parts = [
        box((-1.0, -1.0, 0), (1.0, 1.0, 0.15), stone),
        box((-0.8, -0.8, 0.15), (0.8, 0.8, 0.3), stone),
    ]
    if draw.chance(0.5):
        water = materials.plain(draw, (0.2, 0.3, 0.32), 0.2, 0.5)
        parts += [
            cylinder((0, 0, 0.0), 1.4, 0.5, stone),
            cylinder((0, 0, 0.45), 1.25, 0.06, water),
            cylinder((0, 0, 0.4), 0.15, 1.0, stone),
            ellipsoid((0, 0, 1.4), (0.6, 0.6, 0.12), stone),
        ]
        return standing(parts)
    parts.append(box((-0.4, -0.4, 0.3), (0.4, 0.4, 1.5), stone))
    figure = [
        part if part.material.emission else Primitive(
            shape=part.shape, centre=part.centre, half_size=part.half_size, material=stone,
            world_from_object=part.world_from_object, taper=part.taper, shear=part.shear,
        )
        for part in pedestrian.person(draw)
    ]  # fmt: skip
    return standing(parts + placed(figure, (0, 0, 1.5)))


def swing(draw: Draw) -> Item:
    """Two A-frames with a bar, ropes and seats."""
    paint, seat = materials.plain(draw), materials.black(draw)
    if draw.chance(0.5):
        paint = street_material.boards(draw)
    x, high = draw.uniform(1.0, 2.0), draw.uniform(2.0, 2.6)
    parts = [rod((-x, 0, high), (x, 0, high), 0.05, paint)]
    for a in (-x, x):
        parts += [rod((a, b, 0), (a, 0, high), 0.045, paint) for b in (-0.9, 0.9)]
    for k in range(draw.whole(1, 3)):
        at, y = -x * 0.5 + k * 0.8, draw.normal(0, 0.2)
        for b in (-0.2, 0.2):
            parts.append(rod((at + b, 0, high), (at + b, y, 0.5), 0.008, seat))
        parts.append(box((at - 0.24, y - 0.1, 0.47), (at + 0.24, y + 0.1, 0.5), seat))
    return standing(parts)


def slide(draw: Draw) -> Item:
    """A chute with rails, a ladder and a platform, sometimes with a roof."""
    steel, paint = materials.chrome(draw), materials.plain(draw, gloss=0.1)
    high, run = draw.uniform(1.2, 2.2), draw.uniform(2.0, 3.2)
    angle = math.atan2(high - 0.3, run)
    length = math.hypot(high - 0.3, run)
    chute = [
        box((-length / 2, -0.25, -0.02), (length / 2, 0.25, 0.0), steel),
        box((-length / 2, -0.28, -0.02), (length / 2, -0.25, 0.18), paint),
        box((-length / 2, 0.25, -0.02), (length / 2, 0.28, 0.18), paint),
    ]
    turned = [_pitched(part, angle) for part in chute]
    parts = placed(turned, (run / 2 + 0.4, 0, (high + 0.3) / 2))
    for a in (-0.4, 0.4):
        for b in (-0.4, 0.4):
            parts.append(rod((a, b, 0), (a, b, high + 0.8), 0.04, paint))
    parts.append(box((-0.45, -0.45, high - 0.05), (0.45, 0.45, high), paint))
    for k in range(1, int(high / 0.3) + 1):
        parts.append(rod((-0.45, -0.3, k * 0.3), (-0.45, 0.3, k * 0.3), 0.02, steel))
    if draw.chance(0.5):
        parts.append(
            frustum((0, 0, high + 0.8), (0.6, 0.6, 0.25), materials.plain(draw), (0.0, 1.0))
        )
    return standing(parts)


def _pitched(part: Primitive, angle: float) -> Primitive:
    """Turned about the origin's y, so that +x goes down."""
    turned = tilted(part, 0.0, angle)
    x, y, z = part.centre
    c, s = math.cos(angle), math.sin(angle)
    at = (c * x + s * z, y, -s * x + c * z)
    return placed([Primitive(
        shape=part.shape, centre=at, half_size=part.half_size, material=part.material,
        world_from_object=turned.world_from_object,
    )], (0, 0, 0))[0]  # fmt: skip


def climbing_frame(draw: Draw) -> Item:
    """A grid of bars."""
    paint = materials.plain(draw, materials.paint_colour(draw, (0.4, 0.95), (0.3, 0.9)))
    nx, ny, nz, step = draw.whole(2, 4), draw.whole(1, 3), draw.whole(2, 3), 0.65
    parts: list[Primitive] = []
    x0, y0 = -nx * step / 2, -ny * step / 2
    for i in range(nx + 1):
        for j in range(ny + 1):
            at = (x0 + i * step, y0 + j * step)
            parts.append(rod((*at, 0), (*at, nz * step), 0.02, paint))
    for k in range(1, nz + 1):
        z = k * step
        for j in range(ny + 1):
            parts.append(rod((x0, y0 + j * step, z), (-x0, y0 + j * step, z), 0.02, paint))
        for i in range(nx + 1):
            parts.append(rod((x0 + i * step, y0, z), (x0 + i * step, -y0, z), 0.02, paint))
    return standing(parts)


def seesaw(draw: Draw) -> Item:
    """A beam on a stand, one end on the ground."""
    paint, steel = materials.plain(draw), street_material.steel(draw)
    beam = box((-1.5, -0.1, 0.45), (1.5, 0.1, 0.52), paint)
    parts = [tilted(beam, 0.0, 0.25), cylinder((0, 0, 0), 0.1, 0.45, steel)]
    return standing(parts)


def sand_pit(draw: Draw) -> Item:
    """Boards around sand, with toys."""
    wood, x, y = street_material.boards(draw), draw.uniform(1, 2.5), draw.uniform(1, 2.5)
    sand = materials.ground(draw, shaded((0.85, 0.75, 0.55), draw.uniform(0.8, 1.0)))
    parts = [
        box((-x, -y, 0), (x, y, 0.05), sand),
        *(box((-x - 0.1, b - 0.1, 0), (x + 0.1, b + 0.1, 0.3), wood) for b in (-y, y)),
        *(box((a - 0.1, -y, 0), (a + 0.1, y, 0.3), wood) for a in (-x, x)),
    ]
    for _ in range(draw.whole(0, 5)):
        at = (draw.uniform(-x, x) * 0.8, draw.uniform(-y, y) * 0.8, 0.05)
        bucket = cylinder((0, 0, 0), 0.08, 0.15, materials.plain(draw))
        parts += placed([bucket], at)
    return standing(parts)
