"""Tables, beds, sofas, lamps and what stands about in homes. Metres, backs towards -y."""

from __future__ import annotations

from dataclasses import replace
import math

from depth_nodes.data.synthetic import chair as chairs
from depth_nodes.data.synthetic import material as materials
from depth_nodes.data.synthetic import small_thing
from depth_nodes.data.synthetic.arrangement import things_on
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.item import gathered, Item, legs, tilted, tube
from depth_nodes.data.synthetic.scene import (
    box,
    cylinder,
    ellipsoid,
    frustum,
    Material,
    placed,
    Primitive,
    rod,
)


def table(draw: Draw, height: float | None = None, most_things: int = 32) -> Item:
    """A table, square or round, with things on it."""
    width, depth = draw.uniform(0.8, 1.9), draw.uniform(0.6, 0.95)
    height = height or draw.uniform(0.71, 0.78)
    board = draw.choice([materials.wood, materials.lacquer, materials.wood])(draw)
    count = round(draw.log_uniform(1, most_things))
    if draw.chance(0.25):
        depth = width = draw.uniform(0.7, 1.2)
        steel = materials.metal(draw)
        parts = [
            cylinder((0, 0, height - 0.03), width / 2, 0.03, board),
            cylinder((0, 0, 0.02), 0.04, height - 0.04, steel),
            cylinder((0, 0, 0), width * 0.28, 0.02, steel),
        ]
        top = (width * 0.7, width * 0.7, height)
    else:
        parts = [
            box((-width / 2, -depth / 2, height - 0.04), (width / 2, depth / 2, height), board)
        ]
        leg = board if draw.chance(0.6) else materials.metal(draw)
        parts += legs(width, depth, height - 0.04, draw.uniform(0.03, 0.08), leg)
        if draw.chance(0.12):
            parts += _cloth_over(draw, width, depth, height)
        top = (width, depth, height + 0.004)
    parts += things_on(draw, top, count, small_thing.KITCHEN_THINGS, board)
    return Item(primitives=parts, width_m=width, depth_m=depth)


def _cloth_over(draw: Draw, width: float, depth: float, height: float) -> list[Primitive]:
    cloth = materials.fabric(draw)
    x, y, drop = width / 2 + 0.006, depth / 2 + 0.006, draw.uniform(0.1, 0.3)
    return [box((-x, -y, height - drop), (x, y, height + 0.004), cloth)]


def dining_group(draw: Draw) -> Item:
    """A table with alike chairs around it."""
    middle = table(draw)
    seed_chair = draw.choice([chairs.wooden_chair, chairs.tube_chair])(draw)
    members = [(middle, (0.0, 0.0), 0.0)]
    places = max(int(middle.width_m / 0.6), 1)
    for side in (-1, 1):
        for k in range(places):
            if draw.chance(0.8):
                x = (k + 0.5 - places / 2) * middle.width_m / places
                y = side * (middle.depth_m / 2 + draw.uniform(-0.1, 0.3))
                # A chair looks at the table: towards +y from the near side.
                yaw = (0.0 if side < 0 else math.pi) + draw.normal(0, 0.25)
                members.append((chairs.occupied(draw, seed_chair), (x, y), yaw))
    return gathered(members)


def coffee_table(draw: Draw) -> Item:
    """A low table."""
    return table(draw, draw.uniform(0.35, 0.48))


