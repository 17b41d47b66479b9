"""Cars, vans, trucks and buses, in metres, standing on z = 0 around the origin, facing +x."""

from __future__ import annotations

from depth_nodes.data.synthetic import street_material as materials
from depth_nodes.data.synthetic.car_body import (
    axles,
    cabin,
    CarBody,
    disc,
    lights,
    shell,
    span,
    trim,
)
from depth_nodes.data.synthetic.draw import Draw, shaded
from depth_nodes.data.synthetic.scene import box, Material, Primitive, rod

WHEEL_M = 0.32


def car(draw: Draw, is_near: bool = True, are_lights_on: bool = False) -> list[Primitive]:
    """A car of random body and paint; one that is far away lacks what cannot be seen."""
    body = CarBody.drawn(draw)
    paint, glass = materials.car_paint(draw), materials.car_glass(draw)
    dark = materials.rubber()
    parts = shell(body, paint, dark)
    parts += cabin(body, glass, paint, is_near)
    parts += axles(body.length_m, body.width_m, WHEEL_M, is_near)
    parts += lights(body, are_lights_on)
    if is_near:
        parts += trim(draw, body, paint)
    return parts


def van(draw: Draw, are_lights_on: bool = False) -> list[Primitive]:
    """A delivery van: a tall box behind a short bonnet."""
    length, width, height = draw.uniform(4.9, 6.3), draw.uniform(1.9, 2.05), draw.uniform(2.0, 2.7)
    paint = materials.flat(draw.choice([*materials.GREY_PAINTS[:4], *materials.BRANDS]), gloss=0.4)
    dark, glass = materials.rubber(), materials.car_glass(draw)
    x, y = length / 2, width / 2
    nose, belt = 0.98, 1.22
    front = x - 0.95
    parts = [
        span((-x + 0.1, x - 0.1), y * 0.94, (0.2, 0.42), dark),
        span((-x, x), y, (0.36, nose), paint),
        span((-x, x), y, (nose, belt), paint, ((-x, front + 0.2), y)),
        span((-x, front + 0.2), y, (belt, height), paint, ((-x + 0.06, front - 0.6), y * 0.9)),
        span(
            (front - 0.75, front + 0.24),
            y * 0.96,
            (belt, height - 0.35),
            glass,
            ((front - 0.95 + 0.35, front - 0.3), y * 0.9),
        ),
        # The front doors' windows stand a little out of the walls.
        box((front - 0.75, -y * 0.992, belt), (front - 0.1, y * 0.992, belt + 0.42), glass),
    ]
    if draw.chance(0.5):
        parts.append(box((-x - 0.012, -y * 0.8, belt), (-x + 0.1, y * 0.8, height - 0.4), glass))
    body = CarBody(
        length_m=length,
        width_m=width,
        height_m=height,
        nose_m=nose,
        belt_m=belt,
        cowl=front / x,
        roof=(-1.0, 0.5),
        deck=-1.0,
    )
    parts += axles(length, width, 0.34, is_near=True)
    return parts + lights(body, are_lights_on) + trim(draw, body, paint)


def truck(draw: Draw, are_lights_on: bool = False) -> list[Primitive]:
    """A lorry: cab, and a closed, curtained or tank load."""
    length, width, height = draw.uniform(7, 14), 2.5, draw.uniform(3.1, 3.95)
    x, y = length / 2, width / 2
    cab_paint = materials.flat(
        draw.choice([*materials.GREY_PAINTS[:3], *materials.BRANDS, *materials.BRIGHT_PAINTS]),
        gloss=0.4,
    )
    dark, glass = materials.rubber(), materials.car_glass(draw)
    cab_height = draw.uniform(2.7, 3.5)
    parts = [
        box((-x, -y * 0.6, 0.6), (x - 0.3, y * 0.6, 1.0), dark),
        span((x - 2.1, x), y * 0.98, (0.4, 1.65), cab_paint),
        span(
            (x - 2.1, x),
            y * 0.98,
            (1.6, cab_height),
            cab_paint,
            ((x - 2.05, x - 0.22), y * 0.93),
        ),
        box((x - 0.6, -y * 0.9, 1.65), (x - 0.02, y * 0.9, min(2.45, cab_height - 0.3)), glass),
        box((x - 1.3, -y * 0.985, 1.6), (x - 0.4, y * 0.985, 2.3), glass),
        box((x - 0.3, -y * 0.7, 0.65), (x + 0.01, y * 0.7, 1.25), dark),
        box((-x + 0.02, -y * 0.95, 0.4), (-x + 0.12, y * 0.95, 0.55), dark),
    ]
    parts += _load(draw, (-x, x - 2.3), y, height)
    red = materials.flat((0.6, 0.03, 0.03), emission=0.9 if are_lights_on else 0.15)
    plate = materials.flat((0.88, 0.88, 0.86))
    for side in (-1, 1):
        near, far = sorted((side * y * 0.7, side * y * 0.98))
        parts.append(box((-x - 0.02, near, 0.72), (-x + 0.1, far, 0.9), red))
        for wheel in (x - 1.3, -x + 1.2, -x + 2.4):
            parts.append(disc((wheel, side * (y - 0.16), 0.5), 0.5, 0.16, dark))
    parts.append(box((-x - 0.02, -0.26, 0.75), (-x + 0.1, 0.26, 0.87), plate))
    return parts


