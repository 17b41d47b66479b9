"""Kitchen rows, fridges and apparatus, in metres; their backs are towards -y."""

from __future__ import annotations

from dataclasses import dataclass, replace

from depth_nodes.data.synthetic import material as materials
from depth_nodes.data.synthetic import small_thing
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

UNIT_M = 0.6


@dataclass(frozen=True, kw_only=True)
class KitchenLook:
    """What all units of one kitchen share."""

    front: Material
    upper: Material
    handle: Material
    slab: Material
    splash: Material
    top_m: float
    hung_m: float
    hung_top_m: float

    @classmethod
    def drawn(cls, draw: Draw) -> KitchenLook:
        """A random kitchen; its wall behind the worktop is tiled or of one strong colour."""
        front = materials.lacquer(draw)
        splash = replace(
            materials.wall(draw), pattern='tiles', scale_m=draw.uniform(0.1, 0.2), gloss=0.1
        )
        if draw.chance(0.5):
            colour = materials.paint_colour(draw, (0.0, 0.95), (0.3, 0.95))
            splash = materials.plain(draw, colour, 0.05, 0.2)
        hung = draw.uniform(1.35, 1.5)
        return cls(
            front=front,
            upper=front if draw.chance(0.7) else materials.lacquer(draw),
            handle=draw.choice([materials.chrome, materials.metal])(draw),
            slab=draw.choice([materials.wood, materials.lacquer, materials.black])(draw),
            splash=splash,
            top_m=draw.uniform(0.86, 0.94),
            hung_m=hung,
            hung_top_m=hung + draw.uniform(0.55, 0.85),
        )


def kitchen(draw: Draw) -> Item:
    """A worktop over cupboards, hung cupboards, sink, hob, apparatus and what stands around."""
    look, units = KitchenLook.drawn(draw), draw.whole(3, 7)
    width, depth, back = units * UNIT_M, 0.6, -0.3
    x, top = width / 2, look.top_m
    parts = [
        box((-x, back, 0), (x, 0.24, 0.1), materials.black(draw)),
        box((-x, back, 0.1), (x, 0.26, top - 0.04), look.front),
        box((-x, back, top - 0.04), (x, 0.3, top), look.slab),
        box((-x, back, top), (x, back + 0.008, look.hung_m), look.splash),
    ]
    has_doors_above = draw.chance(0.75)
    for i in range(units):
        left = -x + i * UNIT_M
        parts += placed(_lower_front(draw, look), (left, 0.26, 0))
        if has_doors_above and draw.chance(0.8):
            parts += placed(_upper(draw, look), (left, back, 0))
        elif draw.chance(0.5):
            parts += placed(_open_board(draw, look), (left, back, look.hung_m))
    places = list(range(units))
    for build in (_sink, _hob):
        if draw.chance(0.9):
            place = places.pop(draw.whole(0, len(places) - 1))
            parts += placed(build(draw, look), (-x + (place + 0.5) * UNIT_M, 0, top))
    for place in places:
        if draw.chance(0.45):
            machine = draw.choice(APPARATUS)(draw)
            at = -x + (place + 0.5) * UNIT_M
            parts += placed(machine, (at, -0.08, top), draw.normal(0, 0.1))
    surface = (width, depth - 0.05, top)
    count = round(draw.log_uniform(8, 70))
    things = things_on(draw, surface, count, small_thing.KITCHEN_THINGS, look.slab)
    return Item(primitives=parts + things, width_m=width, depth_m=depth)