def sofa(draw: Draw) -> Item:
    """Armchair to three-seater, with cushions."""
    seats = draw.whole(1, 3)
    width, depth = 0.65 * seats + 0.4, draw.uniform(0.8, 0.95)
    cloth, cushion = materials.fabric(draw), materials.fabric(draw)
    if draw.chance(0.3):
        cloth = materials.plain(draw, gloss=0.12)
    back, arm = draw.uniform(0.7, 0.9), draw.uniform(0.55, 0.65)
    x, y = width / 2, depth / 2
    parts = [
        box((-x, -y, 0.06), (x, y, 0.3), cloth),
        box((-x, -y, 0.3), (x, -y + 0.2, back), cloth),
        rod((-x, -y + 0.1, back), (x, -y + 0.1, back), 0.1, cloth),
    ]
    for low in (-x, x - 0.18):
        parts.append(box((low, -y, 0.3), (low + 0.18, y, arm - 0.05), cloth))
        parts.append(rod((low + 0.09, -y, arm - 0.05), (low + 0.09, y, arm - 0.05), 0.09, cloth))
    parts += [
        box((a - 0.03, b - 0.03, 0), (a + 0.03, b + 0.03, 0.06), materials.black(draw))
        for a in (-x + 0.1, x - 0.1)
        for b in (-y + 0.1, y - 0.1)
    ]
    for i in range(seats):
        left = -x + 0.2 + i * 0.65
        parts.append(box((left, -y + 0.2, 0.3), (left + 0.64, y + 0.02, 0.42), cloth))
        parts.append(ellipsoid((left + 0.32, 0.08, 0.42), (0.33, y - 0.08, 0.035), cloth))
        if draw.chance(0.5):
            pillow = ellipsoid((left + 0.32, -y + 0.32, 0.6), (0.22, 0.09, 0.2), cushion)
            parts.append(tilted(pillow, 0.3))
    if draw.chance(0.15):
        parts += placed(chairs.sitting_person(draw), (draw.uniform(-x, x) * 0.4, -0.1, 0.0))
    return Item(primitives=parts, width_m=width, depth_m=depth)


def bed(draw: Draw) -> Item:
    """Single or double, headboard at the wall, with blankets and pillows."""
    width, depth = draw.choice([0.95, 1.45, 1.85]), 2.05
    frame, sheet, cover = materials.wood(draw), materials.fabric(draw), materials.fabric(draw)
    white = materials.plain(draw, (0.9, 0.9, 0.88))
    x, y = width / 2, depth / 2
    parts = [
        box((-x, -y, 0.1), (x, y, 0.3), frame),
        box((-x + 0.03, -y + 0.04, 0.3), (x - 0.03, y - 0.03, 0.5), sheet),
        box((-x - 0.02, -y + 0.6, 0.28), (x + 0.02, y + 0.01, 0.55), cover),
        box((-x, -y, 0), (x, -y + 0.05, draw.uniform(0.8, 1.2)), frame),
        *legs(width, depth, 0.1, 0.06, frame),
    ]
    for middle in [0.0] if width < 1 else [-width / 4, width / 4]:
        parts.append(ellipsoid((middle, -y + 0.33, 0.54), (0.34, 0.22, 0.09), white))
    for _ in range(draw.whole(1, 4)):
        at = (draw.uniform(-x, x) * 0.7, draw.uniform(-0.3, 0.8), 0.55)
        fold = ellipsoid(at, (draw.uniform(0.2, 0.5), draw.uniform(0.1, 0.4), 0.06), cover)
        parts.append(fold)
    if draw.chance(0.3):
        at = (draw.uniform(-x, x) * 0.5, draw.uniform(-0.2, 0.6), 0.55)
        parts += placed(small_thing.heap(draw), at)
    return Item(primitives=parts, width_m=width, depth_m=depth)


