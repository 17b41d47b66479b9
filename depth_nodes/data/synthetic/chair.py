"""Seats of all kinds, in metres; they look towards +y."""

from __future__ import annotations

import math

from depth_nodes.data.synthetic import material as materials
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.item import Item, legs, tilted, tube
from depth_nodes.data.synthetic.scene import (
    box,
    cylinder,
    ellipsoid,
    Material,
    placed,
    Primitive,
    rod,
)


def wooden_chair(draw: Draw) -> Item:
    """Four legs, a seat, and a back of posts with slats or a board."""
    size, seat = draw.uniform(0.38, 0.46), draw.uniform(0.43, 0.47)
    frame = materials.wood(draw)
    cloth = draw.choice([frame, frame, materials.fabric(draw)])
    back = draw.uniform(0.8, 1.0)
    x, y = size / 2, -size / 2 + 0.015
    lean = draw.uniform(0.02, 0.1)
    parts = legs(size, size, seat, 0.035, frame)
    parts.append(box((-x, -x, seat - 0.02), (x, x, seat + 0.02), cloth))
    for side in (-1, 1):
        post = side * (x - 0.02)
        parts.append(rod((post, y, seat), (post, y - lean, back), 0.016, frame))
    if draw.chance(0.5):
        for i in range(draw.whole(2, 4)):
            z = back - 0.04 - 0.11 * i
            parts.append(box((-x + 0.02, y - lean, z - 0.025), (x - 0.02, y - 0.01, z), frame))
    else:
        for i in range(draw.whole(3, 6)):
            at = -x + 0.05 + i * (size - 0.1) / 5
            parts.append(rod((at, y, seat), (at, y - lean, back - 0.02), 0.008, frame))
        parts.append(box((-x, y - lean - 0.01, back - 0.05), (x, y - lean + 0.015, back), frame))
    return Item(primitives=parts, width_m=size, depth_m=size + lean)


def tube_chair(draw: Draw) -> Item:
    """A bent steel tube with a thin seat and back: cantilever, or four slanted legs."""
    frame = materials.chrome(draw) if draw.chance(0.7) else materials.black(draw)
    cloth = draw.choice([materials.black, materials.casing, materials.fabric, materials.wood])(
        draw
    )
    x, seat, back = 0.22, draw.uniform(0.42, 0.47), draw.uniform(0.78, 0.92)
    r = draw.uniform(0.009, 0.014)
    parts: list[Primitive] = []
    is_cantilever = draw.chance(0.6)
    for side in (-x, x):
        if is_cantilever:
            path = [(side, -0.22, r), (side, 0.22, r), (side, 0.23, seat), (side, -0.2, seat)]
        else:
            path = [(side, 0.25, 0.0), (side, 0.17, seat), (side, -0.19, seat)]
            parts.append(rod((side, -0.28, 0.0), (side, -0.17, seat), r, frame))
        parts += tube([*path, (side, -0.27, back)], r, frame)
        if draw.chance(0.4):
            arm = [(side, -0.24, seat + 0.22), (side, 0.14, seat + 0.22), (side, 0.16, seat)]
            parts += tube(arm, r, frame)
    if is_cantilever:
        parts.append(rod((-x, -0.22, r), (x, -0.22, r), r, frame))
    parts.append(box((-x, -0.2, seat), (x, 0.22, seat + draw.uniform(0.015, 0.05)), cloth))
    rest = box((-x, -0.25, back - 0.25), (x, -0.225, back), cloth)
    parts.append(tilted(rest, 0.18))
    return Item(primitives=parts, width_m=0.48, depth_m=0.58)


def swivel_chair(draw: Draw) -> Item:
    """An office chair on five castors."""
    cloth = draw.choice([materials.black(draw), materials.fabric(draw), materials.plain(draw)])
    frame = draw.choice([materials.black, materials.chrome])(draw)
    seat, back = draw.uniform(0.42, 0.54), draw.uniform(0.85, 1.15)
    parts: list[Primitive] = []
    turn = draw.uniform(0, math.tau)
    for i in range(5):
        angle = turn + i * math.tau / 5
        x, y = 0.29 * math.cos(angle), 0.29 * math.sin(angle)
        parts.append(rod((0, 0, 0.13), (x, y, 0.075), 0.018, frame))
        parts.append(ellipsoid((x, y, 0.03), (0.03, 0.03, 0.03), materials.black(draw)))
    parts.append(cylinder((0, 0, 0.1), 0.03, seat - 0.13, frame))
    parts.append(cylinder((0, 0, seat - 0.05), 0.12, 0.03, frame))
    parts += _cushion(seat, cloth)
    upper = ellipsoid((0, -0.25, (seat + 0.15 + back) / 2), (0.22, 0.05, 0.24), cloth)
    upper_half = (back - seat - 0.12) / 2
    rest = box((-0.2, -0.27, back - 2 * upper_half), (0.2, -0.23, back - 0.03), cloth)
    parts += [tilted(upper, 0.15), tilted(rest, 0.15)]
    parts.append(rod((0, -0.1, seat - 0.04), (0, -0.27, seat + 0.25), 0.02, frame))
    if draw.chance(0.6):
        for side in (-0.27, 0.27):
            parts += tube([(side * 0.7, 0, seat - 0.02), (side, 0, seat + 0.2)], 0.014, frame)
            parts.append(
                box((side - 0.03, -0.13, seat + 0.2), (side + 0.03, 0.13, seat + 0.23), frame)
            )
    return Item(primitives=parts, width_m=0.62, depth_m=0.62)