def _lower_front(draw: Draw, look: KitchenLook) -> list[Primitive]:
    """Door, drawers or an oven, from x = 0 to a unit's width."""
    kind, high = draw.choice(['door', 'door', 'drawers', 'oven']), look.top_m - 0.05
    if kind == 'oven':
        glass = materials.black(draw, 0.4)
        return [
            box((0.005, 0, 0.12), (0.595, 0.02, high), materials.metal(draw)),
            box((0.05, 0.02, 0.2), (0.55, 0.025, high - 0.17), glass),
            rod((0.06, 0.05, high - 0.13), (0.54, 0.05, high - 0.13), 0.008, look.handle),
            *(cylinder((0.1 + k * 0.1, 0.03, high - 0.06), 0.015, 0.02, glass) for k in range(5)),
        ]
    rows = 1 if kind == 'door' else draw.whole(2, 4)
    tall = (high - 0.12) / rows
    parts: list[Primitive] = []
    for row in range(rows):
        low = 0.12 + row * tall
        parts.append(box((0.004, 0, low), (0.596, 0.02, low + tall - 0.006), look.front))
        z = low + tall - 0.06
        parts.append(rod((0.15, 0.045, z), (0.45, 0.045, z), 0.006, look.handle))
        parts += [box((a, 0.02, z - 0.005), (a + 0.01, 0.045, z + 0.005), look.handle)
                  for a in (0.17, 0.42)]  # fmt: skip
    return parts


def _upper(draw: Draw, look: KitchenLook) -> list[Primitive]:
    low, high = look.hung_m, look.hung_top_m
    parts = [
        box((0.0, 0, low), (0.6, 0.33, high), look.upper),
        box((0.004, 0.33, low + 0.004), (0.596, 0.35, high - 0.004), look.upper),
        rod((0.06, 0.37, low + 0.05), (0.06, 0.37, low + 0.2), 0.006, look.handle),
    ]
    if draw.chance(0.12):
        parts[1] = box((0.03, 0.33, low + 0.04), (0.57, 0.336, high - 0.1), materials.black(draw))
    return parts


def _open_board(draw: Draw, look: KitchenLook) -> list[Primitive]:
    """A board on the wall with things, or a rail with tools below."""
    if draw.chance(0.4):
        parts = [rod((0.05, 0.05, -0.02), (0.55, 0.05, -0.02), 0.006, look.handle)]
        for k in range(draw.whole(3, 7)):
            x, tall = 0.08 + k * 0.07, draw.uniform(0.12, 0.3)
            tool = draw.choice([materials.chrome, materials.black, materials.wood])(draw)
            parts.append(rod((x, 0.05, -0.03 - tall), (x, 0.05, -0.025), 0.005, tool))
            head = (x, 0.05, -0.03 - tall)
            parts.append(ellipsoid(head, (0.025, 0.01, 0.035), tool))
        return parts
    board = box((0, 0, 0), (0.6, 0.24, 0.025), look.slab)
    things = things_on(draw, (0.6, 0.22, 0.025), draw.whole(2, 9), small_thing.KITCHEN_THINGS)
    return [board, *placed(things, (0.3, 0.12, 0))]


def _sink(draw: Draw, look: KitchenLook) -> list[Primitive]:
    """A rim around a dark basin, a bent tap, and dishes that dry."""
    steel = materials.chrome(draw)
    dark = materials.plain(draw, (0.3, 0.3, 0.31), gloss=0.2)
    x = draw.uniform(0.2, 0.28)
    parts = [
        box((-x, -0.2, 0), (x, 0.22, 0.006), steel),
        box((-x + 0.03, -0.15, 0.004), (x - 0.03, 0.18, 0.008), dark),
    ]
    high = draw.uniform(0.18, 0.35)
    path = [(0, -0.22, 0.0), (0, -0.22, high), (0, -0.15, high + 0.04), (0, -0.05, high - 0.02)]
    parts += tube([*path, (0, -0.04, high - 0.06)], 0.011, look.handle)
    parts.append(rod((0, -0.22, high * 0.6), (0.07, -0.21, high * 0.65), 0.006, look.handle))
    if draw.chance(0.5):
        parts += placed(_dish_rack(draw), (draw.choice([-0.42, 0.42]), 0, 0))
    return parts