def television(draw: Draw) -> Item:
    """A low board with a flat screen and boxes."""
    width, height = draw.uniform(1.1, 1.8), draw.uniform(0.35, 0.55)
    body, frame = materials.lacquer(draw), materials.black(draw)
    size = draw.uniform(0.8, 1.3)
    glass = materials.screen(draw, size)
    x, low = width / 2, height + 0.06
    parts = [
        box((-x, -0.2, 0.05), (x, 0.2, height), body),
        box((-x + 0.03, -0.17, 0), (x - 0.03, 0.17, 0.05), frame),
        box((-size / 2, -0.06, low), (size / 2, -0.02, low + size * 0.58), frame),
        box(
            (-size / 2 + 0.015, -0.02, low + 0.015),
            (size / 2 - 0.015, -0.016, low + size * 0.58 - 0.015),
            glass,
        ),
        box((-0.2, -0.12, height), (0.2, 0.04, height + 0.02), frame),
        box((-0.04, -0.05, height), (0.04, -0.03, low), frame),
    ]
    for k in range(3):
        at = -x + k * width / 3
        parts.append(
            box((at + 0.01, 0.2, 0.07), (at + width / 3 - 0.01, 0.215, height - 0.02), body)
        )
    parts += placed(things_on(draw, (width, 0.14, height), draw.whole(0, 4)), (0, 0.12, 0))
    return Item(primitives=parts, width_m=width, depth_m=0.45)


def living_group(draw: Draw) -> Item:
    """A sofa with a low table before it on a rug, and an easy chair."""
    seat, low = sofa(draw), coffee_table(draw)
    out = seat.depth_m / 2 + low.depth_m / 2 + draw.uniform(0.25, 0.5)
    members = [(seat, (0.0, 0.0), 0.0), (low, (0.0, out), draw.normal(0, 0.1))]
    if draw.chance(0.5):
        x = draw.choice([-1, 1]) * (seat.width_m / 2 + 0.5)
        members.append((chairs.easy_chair(draw), (x, out), math.copysign(1.3, x)))
    if draw.chance(0.6):
        cloth = rug(draw, seat.width_m * 0.6, 0.7)
        members.append((Item(primitives=[cloth], width_m=1, depth_m=1), (0.0, out), 0.0))
    return gathered(members)


def rug(draw: Draw, half_x: float, half_y: float) -> Primitive:
    """A rug around the origin."""
    palette = tuple(materials.paint_colour(draw, (0.1, 0.8), (0.1, 0.9)) for _ in range(4))
    cloth = Material(
        pattern='ornament', palette=palette, scale_m=2 * half_y, aspect=half_x / half_y, grain=0.3
    )
    if draw.chance(0.4):
        cloth = materials.fabric(draw)
    # Rugs of different thickness may lie on each other.
    return box((-half_x, -half_y, 0), (half_x, half_y, draw.uniform(0.005, 0.02)), cloth)


def floor_lamp(draw: Draw) -> Item:
    """A stand with a bright or a dark shade."""
    height, pole = draw.uniform(1.3, 1.8), materials.metal(draw)
    radius = draw.uniform(0.12, 0.22)
    shade = materials.lamp_shade(draw, 0.7) if draw.chance(0.7) else materials.fabric(draw)
    parts = [
        cylinder((0, 0, 0), 0.15, 0.03, pole),
        cylinder((0, 0, 0.03), 0.015, height - 0.1, pole),
        frustum((0, 0, height - 0.15), (radius, radius, 0.13), shade, (0.6, 0.6)),
    ]
    if draw.chance(0.5):
        parts[2] = cylinder((0, 0, height - 0.15), radius, 0.25, shade)
    return Item(primitives=parts, width_m=0.4, depth_m=0.4)


