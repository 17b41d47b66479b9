"""People, bicycles and motor scooters, in metres, standing on z = 0, facing +x."""

from __future__ import annotations

import math

from depth_nodes.data.synthetic import street_material as materials
from depth_nodes.data.synthetic.car_body import ALONG_Y
from depth_nodes.data.synthetic.draw import Draw, shaded
from depth_nodes.data.synthetic.scene import (
    box,
    Colour,
    cylinder,
    ellipsoid,
    frustum,
    Material,
    placed,
    Primitive,
    rod,
    Vector,
)

SKINS: tuple[Colour, ...] = ((0.85, 0.65, 0.52), (0.75, 0.55, 0.43), (0.5, 0.34, 0.25))
HAIRS: tuple[Colour, ...] = ((0.08, 0.06, 0.05), (0.3, 0.2, 0.1), (0.55, 0.42, 0.25), (0.6,) * 3)


def _cloth(draw: Draw) -> Material:
    strongest = 0.25 if draw.chance(0.65) else 0.75
    colour = draw.colour(saturation=(0, strongest), value=(0.05, 0.75))
    return Material(
        pattern='noise',
        palette=(shaded(colour, 0.7), shaded(colour, 1.15)),
        scale_m=0.25,
        grain=0.15,
        offset=draw.offset(),
    )


def _head(draw: Draw, at: Vector) -> list[Primitive]:
    x, y, z = at
    skin, hair = materials.flat(draw.choice(SKINS)), materials.flat(draw.choice(HAIRS))
    return [
        rod((x, y, z - 0.22), (x, y, z - 0.05), 0.055, skin),
        ellipsoid((x, y, z), (0.1, 0.08, 0.125), skin),
        ellipsoid((x - 0.025, y, z + 0.035), (0.105, 0.09, 0.11), hair),
    ]


def person(draw: Draw) -> list[Primitive]:
    """Somebody of 1.1-1.95 m, standing or mid-step, sometimes with a bag or in a skirt."""
    tall = draw.uniform(0.62, 0.8) if draw.chance(0.08) else draw.uniform(0.9, 1.1)
    trousers, coat, shoe = _cloth(draw), _cloth(draw), materials.rubber()
    step = draw.uniform(0.0, 0.3) * tall
    hip, shoulder = 0.9 * tall, 1.44 * tall
    parts: list[Primitive] = []
    for side, swing in ((1, step), (-1, -step)):
        y = side * 0.09 * tall
        knee = (swing * 0.6 + 0.05 * tall, y, 0.48 * tall)
        parts += [
            rod((0, y, hip), knee, 0.085 * tall, trousers),
            rod(knee, (swing, y, 0.06), 0.06 * tall, trousers),
            box((swing - 0.08, y - 0.045, 0), (swing + 0.18, y + 0.045, 0.09), shoe),
        ]
        hand = (-swing * 0.7, side * 0.27 * tall, 0.82 * tall)
        elbow = (-swing * 0.45, side * 0.25 * tall, 1.1 * tall)
        parts += [
            rod((0, side * 0.2 * tall, shoulder - 0.05), elbow, 0.052 * tall, coat),
            rod(elbow, hand, 0.045 * tall, coat),
        ]
    body = frustum(
        (0, 0, hip - 0.08),
        (0.13 * tall, 0.19 * tall, 0.28 * tall),
        coat,
        (0.85, 1.0),
    )
    parts += [body, ellipsoid((0, 0, shoulder - 0.02), (0.11 * tall, 0.21 * tall, 0.1), coat)]
    if draw.chance(0.2):
        parts.append(frustum((0, 0, 0.45 * tall), (0.2, 0.22, 0.27 * tall), trousers, (0.65, 0.8)))
    if draw.chance(0.3):
        parts.append(box((-0.32, -0.15, 1.0 * tall), (-0.1, 0.15, 1.4 * tall), _cloth(draw)))
    return parts + _head(draw, (0.02, 0, 1.62 * tall))


