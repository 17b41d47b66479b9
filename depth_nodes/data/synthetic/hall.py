"""What stands in halls, storerooms and workshops, in metres; backs towards -y."""

from __future__ import annotations

from dataclasses import replace
import math

from depth_nodes.data.synthetic import material as materials
from depth_nodes.data.synthetic.arrangement import things_on
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.item import Item, tube
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

SAFETY_YELLOW = (0.9, 0.7, 0.1)
PALLET_M = 0.144


def pallet(draw: Draw) -> list[Primitive]:
    """A pallet of 1.2 x 0.8 m."""
    wood = materials.wood(draw)
    parts = [box((-0.6, y - 0.05, 0), (0.6, y + 0.05, 0.1), wood) for y in (-0.35, 0.0, 0.35)]
    parts += [
        box((x, -0.4, 0.1), (x + 0.1, 0.4, 0.144), wood)
        for x in (-0.6, -0.38, -0.16, 0.06, 0.28, 0.5)
    ]
    return parts


def loaded_pallet(draw: Draw) -> Item:
    """A pallet with cartons, sacks, a big box, drums, more pallets, or nothing."""
    parts = pallet(draw) + placed(draw.choice(LOADS)(draw), (0, 0, PALLET_M))
    return Item(primitives=parts, width_m=1.25, depth_m=0.85)