def plant(draw: Draw) -> Item:
    """A pot with long leaves like a palm's, or with balls of foliage on a stem."""
    radius, height = draw.uniform(0.1, 0.2), draw.uniform(0.5, 1.7)
    rim = radius * 1.8
    pot = frustum((0, 0, 0), (radius, radius, rim / 2), materials.plain(draw), (1.0, 1.0))
    if draw.chance(0.6):
        pot = cylinder((0, 0, 0), radius, rim, materials.plain(draw))
    stem = materials.wood(draw)
    parts = [pot, cylinder((0, 0, rim), 0.02, max(height * 0.6 - rim, 0.05), stem)]
    if draw.chance(0.5):
        leaf = materials.plain(draw, draw.colour(materials.GREEN, (0.35, 0.8), (0.2, 0.5)))
        for _ in range(draw.whole(10, 26)):
            parts += _long_leaf(draw, rim + (height - rim) * draw.uniform(0.1, 0.7), leaf)
    else:
        leaf = replace(materials.leaves(draw), scale_m=0.2)
        for _ in range(draw.whole(3, 7)):
            size = draw.uniform(0.1, 0.24)
            at = (draw.normal(0, 0.12), draw.normal(0, 0.12), height * draw.uniform(0.6, 1))
            ball = ellipsoid(at, (size, size, size * draw.uniform(0.6, 1.3)), leaf)
            parts.append(replace(ball, cutout=draw.uniform(0.35, 0.5)))
    return Item(primitives=parts, width_m=0.6, depth_m=0.6)


def _long_leaf(draw: Draw, start: float, leaf: Material) -> list[Primitive]:
    angle, reach = draw.uniform(0, math.tau), draw.uniform(0.15, 0.5)
    rise = draw.uniform(0.1, 0.5)
    c, s = math.cos(angle), math.sin(angle)
    knee = (c * reach * 0.5, s * reach * 0.5, start + rise)
    tip = (c * reach, s * reach, start + rise * draw.uniform(0.3, 1.0))
    stalk = tube([(0, 0, start), knee], 0.006, leaf)
    blade = rod(knee, tip, 0.03, leaf)
    return [
        *stalk,
        replace(blade, half_size=(0.006, draw.uniform(0.02, 0.05), blade.half_size[2])),
    ]


def clutter(draw: Draw) -> Item:
    """Cartons, bins, bags, balls, shoes or cables on the floor."""
    kind = draw.choice(['carton', 'carton', 'carton', 'ball', 'bin', 'bag', 'small', 'small'])
    size = draw.uniform(0.12, 0.5)
    if kind == 'ball':
        radius = size / 3
        parts = [ellipsoid((0, 0, radius), (radius, radius, radius), materials.fabric(draw))]
    elif kind == 'bin':
        paint, radius = materials.casing(draw), draw.uniform(0.12, 0.2)
        high = draw.uniform(0.25, 0.6)
        parts = [
            cylinder(
                (0, 0, 0),
                radius,
                high,
                paint,
            )
        ]
        parts.append(cylinder((0, 0, high), radius * 0.95, 0.003, materials.black(draw)))
    elif kind == 'bag':
        cloth = materials.fabric(draw)
        parts = [
            ellipsoid((0, 0, size * 0.5), (size * 0.4, size * 0.3, size * 0.5), cloth),
            box((-size * 0.3, -size * 0.2, 0), (size * 0.3, size * 0.2, size * 0.5), cloth),
        ]
    elif kind == 'small':
        parts = things_on(draw, (0.7, 0.5, 0.0), draw.whole(1, 5))
        size = 0.7
    else:
        parts = _cartons(draw, size)
    return Item(primitives=parts, width_m=size, depth_m=size)


def _cartons(draw: Draw, size: float) -> list[Primitive]:
    """One to three cartons on each other, slightly turned."""
    parts: list[Primitive] = []
    z = 0.0
    for _ in range(draw.choice([1, 1, 2, 3])):
        half = size / 2 * draw.uniform(0.7, 1.0)
        y, height = half * draw.uniform(0.5, 1), size * draw.uniform(0.4, 1.0)
        outside = materials.cardboard(draw) if draw.chance(0.7) else materials.plain(draw)
        carton = [box((-half, -y, z), (half, y, z + height), outside)]
        tape = materials.plain(draw, (0.7, 0.6, 0.45))
        carton.append(
            box((-half - 0.001, -0.025, z), (half + 0.001, 0.025, z + height + 0.001), tape)
        )
        parts += placed(carton, (0, 0, 0), draw.normal(0, 0.15))
        z += height
    return parts
