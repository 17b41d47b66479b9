"""Things of 2-40 cm that stand on z = 0 around the origin. Metres."""

from __future__ import annotations

from collections.abc import Callable
import math

from depth_nodes.data.synthetic import material as materials
from depth_nodes.data.synthetic.draw import Draw, shaded
from depth_nodes.data.synthetic.item import horizontal_bounds, tilted, tube
from depth_nodes.data.synthetic.scene import (
    box,
    cylinder,
    ellipsoid,
    frustum,
    Material,
    placed,
    Primitive,
    rod,
    Vector,
)

Thing = Callable[[Draw], list[Primitive]]


def cup(draw: Draw) -> list[Primitive]:
    """A mug with a handle, or a glass."""
    radius, height = draw.uniform(0.03, 0.048), draw.uniform(0.07, 0.12)
    china = materials.plain(draw, gloss=0.15)
    drink = materials.plain(draw, draw.choice([(0.15, 0.08, 0.04), (0.9, 0.9, 0.88)]))
    parts = [
        cylinder((0, 0, 0), radius, height, china),
        cylinder((0, 0, height), radius * 0.85, 0.001, drink),
    ]
    if draw.chance(0.75):
        x = radius + 0.028
        path = [(radius, 0, height * 0.8), (x, 0, height * 0.7), (x, 0, height * 0.35)]
        parts += tube([*path, (radius, 0, height * 0.2)], 0.006, china)
    return parts


def book(draw: Draw) -> list[Primitive]:
    """A book or magazine, or a pile of them."""
    parts: list[Primitive] = []
    z = 0.0
    for _ in range(draw.choice([1, 1, 1, 2, 3, 5])):
        x, y = draw.uniform(0.07, 0.11), draw.uniform(0.1, 0.15)
        thick = draw.log_uniform(0.006, 0.05)
        cover = materials.print_on(draw, 2 * y)
        pages = materials.plain(draw, (0.9, 0.88, 0.8))
        volume = box((-x, -y, z), (x, y, z + thick), pages, cover)
        parts += placed([volume], (0, 0, 0), draw.normal(0, 0.1))
        z += thick
    return parts


def standing_books(draw: Draw) -> list[Primitive]:
    """A short row of books between nothing, the last ones leaning."""
    parts: list[Primitive] = []
    x = -draw.uniform(0.05, 0.16)
    stop = -x
    while x < stop:
        thick, height = draw.uniform(0.012, 0.05), draw.uniform(0.17, 0.3)
        parts.append(
            box((x, -0.08, 0), (x + thick, 0.08, height), materials.print_on(draw, height))
        )
        x += thick + 0.002
    return parts


def bottle(draw: Draw) -> list[Primitive]:
    """Body, shoulder, neck, cap and label."""
    radius, height = draw.uniform(0.028, 0.045), draw.uniform(0.12, 0.24)
    glass = materials.plain(
        draw, materials.paint_colour(draw, (0.1, 0.9), (0.08, 0.85)), 0.03, 0.4
    )
    neck = radius * draw.uniform(0.3, 0.45)
    cap, label = materials.casing(draw), materials.print_on(draw, height)
    return [
        cylinder((0, 0, 0), radius, height, glass),
        ellipsoid((0, 0, height), (radius, radius, radius * 1.1), glass),
        cylinder((0, 0, height), neck, radius * 1.9, glass),
        cylinder((0, 0, height + radius * 1.9), neck * 1.15, 0.018, cap),
        cylinder((0, 0, height * 0.25), radius + 0.0008, height * 0.45, label),
    ]


def can(draw: Draw) -> list[Primitive]:
    """A tin, a jar or a spray can with a lid."""
    radius, height = draw.uniform(0.026, 0.05), draw.uniform(0.07, 0.19)
    lid = draw.choice([materials.chrome, materials.casing])(draw)
    return [
        cylinder((0, 0, 0), radius, height, materials.print_on(draw, height)),
        cylinder((0, 0, height), radius * 0.93, 0.01, lid),
    ]


def package(draw: Draw) -> list[Primitive]:
    """A box of cardboard or print; sometimes two."""
    parts: list[Primitive] = []
    z = 0.0
    for _ in range(draw.choice([1, 1, 1, 2])):
        x, y = draw.log_uniform(0.03, 0.16), draw.log_uniform(0.03, 0.13)
        height = draw.log_uniform(0.03, 0.28)
        outside = materials.print_on(draw, height + x)
        if draw.chance(0.25):
            outside = materials.cardboard(draw)
        parts += placed([box((-x, -y, z), (x, y, z + height), outside)], (0, 0, 0), 0.0)
        z += height
    return parts