def _cushion(seat: float, cloth: Material) -> list[Primitive]:
    return [
        box((-0.22, -0.2, seat - 0.02), (0.22, 0.22, seat + 0.03), cloth),
        ellipsoid((0, 0.0, seat + 0.02), (0.25, 0.25, 0.04), cloth),
    ]


def stool(draw: Draw) -> Item:
    """Round or square, low or of bar height."""
    wood, height = draw.choice([materials.wood, materials.chrome])(draw), draw.choice([0.45, 0.7])
    top = draw.choice([wood, materials.casing(draw)])
    parts: list[Primitive] = []
    for i in range(4):
        angle = math.tau * (i + 0.5) / 4
        x, y = math.cos(angle), math.sin(angle)
        parts.append(rod((0.2 * x, 0.2 * y, 0), (0.12 * x, 0.12 * y, height), 0.014, wood))
    parts.append(cylinder((0, 0, height - 0.01), 0.17, 0.04, top))
    return Item(primitives=parts, width_m=0.38, depth_m=0.38)


def easy_chair(draw: Draw) -> Item:
    """A low chair of bent wood or tube with a long leaning cushion."""
    frame = draw.choice([materials.wood, materials.chrome])(draw)
    cloth = draw.choice([materials.fabric, materials.plain])(draw)
    parts: list[Primitive] = []
    for side in (-0.32, 0.32):
        path = [
            (side, -0.4, 0.02),
            (side, 0.35, 0.02),
            (side, 0.38, 0.35),
            (side, 0.25, 0.55),
            (side, -0.3, 0.55),
            (side, -0.42, 0.3),
            (side, -0.4, 0.02),
        ]
        parts += tube(path, 0.018, frame)
    seat = box((-0.3, -0.3, 0.33), (0.3, 0.35, 0.42), cloth)
    rest = box((-0.3, -0.43, 0.4), (0.3, -0.33, 1.0), cloth)
    parts += [tilted(seat, 0.12), tilted(rest, 0.3)]
    return Item(primitives=parts, width_m=0.7, depth_m=0.95)


def bench(draw: Draw) -> Item:
    """A bench of boards on two frames, with or without a back."""
    wood, frame = materials.wood(draw), draw.choice([materials.metal, materials.wood])(draw)
    x = draw.uniform(0.6, 1.0)
    parts = [
        box((at - 0.03, -0.2, 0), (at + 0.03, 0.2, 0.42), frame) for at in (-x + 0.15, x - 0.15)
    ]
    for i in range(3):
        y = -0.2 + i * 0.14
        parts.append(box((-x, y, 0.42), (x, y + 0.12, 0.455), wood))
    if draw.chance(0.6):
        for at in (-x + 0.15, x - 0.15):
            parts.append(rod((at, -0.2, 0.4), (at, -0.28, 0.85), 0.02, frame))
        for z in (0.6, 0.75):
            parts.append(box((-x, -0.26, z), (x, -0.235, z + 0.1), wood))
    return Item(primitives=parts, width_m=2 * x, depth_m=0.5)


def sitting_person(draw: Draw) -> list[Primitive]:
    """Someone on a seat of 0.45 m, looking towards +y."""
    skin = draw.choice([(0.85, 0.65, 0.52), (0.55, 0.38, 0.28), (0.35, 0.23, 0.17)])
    face, coat = (
        materials.plain(draw, skin),
        draw.choice([materials.plain, materials.fabric])(draw),
    )
    trousers = materials.plain(draw, draw.colour(saturation=(0, 0.5), value=(0.08, 0.5)))
    hair = materials.plain(draw, draw.choice([(0.1, 0.07, 0.05), (0.4, 0.25, 0.1)]))
    parts = [
        ellipsoid((0, -0.05, 0.8), (0.2, 0.13, 0.32), coat),
        ellipsoid((0, 0.0, 0.55), (0.19, 0.17, 0.12), trousers),
        cylinder((0, -0.04, 1.08), 0.05, 0.1, face),
        ellipsoid((0, -0.02, 1.24), (0.08, 0.1, 0.125), face),
        ellipsoid((0, -0.04, 1.29), (0.088, 0.1, 0.1), hair),
    ]
    for side in (-1, 1):
        knee = (side * 0.12, 0.42, 0.53)
        parts += tube([(side * 0.1, 0.0, 0.53), knee, (side * 0.12, 0.4, 0.06)], 0.07, trousers)
        parts.append(box((knee[0] - 0.045, 0.34, 0), (knee[0] + 0.045, 0.6, 0.08), hair))
        elbow = (side * 0.27, 0.05, 0.78)
        parts += tube([(side * 0.2, -0.04, 1.02), elbow], 0.05, coat)
        parts += tube([elbow, (side * 0.16, 0.32, 0.76)], 0.04, coat)
    return parts


def occupied(draw: Draw, seat: Item) -> Item:
    """A seat, now and then with someone on it."""
    if not draw.chance(0.12):
        return seat
    person = placed(sitting_person(draw), (0, 0, 0.03))
    return Item(
        primitives=seat.primitives + person, width_m=seat.width_m, depth_m=seat.depth_m + 0.3
    )


CHAIRS = (wooden_chair, tube_chair, tube_chair, swivel_chair)
