"""Things beside a street, in metres, standing on z = 0; their front, +y, looks at the road."""

from __future__ import annotations

from dataclasses import replace
import math

import numpy as np

from depth_nodes.data.synthetic import street_material as materials
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.scene import (
    box,
    Colour,
    cylinder,
    frustum,
    Material,
    placed,
    Primitive,
    rod,
    Vector,
)

WHITE: Colour = (0.92, 0.92, 0.92)
RED: Colour = (0.75, 0.07, 0.08)
BLUE: Colour = (0.05, 0.2, 0.6)
YELLOW: Colour = (0.95, 0.78, 0.1)
ALONG_X = np.array([[0, 0, 1.0], [0, 1.0, 0], [-1.0, 0, 0]])  # turns a cylinder's axis to x


def street_lamp(draw: Draw, is_lit: bool = False) -> list[Primitive]:
    """A pole of 4-10 m, with an arm over the road or a lantern on top."""
    height, steel = draw.uniform(4, 10), materials.steel(draw)
    glass = materials.flat((0.95, 0.93, 0.85), emission=1.0 if is_lit else 0.0)
    parts = [cylinder((0, 0, 0), 0.05 + 0.006 * height, height, steel)]
    if height < 5.5:
        parts.append(frustum((0, 0, height), (0.16, 0.16, 0.2), glass, (0.7, 0.7)))
        parts.append(frustum((0, 0, height + 0.4), (0.22, 0.22, 0.06), steel, (0.3, 0.3)))
        return parts
    reach = draw.uniform(0.6, 2.2)
    parts.append(rod((0, 0, height - 0.1), (0, reach, height + 0.15), 0.04, steel))
    parts.append(box((-0.14, reach - 0.1, height + 0.1), (0.14, reach + 0.5, height + 0.2), steel))
    parts.append(
        box((-0.1, reach, height + 0.08), (0.1, reach + 0.4, height + 0.12), glass),
    )
    return parts


def _plate(at: Vector, radius: float, material: Material, is_round: bool) -> Primitive:
    """A sign's face, across x."""
    if is_round:
        return Primitive(
            shape='cylinder',
            centre=at,
            half_size=(radius, radius, 0.01),
            material=material,
            world_from_object=ALONG_X,
        )
    return Primitive(shape='box', centre=at, half_size=(0.01, radius, radius), material=material)


def _triangle(at: Vector, radius: float, material: Material) -> Primitive:
    return Primitive(
        shape='frustum',
        centre=at,
        half_size=(0.01, radius, radius * 0.87),
        material=material,
        taper=(1.0, 0.0),
    )


def sign(draw: Draw) -> list[Primitive]:
    """A traffic sign that looks towards -x: round, square, a triangle or a board."""
    steel, z = materials.steel(draw), draw.uniform(2.0, 2.7)
    parts = [cylinder((0, 0, 0), 0.03, z + 0.35, steel)]
    kind = draw.choice(['round', 'round', 'square', 'triangle', 'board', 'diamond'])
    ring, face = draw.choice([(RED, WHITE), (BLUE, WHITE), (BLUE, BLUE), (WHITE, RED)])
    outer, inner = materials.flat(ring), materials.flat(face)
    if kind == 'triangle':
        parts.append(_triangle((-0.045, 0, z + 0.2), 0.42, materials.flat(RED)))
        parts.append(_triangle((-0.06, 0, z + 0.17), 0.28, materials.flat(WHITE)))
    elif kind == 'diamond':
        turned = placed([_plate((0, 0, 0), 0.3, materials.flat(WHITE), False)], (0, 0, 0))[0]
        half = math.sqrt(0.5)
        spin = np.array([[1, 0, 0], [0, half, -half], [0, half, half]])
        for x, size, colour in ((-0.045, 0.3, WHITE), (-0.06, 0.22, YELLOW)):
            parts.append(
                replace(
                    turned,
                    centre=(x, 0.0, z + 0.2),
                    half_size=(0.01, size, size),
                    world_from_object=spin,
                    material=materials.flat(colour),
                )
            )
    elif kind == 'board':
        text = Material(pattern='text', palette=(WHITE, ring), scale_m=0.12)
        parts.append(box((-0.06, -0.5, z), (-0.04, 0.5, z + 0.5), text))
    else:
        is_round = kind == 'round'
        parts.append(_plate((-0.045, 0, z + 0.2), 0.32, outer, is_round))
        parts.append(_plate((-0.06, 0, z + 0.2), 0.21, inner, is_round))
    return parts


