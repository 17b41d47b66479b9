"""Basins, toilets, tubs and washing machines, in metres; their backs are towards -y."""

from __future__ import annotations

from depth_nodes.data.synthetic import material as materials
from depth_nodes.data.synthetic.arrangement import things_on
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.item import Item, tube
from depth_nodes.data.synthetic.scene import box, cylinder, ellipsoid, Material, Primitive, rod


def china(draw: Draw) -> Material:
    """Glazed ceramic, nearly always white."""
    colour = (0.92, 0.92, 0.9) if draw.chance(0.9) else (0.75, 0.7, 0.6)
    return materials.plain(draw, colour, 0.02, 0.2)


def basin(draw: Draw) -> Item:
    """A basin with a tap and a mirror above."""
    white, steel = china(draw), materials.chrome(draw)
    grey = materials.plain(draw, (0.65, 0.68, 0.7), 0.2, 0.5)
    parts = [
        box((-0.28, -0.23, 0.74), (0.28, 0.15, 0.86), white),
        ellipsoid((0, 0.05, 0.8), (0.28, 0.2, 0.1), white),
        ellipsoid((0, 0.02, 0.86), (0.22, 0.15, 0.006), materials.plain(draw, (0.7, 0.7, 0.7))),
        cylinder((0, -0.1, 0), 0.08, 0.75, white),
        *tube([(0, -0.16, 0.86), (0, -0.16, 0.98), (0, -0.04, 0.97)], 0.012, steel),
        box((-0.25, -0.23, 1.15), (0.25, -0.22, 1.85), grey),
        box((-0.3, -0.23, 1.05), (0.3, -0.1, 1.06), white),
    ]
    parts += [
        part
        for part in things_on(draw, (0.5, 0.12, 1.06), draw.whole(0, 5))
        if part.half_size[2] < 0.15
    ]
    return Item(primitives=parts, width_m=0.62, depth_m=0.5)


def toilet(draw: Draw) -> Item:
    """Bowl, lid and cistern."""
    white = china(draw)
    parts = [
        cylinder((0, 0.05, 0), 0.13, 0.25, white),
        ellipsoid((0, 0.08, 0.3), (0.19, 0.26, 0.12), white),
        cylinder((0, 0.08, 0.39), 0.19, 0.03, white),
        box((-0.18, -0.28, 0.36), (0.18, 0.05, 0.42), white),
        box((-0.2, -0.32, 0.4), (0.2, -0.15, 0.8), white),
        box((-0.04, -0.26, 0.8), (0.04, -0.21, 0.81), materials.chrome(draw)),
    ]
    return Item(primitives=parts, width_m=0.5, depth_m=0.7)


def tub(draw: Draw) -> Item:
    """A bath tub with a rod and a curtain."""
    white, x = china(draw), draw.uniform(0.75, 0.85)
    parts = [
        box((-x, -0.36, 0), (x, -0.3, 0.55), white),
        box((-x, 0.3, 0), (x, 0.36, 0.55), white),
        box((-x, -0.36, 0), (-x + 0.08, 0.36, 0.55), white),
        box((x - 0.08, -0.36, 0), (x, 0.36, 0.55), white),
        box((-x, -0.36, 0), (x, 0.36, 0.2), white),
        *tube([(x - 0.1, -0.34, 0.7), (x - 0.1, -0.2, 0.7)], 0.02, materials.chrome(draw)),
    ]
    if draw.chance(0.5):
        rail = materials.chrome(draw)
        cloth = materials.fabric(draw)
        parts.append(rod((-x, 0.34, 1.95), (x, 0.34, 1.95), 0.012, rail))
        for k in range(draw.whole(4, 12)):
            at = -x + 0.04 + k * 0.07
            parts.append(rod((at, 0.34, 0.3), (at, 0.34, 1.94), 0.04, cloth))
    return Item(primitives=parts, width_m=2 * x, depth_m=0.72)


def washing_machine(draw: Draw) -> Item:
    """A white box with a round door."""
    white, steel = materials.plain(draw, (0.9, 0.9, 0.9), 0.02, 0.1), materials.chrome(draw)
    dark = materials.black(draw, 0.4)
    parts = [
        box((-0.3, -0.3, 0), (0.3, 0.28, 0.85), white),
        rod((0, 0.28, 0.42), (0, 0.3, 0.42), 0.2, steel),
        rod((0, 0.28, 0.42), (0, 0.31, 0.42), 0.15, dark),
        box((-0.28, 0.28, 0.73), (0.28, 0.29, 0.83), materials.casing(draw)),
    ]
    parts += things_on(draw, (0.6, 0.55, 0.85), draw.whole(0, 7))
    return Item(primitives=parts, width_m=0.6, depth_m=0.6)


def towel_rail(draw: Draw) -> Item:
    """A ladder of tubes with towels."""
    steel, x = materials.chrome(draw), 0.25
    parts: list[Primitive] = [rod((a, -0.04, 0), (a, -0.04, 1.6), 0.015, steel) for a in (-x, x)]
    for k in range(10):
        z = 0.45 + k * 0.12
        parts.append(rod((-x, -0.04, z), (x, -0.04, z), 0.01, steel))
    for _ in range(draw.whole(0, 2)):
        z, cloth = draw.uniform(0.9, 1.5), materials.fabric(draw)
        parts.append(box((-0.2, -0.02, z - 0.5), (0.18, 0.0, z), cloth))
    return Item(primitives=parts, width_m=0.55, depth_m=0.12)