def _cartons(draw: Draw) -> list[Primitive]:
    outside, rows = materials.cardboard(draw), draw.whole(1, 4)
    parts: list[Primitive] = []
    for k in range(rows * 6):
        if k < (rows - 1) * 6 or draw.chance(0.6):
            x, y, z = -0.6 + (k % 3) * 0.4, -0.4 + (k // 3 % 2) * 0.4, (k // 6) * 0.35
            carton = replace(outside, offset=draw.offset())
            parts.append(box((x + 0.01, y + 0.01, z), (x + 0.39, y + 0.39, z + 0.345), carton))
    return parts


def _big_box(draw: Draw) -> list[Primitive]:
    side = draw.choice([materials.wood, materials.plain, materials.cardboard])(draw)
    return [box((-0.58, -0.38, 0), (0.58, 0.38, draw.uniform(0.5, 1.5)), side)]


def _drums(draw: Draw) -> list[Primitive]:
    paint = materials.plain(draw, gloss=0.1)
    parts: list[Primitive] = []
    for x in (-0.3, 0.3):
        parts.append(cylinder((x, 0, 0), 0.285, 0.88, paint))
        parts += [cylinder((x, 0, z), 0.295, 0.02, paint) for z in (0.28, 0.58, 0.86)]
    return parts


def _pallets(draw: Draw) -> list[Primitive]:
    parts: list[Primitive] = []
    for k in range(draw.whole(1, 8)):
        parts += placed(pallet(draw), (0, 0, PALLET_M * k), draw.normal(0, 0.02))
    return parts


def _sacks(draw: Draw) -> list[Primitive]:
    cloth = materials.plain(draw)
    parts: list[Primitive] = []
    for k in range(draw.whole(3, 10)):
        at = (-0.3 + 0.6 * (k % 2), draw.normal(0, 0.03), 0.085 + 0.13 * (k // 2))
        parts.append(ellipsoid(at, (0.33, 0.4, 0.09), cloth))
    return parts


def _nothing(draw: Draw) -> list[Primitive]:
    return []


LOADS = (_cartons, _cartons, _big_box, _drums, _pallets, _sacks, _nothing)


def pallet_rack(draw: Draw) -> Item:
    """Upright frames, orange beams and loads, several bays wide and up to 6 m high."""
    bays, floors = draw.whole(1, 4), draw.whole(1, 3)
    pitch, bay, y = draw.uniform(1.3, 2.0), 2.7, 0.5
    post = materials.plain(draw, draw.choice([(0.1, 0.2, 0.5), (0.5, 0.5, 0.52), (0.1, 0.3, 0.2)]))
    beam = materials.plain(draw, draw.choice([(0.9, 0.4, 0.08), SAFETY_YELLOW]))
    height, width = floors * pitch + 0.5, bays * bay
    parts: list[Primitive] = []
    for k in range(bays + 1):
        x = -width / 2 + k * bay
        parts += [
            box((x - 0.05, b - 0.04, 0), (x + 0.05, b + 0.04, height), post) for b in (-y, y)
        ]
        steps = int(height / 0.6)
        zigzag = [(x, -y if i % 2 else y, 0.1 + i * 0.6) for i in range(steps)]
        parts += tube(zigzag, 0.015, post)
    for floor in range(floors):
        z = (floor + 1) * pitch
        parts += [
            box((-width / 2, b - 0.03, z - 0.12), (width / 2, b + 0.03, z), beam) for b in (-y, y)
        ]
    for k in range(bays * 2):
        for floor in range(floors + 1):
            if draw.chance(0.7):
                x = -width / 2 + 0.7 + k * bay / 2
                parts += placed(loaded_pallet(draw).primitives, (x, 0, floor * pitch))
    return Item(primitives=parts, width_m=width, depth_m=2 * y + 0.1)


def workbench(draw: Draw) -> Item:
    """A heavy bench with a vice, tools and boxes, and a board of tools behind it."""
    wood, steel = materials.wood(draw), materials.metal(draw)
    x, high = draw.uniform(0.7, 1.3), draw.uniform(0.8, 0.95)
    parts = [
        box((-x, -0.35, high - 0.06), (x, 0.35, high), wood),
        *(
            box((a, b, 0), (a + 0.08, b + 0.08, high - 0.06), steel)
            for a in (-x, x - 0.08)
            for b in (-0.35, 0.27)
        ),
        box((-x, -0.33, 0.2), (x, 0.3, 0.23), wood),
        box((-x + 0.1, 0.2, high), (-x + 0.25, 0.4, high + 0.14), steel),
        rod((-x + 0.17, 0.4, high + 0.06), (-x + 0.17, 0.52, high + 0.06), 0.015, steel),
    ]
    parts += things_on(draw, (2 * x, 0.6, high), round(draw.log_uniform(4, 40)))
    if draw.chance(0.7):
        board = materials.plain(draw)
        parts.append(box((-x, -0.36, high + 0.2), (x, -0.34, high + 1.0), board))
        for _ in range(draw.whole(5, 25)):
            at, z = draw.uniform(-x + 0.1, x - 0.1), draw.uniform(high + 0.3, high + 0.9)
            end = (at + draw.normal(0, 0.05), -0.325, z + draw.uniform(0.08, 0.25))
            tool = draw.choice([materials.metal, materials.casing, materials.wood])(draw)
            parts.append(rod((at, -0.325, z), end, draw.uniform(0.006, 0.02), tool))
    return Item(primitives=parts, width_m=2 * x, depth_m=0.8)


def machine(draw: Draw) -> Item:
    """A block with a console, a hood and pipes: a lathe, a printer, a press."""
    paint, dark = materials.plain(draw, gloss=0.1), materials.black(draw)
    x, y, z = draw.uniform(0.35, 0.9), draw.uniform(0.3, 0.5), draw.uniform(0.7, 1.6)
    parts = [
        box((-x, -y, 0.05), (x, y, z * 0.55), paint),
        box((-x * 0.9, -y * 0.9, 0), (x * 0.9, y * 0.9, 0.05), dark),
        box((-x, -y, z * 0.55), (x * 0.2, y * 0.6, z), paint),
        frustum((x * 0.6, 0, z * 0.55), (x * 0.3, y * 0.8, 0.12), dark, (0.9, 0.4), (0.0, -0.5)),
        box((-x * 0.8, y * 0.6, z * 0.62), (0, y * 0.62, z * 0.92), materials.screen(draw, 0.4)),
    ]
    path = [(x * 0.8, -y * 0.7, z * 0.5), (x * 0.8, -y * 0.7, z + 0.4), (0, -y * 0.7, z + 0.4)]
    if draw.chance(0.6):
        parts += tube([*path, (0, -y * 0.7, z * 0.9)], 0.03, materials.metal(draw))
    return Item(primitives=parts, width_m=2 * x, depth_m=2 * y)


def railing(draw: Draw) -> Item:
    """Posts with two or three rails, or a grid."""
    paint = materials.plain(
        draw, draw.choice([SAFETY_YELLOW, (0.6, 0.6, 0.6), (0.15, 0.15, 0.15)])
    )
    x, high = draw.uniform(0.8, 2.5), draw.uniform(0.9, 1.15)
    posts = max(round(x * 2 / 1.2), 1)
    parts = [
        rod((-x + k * 2 * x / posts, 0, 0), (-x + k * 2 * x / posts, 0, high), 0.022, paint)
        for k in range(posts + 1)
    ]
    for share in draw.choice([(1.0, 0.5), (1.0, 0.66, 0.33), (1.0, 0.1)]):
        parts.append(rod((-x, 0, high * share), (x, 0, high * share), 0.018, paint))
    if draw.chance(0.4):
        count = int(2 * x / 0.12)
        for k in range(1, count):
            at = -x + k * 2 * x / count
            parts.append(rod((at, 0, high * 0.1), (at, 0, high), 0.007, paint))
    return Item(primitives=parts, width_m=2 * x + 0.05, depth_m=0.1)


def net_wall(draw: Draw) -> Item:
    """A partition of wire mesh or plastic sheet between posts."""
    steel, x, high = materials.metal(draw), draw.uniform(1.0, 2.5), draw.uniform(1.8, 2.5)
    parts = [rod((a, 0, 0), (a, 0, high), 0.025, steel) for a in (-x, 0, x)]
    if draw.chance(0.4):
        sheet = materials.plain(draw, (0.9, 0.9, 0.9))
        parts.append(box((-x, -0.005, 0.05), (x, 0.005, high), sheet))
        return Item(primitives=parts, width_m=2 * x, depth_m=0.1)
    pitch = draw.uniform(0.1, 0.2)
    for k in range(int(2 * x / pitch)):
        at = -x + k * pitch
        parts.append(rod((at, 0, 0.05), (at, 0, high), 0.004, steel))
    for k in range(int(high / pitch)):
        parts.append(rod((-x, 0, 0.05 + k * pitch), (x, 0, 0.05 + k * pitch), 0.004, steel))
    return Item(primitives=parts, width_m=2 * x, depth_m=0.1)


def ladder(draw: Draw) -> Item:
    """A step ladder."""
    alloy, high = materials.metal(draw), draw.uniform(1.0, 2.4)
    out = high * 0.3
    parts: list[Primitive] = []
    for x in (-0.22, 0.22):
        parts.append(rod((x, out, 0), (x * 0.8, 0, high), 0.018, alloy))
        parts.append(rod((x, -out, 0), (x * 0.8, 0, high), 0.014, alloy))
    for k in range(1, int(high / 0.25)):
        share = k * 0.25 / high
        y = out * (1 - share)
        parts.append(box((-0.21, y - 0.04, k * 0.25), (0.21, y + 0.04, k * 0.25 + 0.02), alloy))
    return Item(primitives=parts, width_m=0.5, depth_m=2 * out)


def tripod(draw: Draw) -> Item:
    """Three thin legs with a head: camera, lamp or laser."""
    steel, high = materials.black(draw), draw.uniform(0.9, 2.0)
    reach = high * draw.uniform(0.25, 0.4)
    parts: list[Primitive] = []
    for k in range(3):
        angle = k * math.tau / 3 + 0.4
        foot = (reach * math.cos(angle), reach * math.sin(angle), 0.0)
        parts.append(rod(foot, (0, 0, high * 0.75), 0.014, steel))
    parts.append(cylinder((0, 0, high * 0.6), 0.015, high * 0.4, steel))
    parts.append(box((-0.07, -0.06, high), (0.07, 0.06, high + 0.1), materials.casing(draw)))
    return Item(primitives=parts, width_m=2 * reach, depth_m=2 * reach)


def barrels(draw: Draw) -> Item:
    """Drums, buckets, cones or gas bottles in a group."""
    kind = draw.choice(['drum', 'bucket', 'cone', 'gas'])
    parts: list[Primitive] = []
    for k in range(draw.whole(1, 4)):
        x, y, paint = k * 0.6 - 0.9, draw.normal(0, 0.1), materials.plain(draw, gloss=0.1)
        if kind == 'drum':
            parts.append(cylinder((x, y, 0), 0.28, 0.88, paint))
        elif kind == 'bucket':
            parts.append(cylinder((x, y, 0), 0.15, 0.3, paint))
        elif kind == 'cone':
            orange = materials.plain(draw, (0.95, 0.35, 0.08))
            white = materials.plain(draw, (0.93, 0.93, 0.9))
            parts += cone(x, y, orange, white)
        else:
            parts.append(cylinder((x, y, 0), 0.11, 1.2, paint))
            parts.append(ellipsoid((x, y, 1.2), (0.11, 0.11, 0.13), paint))
            parts.append(cylinder((x, y, 1.3), 0.03, 0.14, materials.chrome(draw)))
    return Item(primitives=parts, width_m=2.4, depth_m=0.7)


def cone(x: float, y: float, paint: Material, band: Material) -> list[Primitive]:
    """A traffic cone of stacked rings that narrow upwards."""
    parts = [box((x - 0.17, y - 0.17, 0), (x + 0.17, y + 0.17, 0.03), paint)]
    for k in range(6):
        z = 0.03 + k * 0.075
        ring = band if k in (2, 4) else paint
        parts.append(cylinder((x, y, z), 0.13 - k * 0.018, 0.075, ring))
    return parts


def trolley(draw: Draw) -> Item:
    """A platform with a bar on four wheels, loaded or not."""
    steel, black = materials.metal(draw), materials.black(draw)
    board = materials.plain(draw)
    parts: list[Primitive] = [box((-0.45, -0.3, 0.15), (0.45, 0.3, 0.18), board)]
    for x in (-0.38, 0.38):
        for y in (-0.24, 0.24):
            parts.append(rod((x, y - 0.02, 0.07), (x, y + 0.02, 0.07), 0.07, black))
    path = [(-0.44, -0.26, 0.18), (-0.46, -0.26, 0.95), (-0.46, 0.26, 0.95), (-0.44, 0.26, 0.18)]
    parts += tube(path, 0.016, steel)
    parts += things_on(draw, (0.85, 0.55, 0.18), draw.whole(0, 5))
    return Item(primitives=parts, width_m=0.95, depth_m=0.62)