def traffic_light(draw: Draw) -> list[Primitive]:
    """A signal on a pole, sometimes with a second one on an arm over the road; looks to -x."""
    steel, dark = materials.steel(draw), materials.rubber()
    height = draw.uniform(2.8, 3.6)
    parts = [cylinder((0, 0, 0), 0.07, height, steel)]
    heads: list[Vector] = [(-0.1, 0.0, height - 1.0)]
    if draw.chance(0.4):
        reach, high = draw.uniform(3, 5.5), draw.uniform(5, 6)
        parts.append(cylinder((0, 0, 0), 0.1, high + 0.4, steel))
        parts.append(rod((0, 0, high + 0.3), (0, reach, high + 0.5), 0.06, steel))
        heads.append((-0.15, reach - 0.3, high - 0.35))
    lit = draw.whole(0, 2)
    colours = ((0.1, 0.9, 0.45), (0.95, 0.7, 0.1), (0.95, 0.1, 0.08))
    for x, y, z in heads:
        parts.append(box((x - 0.1, y - 0.16, z), (x + 0.1, y + 0.16, z + 0.95), dark))
        for i, colour in enumerate(colours):
            shown = colour if i == lit else (colour[0] * 0.15, colour[1] * 0.15, colour[2] * 0.15)
            face = materials.flat(shown, emission=0.9 if i == lit else 0.0)
            parts.append(_plate((x - 0.105, y, z + 0.17 + 0.3 * i), 0.1, face, True))
    return parts


def bench(draw: Draw) -> list[Primitive]:
    """A seat with a back, along x."""
    wood, leg = materials.boards(draw), materials.steel(draw)
    parts = [box((x - 0.04, -0.22, 0), (x + 0.04, 0.2, 0.42), leg) for x in (-0.65, 0.65)]
    parts.append(box((-0.9, -0.2, 0.42), (0.9, 0.24, 0.47), wood))
    parts.append(box((-0.9, -0.26, 0.55), (0.9, -0.21, 0.9), wood))
    return parts


def dustbins(draw: Draw) -> list[Primitive]:
    """One to four wheeled bins."""
    parts = []
    for i in range(draw.whole(1, 4)):
        colour = draw.choice([(0.12, 0.13, 0.14), (0.1, 0.3, 0.15), (0.1, 0.2, 0.5), YELLOW])
        x, high = i * 0.68 + draw.normal(0, 0.04), draw.uniform(0.95, 1.15)
        body, lid = materials.flat((0.14, 0.15, 0.15)), materials.flat(colour)
        shape = frustum((x, 0, 0.05), (0.29, 0.34, high / 2), body, (1.0, 1.0))
        parts += [shape, box((x - 0.3, -0.36, high + 0.02), (x + 0.3, 0.38, high + 0.1), lid)]
    return parts


def cabinet(draw: Draw) -> list[Primitive]:
    """A grey box of the telephone or power company, or a yellow letter box."""
    x, y, z = draw.uniform(0.3, 0.9), draw.uniform(0.15, 0.3), draw.uniform(0.8, 1.5)
    colour = draw.choice([(0.6, 0.61, 0.58), (0.55, 0.55, 0.55), (0.3, 0.36, 0.3), YELLOW])
    return [box((-x, -y, 0), (x, y, z), materials.flat(colour))]


def bollard(draw: Draw) -> list[Primitive]:
    """A post of steel or stone."""
    return [
        cylinder(
            (0, 0, 0), draw.uniform(0.04, 0.12), draw.uniform(0.7, 1.1), materials.steel(draw)
        )
    ]


def advertising_pillar(draw: Draw) -> list[Primitive]:
    """A round pillar or a lit poster."""
    poster = Material(
        pattern='painting',
        palette=tuple(draw.colour(saturation=(0, 0.9), value=(0.1, 1)) for _ in range(5)),
        scale_m=draw.uniform(0.3, 1.0),
        grain=0,
        offset=draw.offset(),
    )
    if draw.chance(0.5):
        return [
            cylinder((0, 0, 0), 0.6, 2.8, poster),
            cylinder((0, 0, 2.8), 0.7, 0.2, materials.steel(draw)),
        ]
    frame = materials.steel(draw)
    return [
        box((-0.12, -0.65, 0.3), (0.12, 0.65, 2.3), frame),
        box((-0.13, -0.58, 0.4), (0.13, 0.58, 2.2), poster),
        box((-0.1, -0.3, 0), (0.1, 0.3, 0.3), frame),
    ]


