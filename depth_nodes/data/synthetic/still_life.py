"""Crowded table tops with a backdrop, to be seen from 0.4-1.5 m. Metres."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
import math

from depth_nodes.data.synthetic import desk, kitchen, small_thing
from depth_nodes.data.synthetic import material as materials
from depth_nodes.data.synthetic.arrangement import things_on
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.item import Item, tilted
from depth_nodes.data.synthetic.scene import (
    box,
    cylinder,
    ellipsoid,
    Material,
    placed,
    Primitive,
    rod,
)


def still_life(draw: Draw) -> Item:
    """A large table full of things: a desk at work, a kitchen table, or staged large things."""
    board = draw.choice([materials.lacquer, materials.wood, materials.lacquer])(draw)
    if draw.chance(0.35):
        value = draw.uniform(0.82, 0.97)
        board = materials.plain(draw, (value, value, value * draw.uniform(0.94, 1.0)), 0.05, 0.05)
    top = desk.DeskTop(
        width_m=draw.uniform(1.2, 2.4),
        depth_m=draw.uniform(0.8, 1.6),
        height_m=draw.uniform(0.68, 0.8),
        material=board,
    )
    parts = desk.desk_frame(draw, top)
    kind = draw.choice(['desk', 'desk', 'desk', 'staged', 'staged', 'mixed'])
    surface = (top.width_m, top.depth_m, top.height_m)
    if kind == 'desk':
        parts += desk.machines(draw, top)
        things, count = small_thing.OFFICE_THINGS, round(draw.log_uniform(15, 90))
        if top.depth_m > 1.3:
            other = desk.machines(draw, top)
            parts += _turned_around(other)
    elif kind == 'mixed':
        things, count = small_thing.THINGS, round(draw.log_uniform(15, 90))
        parts += placed(draw.choice(kitchen.APPARATUS)(draw), (0, -0.1, top.height_m))
    else:
        things, count = (*STAGED, *small_thing.THINGS), round(draw.log_uniform(8, 40))
        parts += _backdrop(draw, top)
    parts += things_on(draw, surface, count, things, board)
    return Item(primitives=parts, width_m=top.width_m, depth_m=top.depth_m)


def _turned_around(parts: list[Primitive]) -> list[Primitive]:
    """The same machines for someone who sits opposite."""
    return placed(parts, (0, 0, 0), math.pi)


def _backdrop(draw: Draw, top: desk.DeskTop) -> list[Primitive]:
    """Boards or cloths that stand behind and beside the things, some leaning."""
    parts: list[Primitive] = []
    x, y, z = top.width_m / 2, -top.depth_m / 2, top.height_m
    for _ in range(draw.whole(1, 3)):
        half, tall = draw.uniform(0.3, 1.0) * x, draw.uniform(0.3, 0.9)
        surface = draw.choice(
            [materials.fabric, materials.wall, materials.wood, materials.cardboard]
        )(draw)
        if draw.chance(0.3):
            surface = materials.print_on(draw, 0.4)
        at = draw.uniform(-x + half, x - half)
        back = y + draw.uniform(0.03, 0.15) * top.depth_m
        panel = box((at - half, back, z), (at + half, back + 0.012, z + tall), surface)
        parts.append(tilted(panel, draw.uniform(-0.15, 0.05)))
    return parts


def _large_box(draw: Draw) -> list[Primitive]:
    x, y, z = (draw.uniform(0.06, 0.2), draw.uniform(0.05, 0.15), draw.uniform(0.1, 0.45))
    return [box((-x, -y, 0), (x, y, z), materials.print_on(draw, z))]


def _leaning_board(draw: Draw) -> list[Primitive]:
    """A board on edge that leans back against a prop."""
    half, tall, lean = draw.uniform(0.08, 0.3), draw.uniform(0.15, 0.5), draw.uniform(0.05, 0.4)
    face = materials.print_on(draw, tall)
    panel = box((-half, -0.006, 0), (half, 0.006, tall), face)
    out = tall / 2 * math.sin(lean)
    raised = placed([panel], (0, 0, tall / 2 * (math.cos(lean) - 1) + 0.004))
    prop = box((-0.02, -2 * out - 0.03, 0), (0.02, -out, tall * 0.4), materials.wood(draw))
    return [tilted(raised[0], lean), prop]


def _sticks(draw: Draw) -> list[Primitive]:
    """Rods and laths that lean in all directions from a pot."""
    pot = materials.plain(draw)
    parts = [cylinder((0, 0, 0), 0.07, 0.16, pot)]
    for _ in range(draw.whole(3, 9)):
        angle, out = draw.uniform(0, math.tau), draw.uniform(0.02, 0.2)
        end = (out * math.cos(angle), out * math.sin(angle), draw.uniform(0.35, 0.6))
        stick = draw.choice([materials.wood, materials.casing, materials.metal])(draw)
        parts.append(rod((0, 0, 0.05), end, draw.uniform(0.003, 0.012), stick))
    return parts


def _draped(draw: Draw) -> list[Primitive]:
    """Cloth over something: a hill of one pattern."""
    cloth = materials.fabric(draw)
    cloth = replace(cloth, scale_m=cloth.scale_m * draw.uniform(0.5, 2))
    parts: list[Primitive] = []
    for _ in range(draw.whole(3, 8)):
        x, y = draw.normal(0, 0.1), draw.normal(0, 0.08)
        size = (draw.uniform(0.05, 0.18), draw.uniform(0.05, 0.14), draw.uniform(0.04, 0.22))
        parts.append(ellipsoid((x, y, max(size[2] * 0.5, size[2] - 0.025)), size, cloth))
    return parts


def _bust(draw: Draw) -> list[Primitive]:
    """A head or vase on a foot, of one plain material: depth edges without colour edges."""
    clay: Material = materials.plain(draw)
    s = draw.uniform(0.8, 1.4)
    return [
        cylinder((0, 0, 0), 0.08 * s, 0.03 * s, clay),
        cylinder((0, 0, 0.03 * s), 0.035 * s, 0.1 * s, clay),
        ellipsoid((0, 0, 0.2 * s), (0.085 * s, 0.1 * s, 0.12 * s), clay),
        ellipsoid((0, 0.09 * s, 0.19 * s), (0.02 * s, 0.03 * s, 0.03 * s), clay),
    ]


def _pile(draw: Draw) -> list[Primitive]:
    """Planks or boxes of one kind across each other."""
    paint = draw.choice([materials.wood, materials.plain, materials.cardboard])(draw)
    parts: list[Primitive] = []
    z = 0.0
    for _ in range(draw.whole(2, 6)):
        x, thick = draw.uniform(0.08, 0.28), draw.uniform(0.015, 0.06)
        plank = box((-x, -0.04, z), (x, 0.04, z + thick), paint)
        parts += placed([plank], (0, 0, 0), draw.uniform(0, math.pi))
        z += thick
    return parts


STAGED: tuple[Callable[[Draw], list[Primitive]], ...] = (
    _large_box, _large_box, _large_box, _leaning_board, _sticks, _draped, _draped, _bust, _pile,
    small_thing.potted_plant, small_thing.standing_books,
)  # fmt: skip