def _dish_rack(draw: Draw) -> list[Primitive]:
    wire = materials.chrome(draw)
    parts = []
    for y in (-0.15, 0.15):
        for z in (0.02, 0.1):
            parts.append(rod((-0.18, y, z), (0.18, y, z), 0.003, wire))
    for k in range(7):
        x = -0.18 + k * 0.06
        parts.append(rod((x, -0.15, 0.02), (x, 0.15, 0.02), 0.003, wire))
        parts.append(rod((x, -0.15, 0.0), (x, -0.15, 0.1), 0.003, wire))
    china = materials.plain(draw, (0.92, 0.92, 0.9), gloss=0.15)
    for k in range(draw.whole(2, 6)):
        x = -0.15 + k * 0.045
        parts.append(rod((x, 0.0, 0.13), (x + 0.012, 0.0, 0.135), draw.uniform(0.08, 0.11), china))
    return parts


def _hob(draw: Draw, look: KitchenLook) -> list[Primitive]:
    """Four plates, pots and pans on some, a hood above."""
    glass = materials.black(draw, 0.35)
    parts = [box((-0.28, -0.24, 0), (0.28, 0.24, 0.006), glass)]
    iron = materials.plain(draw, (0.18, 0.18, 0.18))
    for x in (-0.13, 0.13):
        for y in (-0.11, 0.11):
            parts.append(cylinder((x, y, 0.005), draw.uniform(0.07, 0.09), 0.006, iron))
            if draw.chance(0.35):
                parts += placed(pot(draw), (x, y, 0.011), draw.uniform(0, 6.28))
    if draw.chance(0.6):
        rise = look.hung_m - look.top_m + 0.1
        steel = materials.chrome(draw)
        parts.append(frustum((0, -0.05, rise), (0.3, 0.24, 0.1), steel, (0.4, 0.4), (0.0, -0.5)))
        parts.append(box((-0.11, -0.28, rise + 0.2), (0.11, -0.06, rise + 0.8), steel))
    return parts


def pot(draw: Draw) -> list[Primitive]:
    """A pot with a lid, or a pan with a long handle."""
    steel = draw.choice([materials.chrome, materials.black, materials.plain])(draw)
    radius, black = draw.uniform(0.08, 0.13), materials.black(draw)
    if draw.chance(0.4):
        return [
            cylinder((0, 0, 0), radius, 0.045, steel),
            rod((radius, 0, 0.04), (radius + 0.18, 0, 0.06), 0.01, black),
        ]
    tall = draw.uniform(0.08, 0.18)
    return [
        cylinder((0, 0, 0), radius, tall, steel),
        ellipsoid((0, 0, tall), (radius, radius, 0.02), steel),
        ellipsoid((0, 0, tall + 0.03), (0.015, 0.015, 0.015), black),
        rod((-radius - 0.03, 0, tall * 0.75), (radius + 0.03, 0, tall * 0.75), 0.009, black),
    ]


def coffee_machine(draw: Draw) -> list[Primitive]:
    """A body with a head over a cup or a pot."""
    case, steel = materials.casing(draw), materials.chrome(draw)
    x, tall = draw.uniform(0.09, 0.15), draw.uniform(0.3, 0.42)
    return [
        box((-x, -0.18, 0), (x, 0.17, 0.05), case),
        box((-x, -0.18, 0.05), (x, -0.02, tall), case),
        box((-x, -0.18, tall - 0.12), (x, 0.14, tall), case),
        box((-x + 0.02, 0.14, tall - 0.1), (x - 0.02, 0.143, tall - 0.03), steel),
        cylinder((0, 0.06, 0.05), 0.055, 0.12, materials.black(draw, 0.4)),
        cylinder((0, 0.06, tall - 0.15), 0.025, 0.04, steel),
    ]


def microwave(draw: Draw) -> list[Primitive]:
    """A box with a dark door and a panel."""
    case = materials.casing(draw)
    return [
        box((-0.25, -0.18, 0.01), (0.25, 0.18, 0.29), case),
        box((-0.23, 0.18, 0.03), (0.11, 0.19, 0.27), materials.black(draw, 0.4)),
        rod((0.13, 0.205, 0.05), (0.13, 0.205, 0.25), 0.008, materials.chrome(draw)),
        box((0.15, 0.18, 0.04), (0.235, 0.184, 0.26), materials.casing(draw)),
    ]