def bowl(draw: Draw) -> list[Primitive]:
    """A bowl or plate, with fruit in it or not."""
    radius = draw.uniform(0.07, 0.15)
    china = materials.plain(draw, shaded(draw.colour(), 1.1), gloss=0.15)
    deep = draw.uniform(0.02, 0.08)
    base = frustum((0, 0, 0), (radius, radius, deep / 2), china, (1.0, 1.0))
    parts = [
        ellipsoid((0, 0, deep), (radius, radius, deep), china),
        cylinder((0, 0, deep * 0.8), radius * 0.99, deep * 0.3, china),
    ]
    if draw.chance(0.25):
        parts = [base]
    for _ in range(draw.choice([0, 0, 3, 6])):
        colour = draw.colour((-0.02, 0.25), (0.6, 0.95), (0.5, 0.95))
        size, angle = draw.uniform(0.025, 0.042), draw.uniform(0, math.tau)
        out = draw.uniform(0, radius * 0.6)
        at = (out * math.cos(angle), out * math.sin(angle), deep * 1.2 + size * 0.7)
        parts.append(ellipsoid(at, (size, size, size), materials.plain(draw, colour, gloss=0.1)))
    return parts


def sheet(draw: Draw) -> list[Primitive]:
    """A sheet of paper or a brochure."""
    inside = materials.paper(draw, draw.uniform(0.006, 0.014))
    if draw.chance(0.3):
        inside = materials.print_on(draw, 0.2)
    size = draw.choice([(0.105, 0.1485), (0.105, 0.1485), (0.074, 0.105), (0.05, 0.09)])
    return [box((-size[0], -size[1], 0), (size[0], size[1], 0.0009), inside)]


def pen(draw: Draw) -> list[Primitive]:
    """A pen or a tool that lies."""
    length, radius = draw.uniform(0.06, 0.1), draw.uniform(0.004, 0.012)
    tip = materials.plain(draw)
    return [
        rod((-length, 0, radius), (length * 0.5, 0, radius), radius, materials.casing(draw)),
        rod((length * 0.5, 0, radius), (length, 0, radius), radius * 0.7, tip),
    ]


def pen_cup(draw: Draw) -> list[Primitive]:
    """A beaker full of pens."""
    parts = [cylinder((0, 0, 0), 0.04, 0.1, materials.casing(draw))]
    for _ in range(draw.whole(3, 8)):
        a, b = draw.uniform(-0.025, 0.025), draw.uniform(-0.025, 0.025)
        top = (a * 1.9, b * 1.9, draw.uniform(0.13, 0.19))
        parts.append(rod((a, b, 0.08), top, 0.004, materials.casing(draw)))
    return parts


def cable(draw: Draw) -> list[Primitive]:
    """A cable that wanders over the surface."""
    radius, skin = draw.uniform(0.0022, 0.004), materials.black(draw)
    if draw.chance(0.3):
        skin = materials.casing(draw)
    angle, at = draw.uniform(0, math.tau), (0.0, 0.0, radius)
    points: list[Vector] = [at]
    for _ in range(draw.whole(5, 12)):
        angle += draw.normal(0, 0.7)
        at = (at[0] + 0.05 * math.cos(angle), at[1] + 0.05 * math.sin(angle), radius)
        points.append(at)
    return tube(points, radius, skin)


def toy(draw: Draw) -> list[Primitive]:
    """Some figure of a few round bodies, or a controller with two grips."""
    paint = materials.plain(draw, materials.paint_colour(draw, (0.2, 0.95), (0.05, 0.9)))
    other = materials.plain(draw)
    if draw.chance(0.4):
        grips = [ellipsoid((x, 0, 0.02), (0.03, 0.05, 0.02), paint) for x in (-0.055, 0.055)]
        sticks = [cylinder((x, 0.02, 0.03), 0.01, 0.018, other) for x in (-0.025, 0.025)]
        return [*grips, ellipsoid((0, 0.01, 0.022), (0.06, 0.03, 0.018), paint), *sticks]
    size = draw.uniform(0.04, 0.1)
    parts = [
        ellipsoid((0, 0, size), (size * 0.8, size * 0.7, size), paint),
        ellipsoid((0, size * 0.2, size * 2.2), (size * 0.6, size * 0.6, size * 0.55), paint),
    ]
    for side in (-1, 1):
        arm, ear = (side * size * 0.8, size * 0.3, size * 1.1), (side * size * 0.45, 0, size * 2.7)
        parts.append(ellipsoid(arm, (size * 0.25, size * 0.3, size * 0.55), other))
        parts.append(ellipsoid(ear, (size * 0.2, size * 0.1, size * 0.25), other))
        leg = (side * size * 0.5, size * 0.8, size * 0.25)
        parts.append(ellipsoid(leg, (size * 0.28, size * 0.5, size * 0.25), paint))
    return parts