def bus_shelter(draw: Draw) -> list[Primitive]:
    """Glass walls on three sides under a roof."""
    steel, glass = materials.steel(draw), materials.window_glass(draw)
    x = draw.uniform(1.5, 2.5)
    parts = [rod((at, -0.6, 0), (at, -0.6, 2.4), 0.04, steel) for at in (-x, 0.0, x)]
    parts += [
        box((-x, -0.62, 0.3), (x, -0.6, 2.1), glass),
        box((-x - 0.01, -0.6, 0.3), (-x + 0.01, 0.6, 2.1), glass),
        box((-x - 0.2, -0.8, 2.4), (x + 0.2, 0.9, 2.52), steel),
    ]
    return parts + placed(bench(draw), (0, -0.25, 0))


def parasol(draw: Draw) -> list[Primitive]:
    """A café's parasol over a table and two chairs."""
    cloth = materials.flat(draw.colour(saturation=(0, 0.7), value=(0.5, 0.95)))
    wood, steel = materials.boards(draw), materials.steel(draw)
    parts = [
        cylinder((0, 0, 0), 0.03, 2.5, steel),
        frustum((0, 0, 2.2), (1.4, 1.4, 0.25), cloth, (0.05, 0.05)),
        cylinder((0.6, 0, 0.7), 0.4, 0.04, wood),
        cylinder((0.6, 0, 0), 0.04, 0.7, steel),
    ]
    for side in (-1, 1):
        y = side * 0.7
        parts.append(box((0.4, y - 0.2, 0.4), (0.8, y + 0.2, 0.46), wood))
        back = sorted((y + side * 0.17, y + side * 0.2))
        parts.append(box((0.4, back[0], 0.4), (0.8, back[1], 0.9), wood))
    return parts


def pavement_thing(draw: Draw) -> list[Primitive]:
    """Something small that stands on pavements."""
    if draw.chance(0.06):
        return advertising_pillar(draw)
    return draw.choice([bollard, bollard, dustbins, dustbins, cabinet, cabinet, bench])(draw)


def utility_pole(draw: Draw, height_m: float) -> list[Primitive]:
    """A wooden or concrete pole with a crossbar along y."""
    wood = materials.bark(draw)
    return [
        cylinder((0, 0, -0.5), 0.13, height_m + 0.5, wood),
        box((-0.06, -0.9, height_m - 0.7), (0.06, 0.9, height_m - 0.58), wood),
    ]


def gantry(draw: Draw, across: tuple[float, float]) -> list[Primitive]:
    """A sign bridge over a motorway between two points across the road (along y)."""
    steel, height = materials.flat((0.5, 0.51, 0.52)), draw.uniform(5.6, 6.6)
    low, high = sorted(across)
    parts = [cylinder((0, y, -0.5), 0.2, height + 1.5, steel) for y in (low, high)]
    parts.append(box((-0.2, low, height), (0.2, high, height + 0.5), steel))
    cursor = low + draw.uniform(0.5, 3)
    while cursor < high - 3:
        width = min(draw.uniform(3, 6), high - cursor)
        colour = draw.choice([BLUE, (0.05, 0.35, 0.2), (0.05, 0.35, 0.2)])
        face = Material(pattern='text', palette=(colour, WHITE), scale_m=0.7, offset=draw.offset())
        low_z = height - draw.uniform(0.2, 1.0)
        parts.append(box((-0.3, cursor, low_z), (-0.22, cursor + width, low_z + 2.4), face))
        cursor += width + draw.uniform(0.3, 4)
    return parts


def overpass(draw: Draw, across: tuple[float, float]) -> list[Primitive]:
    """A bridge across the road (along y) with piers, parapets and its embankments."""
    stone, height = materials.plaster(draw), draw.uniform(5.0, 6.2)
    deep, (low, high) = draw.uniform(4, 12), sorted(across)
    grey = replace(stone, palette=((0.45, 0.44, 0.42), (0.62, 0.61, 0.58), (0.66, 0.65, 0.62)))
    grass = materials.lawn(draw)
    parts = [
        box((-deep, low - 60, height), (deep, high + 60, height + 1.3), grey),
        box((-deep - 0.2, low - 60, height + 1.1), (-deep, high + 60, height + 2.2), grey),
    ]
    for y in (low - 1.2, high + 1.2):
        parts.append(box((-deep, y - 0.6, -1), (deep, y + 0.6, height), grey))
    for y, side in ((low, -1), (high, 1)):
        reach, length = 14.0, 60.0
        middle = y + side * (length / 2 + 2)
        slope = frustum(
            (0, middle, -1),
            (deep + reach, length / 2, (height + 1.3) / 2),
            grass,
            (deep / (deep + reach), 1.0),
        )
        parts.append(slope)
    return parts