def bicycle(draw: Draw) -> list[Primitive]:
    """A parked bicycle; one sees through its wheels."""
    paint, tyre = materials.flat(draw.colour(saturation=(0, 0.8))), materials.rubber()
    parts: list[Primitive] = []
    for x in (-0.52, 0.53):
        parts += _wheel(x, 0.34, tyre)
    saddle, handle, crank = (-0.28, 0, 0.92), (0.38, 0, 0.98), (-0.05, 0, 0.3)
    rods = (
        ((-0.52, 0, 0.34), saddle),
        (crank, saddle),
        (crank, (0.36, 0, 0.78)),
        (saddle, (0.37, 0, 0.85)),
        ((0.53, 0, 0.34), handle),
        ((-0.52, 0, 0.34), crank),
    )
    parts += [rod(start, end, 0.02, paint) for start, end in rods]
    parts.append(rod((0.36, -0.28, 1.0), (0.36, 0.28, 1.0), 0.017, tyre))
    parts.append(box((-0.42, -0.08, 0.92), (-0.18, 0.08, 0.98), tyre))
    if draw.chance(0.3):
        wire = materials.flat((0.35, 0.3, 0.25))
        parts.append(box((0.45, -0.17, 0.82), (0.75, 0.17, 1.05), wire))
    return parts


def _wheel(x: float, radius: float, tyre: Material) -> list[Primitive]:
    """A rim of ten rods, and four spokes."""
    corners = [
        (
            x + radius * math.cos(i * math.tau / 10),
            0.0,
            radius + radius * math.sin(i * math.tau / 10),
        )
        for i in range(10)
    ]
    ring = [rod(corners[i - 1], corners[i], 0.02, tyre) for i in range(10)]
    spokes = [rod(corners[i], corners[i + 5], 0.005, tyre) for i in (0, 2)]
    return ring + spokes


def cyclist(draw: Draw) -> list[Primitive]:
    """Somebody on a bicycle."""
    trousers, coat = _cloth(draw), _cloth(draw)
    parts = bicycle(draw)
    hip, shoulder = (-0.24, 0.0, 1.0), (0.08, 0.0, 1.48)
    for side, lift in ((1, 0.0), (-1, 0.2)):
        knee = (0.16, side * 0.12, 0.72 + lift)
        foot = (-0.02, side * 0.12, 0.22 + lift)
        hand = (0.36, side * 0.24, 1.02)
        elbow = (0.16, side * 0.27, 1.18)
        parts += [
            rod((hip[0], side * 0.09, hip[2]), knee, 0.08, trousers),
            rod(knee, foot, 0.055, trousers),
            rod((shoulder[0], side * 0.19, shoulder[2] - 0.04), elbow, 0.05, coat),
            rod(elbow, hand, 0.042, coat),
        ]
    parts += [
        rod(hip, shoulder, 0.16, coat),
        ellipsoid((shoulder[0], 0, shoulder[2]), (0.12, 0.21, 0.1), coat),
    ]
    if draw.chance(0.35):
        bag = box((-0.2, -0.16, -0.2), (0.0, 0.16, 0.22), _cloth(draw))
        parts += placed([bag], (-0.12, 0, 1.3))
    head = _head(draw, (0.14, 0, 1.68))
    if draw.chance(0.4):
        helmet = materials.flat(draw.colour(saturation=(0, 0.6)), gloss=0.3)
        head.append(ellipsoid((0.13, 0, 1.73), (0.14, 0.1, 0.09), helmet))
    return parts + head


def scooter(draw: Draw) -> list[Primitive]:
    """A parked motor scooter or motorcycle."""
    paint, dark = materials.car_paint(draw), materials.rubber()
    parts = [
        Primitive(
            shape='cylinder',
            centre=(x, 0, 0.28),
            half_size=(0.28, 0.28, 0.06),
            material=dark,
            world_from_object=ALONG_Y,
        )
        for x in (-0.6, 0.62)
    ]
    parts += [
        frustum((-0.35, 0, 0.35), (0.45, 0.17, 0.17), paint, (0.8, 0.8)),
        box((-0.7, -0.14, 0.68), (0.05, 0.14, 0.8), dark),
        box((-0.3, -0.16, 0.25), (0.4, 0.16, 0.36), paint),
        rod((0.62, 0, 0.28), (0.38, 0, 1.05), 0.05, paint),
        frustum((0.47, 0, 0.4), (0.1, 0.2, 0.28), paint, (0.4, 0.6)),
        rod((0.36, -0.32, 1.05), (0.36, 0.32, 1.05), 0.022, dark),
        cylinder((-0.1, 0, 0), 0.02, 0.3, dark),
    ]
    return parts
