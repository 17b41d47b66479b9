"""Things of warehouse yards, parking lots and farms, in metres."""

from __future__ import annotations

from dataclasses import replace

from depth_nodes.data.synthetic import building, hall, street_material, street_objects, vehicle
from depth_nodes.data.synthetic import material as materials
from depth_nodes.data.synthetic.draw import Draw, shaded
from depth_nodes.data.synthetic.item import Item, standing, tube
from depth_nodes.data.synthetic.scene import (
    box,
    cylinder,
    frustum,
    Material,
    placed,
    Primitive,
    rod,
)


def container(draw: Draw) -> Item:
    """A shipping container, or two on each other."""
    parts: list[Primitive] = []
    length = draw.choice([6.06, 6.06, 12.19])
    for k in range(draw.choice([1, 1, 2])):
        shift = (draw.normal(0, 0.05), draw.normal(0, 0.03), k * 2.6)
        parts += placed(_one_container(draw, length), shift)
    return Item(primitives=parts, width_m=length + 0.2, depth_m=2.6)


def _one_container(draw: Draw, length: float) -> list[Primitive]:
    colour = materials.paint_colour(draw, (0.1, 0.85), (0.2, 0.7))
    paint = Material(
        pattern='stripes',
        palette=(shaded(colour, 0.72), colour),
        scale_m=0.28,
        grain=0.25,
        offset=draw.offset(),
    )
    frame = street_material.flat(shaded(colour, 0.85))
    x, y, z = length / 2, 1.22, 2.59
    parts = [box((-x + 0.05, -y + 0.04, 0.1), (x - 0.05, y - 0.04, z - 0.05), paint)]
    for a in (-x, x - 0.12):
        for b in (-y, y - 0.12):
            parts.append(box((a, b, 0), (a + 0.12, b + 0.12, z), frame))
    for b in (-y, y - 0.1):
        for c in (0.0, z - 0.1):
            parts.append(box((-x, b, c), (x, b + 0.1, c + 0.14), frame))
    for a in (x - 0.05, -x + 0.05):
        for b in (-0.9, -0.35, 0.35, 0.9):
            parts.append(rod((a, b, 0.15), (a, b, z - 0.15), 0.025, materials.chrome(draw)))
    return parts


def forklift(draw: Draw) -> Item:
    """Body, counterweight, mast, forks, guard and wheels; looks to +x."""
    paint = materials.plain(
        draw, draw.choice([(0.9, 0.5, 0.08), (0.85, 0.15, 0.1), (0.2, 0.5, 0.2)])
    )
    black, steel = materials.black(draw), street_material.steel(draw)
    lift = draw.uniform(0.05, 1.2)
    parts = [
        box((-1.0, -0.5, 0.25), (0.5, 0.5, 0.75), paint),
        box((-1.15, -0.5, 0.3), (-0.5, 0.5, 1.05), paint),
        box((-0.4, -0.3, 0.75), (0.0, 0.3, 0.9), black),
        box((-0.45, -0.3, 0.9), (-0.35, 0.3, 1.4), black),
        box((-0.8, -0.48, 2.05), (0.45, 0.48, 2.1), black),
        rod((0.2, 0, 0.9), (0.0, 0, 1.25), 0.02, black),
    ]
    for side in (-0.45, 0.45):
        parts.append(rod((0.45, side, 0.7), (0.4, side, 2.05), 0.03, black))
        parts.append(rod((-0.8, side, 1.0), (-0.75, side, 2.05), 0.03, black))
        parts.append(box((0.55, side * 0.7 - 0.05, 0.1), (0.68, side * 0.7 + 0.05, 2.2), steel))
        parts.append(
            box((0.68, side * 0.55 - 0.06, lift), (1.8, side * 0.55 + 0.06, lift + 0.04), steel)
        )
    for x in (-0.8, 0.3):
        for side in (-0.45, 0.45):
            parts.append(rod((x, side - 0.1, 0.28), (x, side + 0.1, 0.28), 0.28, black))
    if draw.chance(0.5):
        load = hall.loaded_pallet(draw).primitives
        parts += placed(load, (1.35, 0, lift + 0.04), 1.57)
    return standing(parts)


def parked_car(draw: Draw) -> Item:
    """A car."""
    return standing(vehicle.car(draw))


def parked_van(draw: Draw) -> Item:
    """A van or a lorry."""
    return standing(draw.choice([vehicle.van, vehicle.van, vehicle.truck])(draw))


def car_row(draw: Draw) -> Item:
    """Bays of a parking lot with their lines; most hold a car."""
    count, pitch = draw.whole(3, 10), draw.uniform(2.4, 2.8)
    paint = street_material.road_paint(draw)
    fill = draw.uniform(0.3, 0.95)
    parts: list[Primitive] = []
    for k in range(count + 1):
        x = (k - count / 2) * pitch
        line = box((x - 0.05, -2.5, 0), (x + 0.05, 2.5, 0.008), paint)
        parts.append(replace(line, casts_shadow=False))
    for k in range(count):
        if draw.chance(fill):
            x = (k + 0.5 - count / 2) * pitch
            yaw = draw.choice([1.5708, -1.5708]) + draw.normal(0, 0.03)
            body = vehicle.car(draw) if draw.chance(0.9) else vehicle.van(draw)
            parts += placed(body, (x, draw.normal(0, 0.15), 0), yaw)
    return Item(primitives=parts, width_m=count * pitch, depth_m=5.6)