def potted_plant(draw: Draw) -> list[Primitive]:
    """A pot with long leaves (thin, leaning) or a ball of foliage."""
    radius, height = draw.uniform(0.04, 0.1), draw.uniform(0.07, 0.16)
    pot = draw.choice([materials.plain(draw, (0.62, 0.3, 0.18)), materials.plain(draw, gloss=0.1)])
    green = draw.colour(materials.GREEN, (0.35, 0.8), (0.25, 0.6))
    parts = [cylinder((0, 0, 0), radius, height, pot)]
    if draw.chance(0.4):
        size = draw.uniform(0.08, 0.16)
        parts.append(
            ellipsoid((0, 0, height + size * 0.8), (size, size, size), materials.leaves(draw))
        )
        return parts
    leaf = materials.plain(draw, green)
    for _ in range(draw.whole(8, 18)):
        angle, reach = draw.uniform(0, math.tau), draw.uniform(0.06, 0.26)
        rise = draw.uniform(0.08, 0.32)
        middle = (0.5 * reach * math.cos(angle), 0.5 * reach * math.sin(angle), height + rise)
        droop = height + rise * draw.uniform(0.5, 1.2)
        tip = (reach * math.cos(angle), reach * math.sin(angle), droop)
        parts += tube([(0, 0, height), middle], draw.uniform(0.006, 0.012), leaf)
        parts += tube([middle, tip], draw.uniform(0.003, 0.008), leaf)
    return parts


def desk_lamp(draw: Draw) -> list[Primitive]:
    """A foot, two arms and a cone."""
    paint, lit = materials.casing(draw), materials.lamp_shade(draw)
    elbow, head = (-0.12, 0.0, 0.28), (0.1, 0.0, 0.42)
    parts = [cylinder((0, 0, 0), 0.08, 0.02, paint)]
    parts += tube([(0, 0, 0.02), elbow, head], 0.008, paint)
    shade = frustum((0.12, 0, 0.34), (0.07, 0.07, 0.05), paint, (0.4, 0.4))
    parts += [tilted(shade, 0.0, -0.3), ellipsoid((0.12, 0, 0.34), (0.035, 0.035, 0.02), lit)]
    return parts


def heap(draw: Draw) -> list[Primitive]:
    """Crumpled cloth, a bag or a cushion: a few soft bodies of one cloth."""
    cloth, size = materials.fabric(draw), draw.uniform(0.06, 0.15)
    parts: list[Primitive] = []
    for _ in range(draw.whole(2, 5)):
        a, b, c = (size * draw.uniform(0.4, 0.9) for _ in range(3))
        x, y = draw.uniform(-size, size) * 0.7, draw.uniform(-size, size) * 0.7
        lump = ellipsoid((x, y, c * 0.55), (a, b, c * 0.6), cloth)
        parts.append(tilted(lump, 0.0, draw.normal(0, 0.3)))
    return parts


def tray(draw: Draw) -> list[Primitive]:
    """A letter tray or basket: a floor and four walls, with something in it."""
    frame, x, y = materials.casing(draw), draw.uniform(0.1, 0.17), draw.uniform(0.08, 0.14)
    height, t = draw.uniform(0.04, 0.13), 0.005
    parts = [
        box((-x, -y, 0), (x, y, t), frame),
        box((-x, -y, 0), (-x + t, y, height), frame),
        box((x - t, -y, 0), (x, y, height), frame),
        box((-x, -y, 0), (x, -y + t, height), frame),
        box((-x, y - t, 0), (x, y, height * draw.choice([0.3, 1.0])), frame),
    ]
    inside = draw.choice([sheet, heap, toy, cup, package])(draw)
    low, high = horizontal_bounds(inside)
    if max(-low[0], high[0]) < x and max(-low[1], high[1]) < y:
        parts += placed(inside, (0, 0, t))
    return parts


def telephone(draw: Draw) -> list[Primitive]:
    """A wedge with keys and a handset beside them."""
    body = materials.casing(draw)
    keys = Material(pattern='tiles', palette=((0.75, 0.75, 0.75), (0.2, 0.2, 0.2)), scale_m=0.018)
    wedge = frustum((0, 0, 0), (0.09, 0.11, 0.035), body, (1.0, 0.5), (0.0, 0.5))
    pad = box((-0.01, -0.07, 0.045), (0.07, 0.05, 0.049), keys)
    return [
        wedge,
        tilted(pad, 0.3),
        rod((-0.055, -0.1, 0.06), (-0.055, 0.1, 0.09), 0.018, body),
        ellipsoid((-0.055, -0.1, 0.055), (0.028, 0.03, 0.022), body),
        ellipsoid((-0.055, 0.1, 0.085), (0.028, 0.03, 0.022), body),
    ]


THINGS: tuple[Thing, ...] = (
    cup,
    cup,
    book,
    book,
    standing_books,
    bottle,
    can,
    package,
    package,
    bowl,
    sheet,
    sheet,
    sheet,
    pen,
    pen,
    pen_cup,
    cable,
    toy,
    potted_plant,
    desk_lamp,
    heap,
    tray,
    telephone,
)
KITCHEN_THINGS: tuple[Thing, ...] = (
    cup, cup, cup, bottle, bottle, bottle, can, can, bowl, bowl, package, package, heap,
    tray, sheet, potted_plant, pen,
)  # fmt: skip
OFFICE_THINGS: tuple[Thing, ...] = (
    cup, cup, book, book, standing_books, bottle, can, package, sheet, sheet, sheet, sheet,
    sheet, pen, pen, pen, pen_cup, cable, cable, cable, toy, desk_lamp, heap, tray, telephone,
)  # fmt: skip