def _load(draw: Draw, x: tuple[float, float], y: float, height: float) -> list[Primitive]:
    colour = draw.choice(
        [(0.85, 0.85, 0.84), (0.75, 0.76, 0.78), (0.88, 0.86, 0.8), *materials.BRANDS]
    )
    kind = draw.uniform(0, 1)
    if kind < 0.15:
        tank = materials.flat((0.7, 0.71, 0.72), gloss=0.4)
        radius = (height - 1.1) / 2
        start, end = (x[0], 0.0, 1.1 + radius), (x[1], 0.0, 1.1 + radius)
        return [rod(start, end, min(radius, y), tank)]
    if kind < 0.25:
        boards = materials.boards(draw)
        return [box((x[0], -y, 1.0), (x[1], y, draw.uniform(1.4, 2.2)), boards)]
    side = Material(
        pattern=draw.choice(['noise', 'weathered', 'slats', 'painting']),
        palette=(shaded(colour, 0.82), colour),
        scale_m=draw.uniform(0.4, 2.0),
        grain=0.1,
        offset=draw.offset(),
    )
    frame = materials.flat((0.5, 0.5, 0.52))
    return [
        box((x[0], -y, 1.0), (x[1], y, height), side),
        box((x[0] - 0.015, -y - 0.01, 0.95), (x[1], y + 0.01, 1.1), frame),
        box((x[0] - 0.015, -0.02, 1.0), (x[0] + 0.02, 0.02, height - 0.05), frame),
    ]


def bus(draw: Draw, are_lights_on: bool = False) -> list[Primitive]:
    """A town bus or a tram car: long, glazed all around."""
    length, width, height = draw.uniform(9, 13), 2.5, draw.uniform(2.95, 3.3)
    x, y = length / 2, width / 2
    paint = materials.flat(draw.choice([*materials.BRANDS, *materials.GREY_PAINTS[:3]]), gloss=0.4)
    dark, glass = materials.rubber(), materials.car_glass(draw)
    red = materials.flat((0.6, 0.03, 0.03), emission=0.9 if are_lights_on else 0.15)
    white = materials.flat((0.95, 0.95, 0.9), emission=0.9 if are_lights_on else 0.15)
    parts = [
        box((-x, -y, 0.3), (x, y, height), paint),
        box((-x - 0.01, -y * 0.9, 1.5), (x - 0.5, y * 0.9, height - 0.5), glass),
        box((-x + 0.4, -y - 0.01, 1.1), (x - 0.3, y + 0.01, height - 0.45), glass),
        box((x - 0.5, -y * 0.95, 0.9), (x + 0.015, y * 0.95, height - 0.3), glass),
        box((-x + 0.5, -y * 0.8, height), (x - 2, y * 0.8, height + 0.18), paint),
    ]
    for post in range(1, int(length / 1.6)):
        at = -x + post * 1.6
        parts.append(box((at, -y - 0.015, 1.05), (at + 0.09, y + 0.015, height - 0.4), dark))
    for side in (-1, 1):
        near, far = sorted((side * y * 0.72, side * y * 0.96))
        parts.append(box((-x - 0.015, near, 0.7), (-x + 0.1, far, 1.3), red))
        parts.append(box((x - 0.1, near, 0.6), (x + 0.015, far, 0.85), white))
        for wheel in (x - 2.6, -x + 3.0):
            parts.append(disc((wheel, side * (y - 0.14), 0.48), 0.48, 0.15, dark))
    return parts