def barrier(draw: Draw) -> Item:
    """A boom across a lane, bollards, or a concrete guard."""
    kind = draw.choice(['boom', 'bollards', 'concrete', 'fence'])
    if kind == 'boom':
        red = materials.plain(draw, (0.8, 0.1, 0.08))
        white = materials.plain(draw, (0.93, 0.93, 0.93))
        parts = [box((-0.2, -0.15, 0), (0.2, 0.15, 1.05), materials.plain(draw))]
        parts += [
            box((0.2 + k * 0.5, -0.03, 0.88), (0.7 + k * 0.5, 0.03, 0.96), white if k % 2 else red)
            for k in range(7)
        ]
        return standing(parts)
    if kind == 'bollards':
        parts = []
        for k in range(draw.whole(2, 5)):
            parts += placed(street_objects.bollard(draw), (k * 1.5 - 3, 0, 0))
        return standing(parts)
    if kind == 'fence':
        steel = street_material.steel(draw)
        parts = [rod((-1.7, 0, z), (1.7, 0, z), 0.02, steel) for z in (0.2, 1.1, 2.0)]
        parts += [rod((x, 0, 0.05), (x, 0, 2.0), 0.02 if x in (-1.7, 1.7) else 0.004, steel)
                  for x in [-1.7 + k * 0.17 for k in range(21)]]  # fmt: skip
        parts += [box((a - 0.3, -0.12, 0), (a + 0.3, 0.12, 0.14), materials.plain(draw))
                  for a in (-1.6, 1.6)]  # fmt: skip
        return standing(parts)
    grey = street_material.kerb_stone(draw)
    x = draw.uniform(0.8, 2)
    return standing([
        box((-x, -0.3, 0), (x, 0.3, 0.2), grey),
        frustum((0, 0, 0.2), (x, 0.25, 0.35), grey, (1.0, 0.5)),
    ])  # fmt: skip


def hay_bales(draw: Draw) -> Item:
    """Round or square bales in rows."""
    straw = materials.ground(draw, draw.colour((0.1, 0.15), (0.4, 0.6), (0.6, 0.85)), 0.15)
    parts: list[Primitive] = []
    is_round = draw.chance(0.6)
    for k in range(draw.whole(1, 7)):
        x, z = (k % 4) * 1.3 - 2, (k // 4) * 1.1
        if is_round:
            parts.append(rod((x, -0.6, z + 0.62), (x, 0.6, z + 0.62), 0.62, straw))
        else:
            parts.append(box((x, -1.2, z * 0.8), (x + 1.2, 1.2, z * 0.8 + 0.85), straw))
    return standing(parts)


def tractor(draw: Draw) -> Item:
    """Bonnet, cab, two large and two small wheels; looks to +x."""
    paint = materials.plain(
        draw, draw.choice([(0.15, 0.4, 0.15), (0.75, 0.12, 0.1), (0.15, 0.3, 0.65)]), gloss=0.2
    )
    black, rim = materials.black(draw), materials.plain(draw, (0.85, 0.75, 0.2))
    glass = street_material.car_glass(draw)
    parts = [
        box((0.0, -0.4, 0.8), (1.9, 0.4, 1.5), paint),
        box((-1.3, -0.3, 0.6), (1.7, 0.3, 0.85), black),
        frustum((-0.6, 0, 1.3), (0.75, 0.75, 0.65), glass, (0.8, 0.85)),
        box((-1.3, -0.75, 2.55), (0.1, 0.75, 2.68), paint),
        rod((1.0, 0.3, 1.5), (1.0, 0.3, 2.3), 0.05, black),
    ]
    for x, radius, wide in ((-0.8, 0.85, 0.25), (1.4, 0.5, 0.18)):
        for side in (-1, 1):
            y = side * 0.8
            parts.append(rod((x, y - wide, radius), (x, y + wide, radius), radius, black))
            face = y + side * wide
            parts.append(
                rod((x, face, radius), (x, face + side * 0.02, radius), radius * 0.55, rim)
            )
    return standing(parts)


def trailer(draw: Draw) -> Item:
    """A flat trailer with boards around, on two wheels."""
    wood, black = street_material.boards(draw), materials.black(draw)
    x, y, high = draw.uniform(1, 2.2), draw.uniform(0.6, 1.0), draw.uniform(0.2, 0.7)
    parts = [
        box((-x, -y, 0.55), (x, y, 0.65), wood),
        box((-x, -y, 0.65), (x, -y + 0.04, 0.65 + high), wood),
        box((-x, y - 0.04, 0.65), (x, y, 0.65 + high), wood),
        box((-x, -y, 0.65), (-x + 0.04, y, 0.65 + high), wood),
        *tube([(x, 0, 0.5), (x + 1.2, 0, 0.4)], 0.04, street_material.steel(draw)),
        rod((x + 1.1, 0, 0.4), (x + 1.1, 0, 0), 0.025, black),
    ]
    for side in (-y - 0.1, y + 0.1):
        parts.append(rod((0, side - 0.1, 0.35), (0, side + 0.1, 0.35), 0.35, black))
    return standing(parts)


def shed(draw: Draw) -> Item:
    """A shed or a garage; its front looks to +y."""
    parts = building.shed(draw) if draw.chance(0.7) else building.garage(draw)
    return standing(parts)


def skip(draw: Draw) -> Item:
    """A skip with rubble."""
    paint, rubble = materials.plain(draw), street_material.earth(draw)
    body = frustum((0, 0, 0.0), (1.8, 0.95, 0.65), paint, (1.0, 0.9))
    parts = [body, box((-1.7, -0.8, 1.2), (1.7, 0.8, 1.32), rubble)]
    parts += [cylinder((x, -0.95, 0.9), 0.06, 0.12, paint) for x in (-1, 0, 1)]
    return standing(parts)