def kettle(draw: Draw) -> list[Primitive]:
    """A kettle with spout and handle."""
    case = draw.choice([materials.chrome, materials.casing])(draw)
    black = materials.black(draw)
    return [
        frustum((0, 0, 0.015), (0.08, 0.08, 0.1), case, (0.7, 0.7)),
        cylinder((0, 0, 0), 0.09, 0.02, black),
        ellipsoid((0, 0, 0.21), (0.055, 0.055, 0.02), black),
        *tube([(-0.06, 0, 0.2), (-0.13, 0, 0.2), (-0.12, 0, 0.06), (-0.08, 0, 0.04)], 0.01, black),
        rod((0.05, 0, 0.15), (0.1, 0, 0.19), 0.02, case),
    ]


def toaster(draw: Draw) -> list[Primitive]:
    """A rounded box with slots."""
    case, dark = draw.choice([materials.chrome, materials.casing])(draw), materials.black(draw)
    return [
        box((-0.15, -0.09, 0.01), (0.15, 0.09, 0.17), case),
        rod((-0.15, 0, 0.1), (0.15, 0, 0.1), 0.095, case),
        *(box((-0.11, y, 0.16), (0.11, y + 0.03, 0.196), dark) for y in (-0.05, 0.02)),
        box((0.15, -0.02, 0.1), (0.175, 0.02, 0.12), dark),
    ]


def paper_roll(draw: Draw) -> list[Primitive]:
    """A kitchen roll on a stand."""
    white = materials.plain(draw, (0.94, 0.94, 0.92))
    wood = materials.wood(draw)
    return [
        cylinder((0, 0, 0), 0.08, 0.015, wood),
        cylinder((0, 0, 0.015), draw.uniform(0.04, 0.065), 0.23, white),
        cylinder((0, 0, 0.24), 0.01, 0.06, wood),
    ]


def knife_block(draw: Draw) -> list[Primitive]:
    """A leaning block with handles."""
    wood, black = materials.wood(draw), materials.black(draw)
    parts = [frustum((0, 0, 0), (0.05, 0.1, 0.11), wood, (1.0, 0.6), (0.0, -0.4))]
    for k in range(4):
        x = -0.035 + k * 0.022
        parts.append(rod((x, -0.04, 0.2), (x, -0.07, 0.31), 0.008, black))
    return parts


APPARATUS = (
    coffee_machine,
    coffee_machine,
    microwave,
    kettle,
    toaster,
    paper_roll,
    knife_block,
    pot,
)


def fridge(draw: Draw) -> Item:
    """A fridge, tall or low, with magnets and notes."""
    case, height = materials.casing(draw), draw.choice([0.86, 1.5, 1.85])
    handle = materials.chrome(draw)
    split = height * draw.choice([0.35, 0.68])
    parts = [
        box((-0.3, -0.3, 0.03), (0.3, 0.25, height), case),
        box((-0.3, 0.25, 0.06), (0.3, 0.31, split - 0.006), case),
        box((-0.3, 0.25, split), (0.3, 0.31, height), case),
    ]
    for low in (split - 0.28, split + 0.04):
        parts.append(rod((0.24, 0.34, low), (0.24, 0.34, low + 0.22), 0.01, handle))
    for _ in range(draw.choice([0, 0, 3, 8])):
        x, z = draw.uniform(-0.25, 0.15), draw.uniform(height * 0.5, height - 0.15)
        size = draw.uniform(0.02, 0.1)
        note = box((x, 0.31, z), (x + size, 0.312, z + size), materials.print_on(draw, size))
        parts.append(note)
    surface = (0.55, 0.5, height)
    parts += things_on(draw, surface, draw.whole(0, 5), small_thing.KITCHEN_THINGS)
    return Item(primitives=parts, width_m=0.62, depth_m=0.66)
