"""A furnished room: x and y run from the middle of the floor."""

from __future__ import annotations

from dataclasses import dataclass, replace
import math

from depth_nodes.data.synthetic import material as materials
from depth_nodes.data.synthetic import opening as openings
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.furnishing import furnish
from depth_nodes.data.synthetic.opening import Opening, WALL_M
from depth_nodes.data.synthetic.room_light import draw_room_light
from depth_nodes.data.synthetic.room_plan import RoomPlan, Wall
from depth_nodes.data.synthetic.scene import (
    box,
    cylinder,
    Material,
    placed,
    Primitive,
    Scene,
    Sky,
    Vector,
)


@dataclass(frozen=True, kw_only=True)
class BuiltWall:
    """The pieces of one wall, what fills and hangs on it, and its windows, all in the world."""

    pieces: list[Primitive]
    attached: list[Primitive]
    windows: list[tuple[Vector, float]]


def build_room(draw: Draw) -> Scene:
    """Floor, walls, ceiling, openings, furniture, clutter and light."""
    plan = RoomPlan.drawn(draw)
    paint = materials.wall(draw)
    accent = materials.wall(draw) if draw.chance(0.3) else paint
    outside = {draw.whole(0, 3), draw.whole(0, 3)}
    walls = [
        _built_wall(draw, plan, wall, paint if i else accent, is_outside=i in outside)
        for i, wall in enumerate(plan.walls)
    ]
    lamps, lamp_parts = _ceiling_lamps(draw, plan)
    windows = [window for wall in walls for window in wall.windows]
    lit = draw_room_light(draw, (plan.x_m, plan.y_m, plan.z_m), windows, lamps)
    shell = _slabs(draw, plan) + [piece for wall in walls for piece in wall.pieces]
    parts = [replace(part, casts_shadow=lit.is_through_windows) for part in shell]
    parts += [part for wall in walls for part in wall.attached]
    parts += lamp_parts + _structure(draw, plan, paint)
    parts += furnish(draw, plan, paint, shell[0].material)
    half_x, half_y = plan.x_m / 2, plan.y_m / 2
    return Scene(
        primitives=tuple(parts),
        light=lit.light,
        sky=Sky(horizon=(0.6, 0.6, 0.6), zenith=(0.4, 0.5, 0.7)),
        interior=((-half_x, -half_y, 0.0), (half_x, half_y, plan.z_m)),
    )


def _slabs(draw: Draw, plan: RoomPlan) -> list[Primitive]:
    """Floor and ceiling; the floor comes first in every scene."""
    x, y, z, t = plan.x_m / 2, plan.y_m / 2, plan.z_m, WALL_M
    white = draw.uniform(0.75, 0.98)
    ceiling = materials.plain(draw, (white, white, white * draw.uniform(0.92, 1.0)), 0.03)
    if draw.chance(0.3):
        ceiling = replace(
            ceiling,
            pattern='tiles',
            scale_m=0.6,
            palette=((white,) * 3, (white,) * 3, (white * 0.8,) * 3),
        )
    return [
        box((-x - t, -y - t, -t), (x + t, y + t, 0), materials.floor(draw)),
        box((-x - t, -y - t, z), (x + t, y + t, z + t), ceiling),
    ]


def _built_wall(
    draw: Draw, plan: RoomPlan, wall: Wall, paint: Material, is_outside: bool
) -> BuiltWall:
    """Skirting, and a row of openings and hung things from left to right."""
    half, height = wall.length_m / 2, plan.z_m
    holes: list[tuple[float, Opening]] = []
    parts: list[Primitive] = []
    cursor = -half + draw.uniform(0.1, 0.8)
    opening_share = draw.uniform(0.15, 0.7) if is_outside else 0.25
    while cursor < half - 0.6:
        width = draw.uniform(0.9, 2.2) if is_outside else draw.uniform(0.6, 1.8)
        if cursor + width > half - 0.05:
            break
        middle = cursor + width / 2
        if width > 0.9 and draw.chance(opening_share):
            build = openings.window if is_outside else draw.choice(plan.kind.openings)
            hole = build(draw, width - 0.1, height)
            holes.append((middle, hole))
            parts += placed(hole.primitives, (middle, 0, 0))
        else:
            hung = draw.choice(plan.kind.on_walls)(draw, width, height)
            parts += placed(hung, (middle, 0, 0))
        cursor += width + draw.uniform(0.05, 0.9)
    parts += _skirting(draw, half, [(x, hole) for x, hole in holes if hole.low_m < 0.05])
    at, yaw = (*wall.middle, 0.0), wall.yaw_rad
    cos, sin = math.cos(yaw), math.sin(yaw)
    return BuiltWall(
        pieces=placed(_pieces(wall, height, holes, paint), at, yaw),
        attached=placed(parts, at, yaw),
        windows=[
            (
                (at[0] + x * cos, at[1] + x * sin, (hole.low_m + hole.high_m) / 2),
                yaw - math.pi / 2,
            )
            for x, hole in holes
            if hole.is_window
        ],
    )


def _pieces(
    wall: Wall, height: float, holes: list[tuple[float, Opening]], paint: Material
) -> list[Primitive]:
    """The wall around its holes; the pattern runs on from piece to piece."""
    cursor, end = -wall.length_m / 2 - WALL_M, wall.length_m / 2 + WALL_M
    spans: list[tuple[float, float, float, float]] = []
    for x, hole in holes:
        left, right = x - hole.width_m / 2, x + hole.width_m / 2
        spans += [
            (cursor, left, 0.0, height),
            (left, right, 0.0, hole.low_m),
            (left, right, hole.high_m, height),
        ]
        cursor = right
    spans.append((cursor, end, 0.0, height))
    return [
        box((left, -WALL_M, low), (right, 0, high), _shifted(paint, left + right, low + high))
        for left, right, low, high in spans
        if right - left > 1e-3 and high - low > 1e-3
    ]


def _shifted(paint: Material, double_x: float, double_z: float) -> Material:
    """The material with its pattern's origin in the middle of the wall's foot."""
    u, v = paint.offset
    scale = 2 * paint.scale_m
    return replace(paint, offset=(u + double_x / scale, v + double_z / scale))


def _skirting(draw: Draw, half: float, doors: list[tuple[float, Opening]]) -> list[Primitive]:
    if draw.chance(0.2):
        return []
    wood = materials.plain(draw, draw.choice([(0.85, 0.85, 0.83), (0.35, 0.25, 0.18)]), gloss=0.05)
    height, parts, cursor = draw.uniform(0.05, 0.12), [], -half
    for x, hole in doors:
        left = x - hole.width_m / 2 - 0.08
        if left > cursor + 0.01:
            parts.append(box((cursor, 0, 0), (left, 0.015, height), wood))
        cursor = x + hole.width_m / 2 + 0.08
    if half > cursor + 0.01:
        parts.append(box((cursor, 0, 0), (half, 0.015, height), wood))
    return parts


def _ceiling_lamps(draw: Draw, plan: RoomPlan) -> tuple[list[Vector], list[Primitive]]:
    """A grid of tubes or panels, or one lamp that hangs; with the places of their light."""
    bright, z = materials.lamp_shade(draw, 0.95), plan.z_m
    if draw.chance(0.25) and z < 3.5:
        drop = draw.uniform(0.3, 0.7)
        radius = draw.uniform(0.12, 0.25)
        parts = [
            cylinder((0, 0, z - drop), 0.006, drop, materials.black(draw)),
            cylinder((0, 0, z - drop - 0.18), radius, 0.2, bright),
        ]
        return [(0.0, 0.0, z - drop - 0.3)], [replace(part, casts_shadow=False) for part in parts]
    step = draw.uniform(1.8, 3.2) * (1.8 if z > 3.8 else 1.0)
    half = draw.choice([(0.6, 0.07), (0.3, 0.3), (0.15, 0.15), (0.75, 0.1)])
    places: list[Vector] = []
    parts = []
    columns, rows = (max(round(extent / step), 1) for extent in (plan.x_m, plan.y_m))
    for i in range(min(columns, 8)):
        for j in range(min(rows, 5)):
            x = ((i + 0.5) / columns - 0.5) * plan.x_m
            y = ((j + 0.5) / rows - 0.5) * plan.y_m
            low, high = (x - half[0], y - half[1], z - 0.05), (x + half[0], y + half[1], z)
            parts.append(replace(box(low, high, bright), casts_shadow=False))
            places.append((x, y, z - 0.35))
    return places, parts


def _structure(draw: Draw, plan: RoomPlan, paint: Material) -> list[Primitive]:
    """Beams, pipes and ducts below the ceiling, pillars, and a partition with a gap."""
    x, y, z = plan.x_m / 2, plan.y_m / 2, plan.z_m
    parts: list[Primitive] = []
    if draw.chance(0.25 if z < 3.3 else 0.8):
        beam = draw.choice([materials.wood(draw), paint, materials.metal(draw)])
        count, deep = draw.whole(2, 6), draw.uniform(0.1, 0.35)
        for k in range(count):
            at = ((k + 0.5) / count - 0.5) * plan.x_m
            parts.append(box((at - 0.06, -y, z - deep), (at + 0.06, y, z), beam))
    if draw.chance(0.2 if z < 3.3 else 0.7):
        steel, radius = materials.metal(draw), draw.uniform(0.04, 0.25)
        at = draw.uniform(-0.8, 0.8) * y
        duct = box((-x, at - radius, z - 2.5 * radius), (x, at + radius, z - 0.5 * radius), steel)
        parts.append(duct)
    if plan.x_m * plan.y_m > 60 and draw.chance(0.7):
        parts += _pillars(draw, plan, paint)
    elif min(plan.x_m, plan.y_m) > 3.2 and draw.chance(0.18):
        parts += _partition(draw, plan, paint)
    return [replace(part, casts_shadow=False) for part in parts]


def _pillars(draw: Draw, plan: RoomPlan, paint: Material) -> list[Primitive]:
    """Round or square pillars on a grid."""
    thick, step = draw.uniform(0.08, 0.3), draw.uniform(4, 7)
    surface = draw.choice([paint, materials.metal(draw), materials.plain(draw)])
    is_round, parts = draw.chance(0.5), []
    y = draw.uniform(-0.25, 0.25) * plan.y_m
    for k in range(int(plan.x_m / step)):
        x = -plan.x_m / 2 + (k + 0.7) * step
        if is_round:
            parts.append(cylinder((x, y, 0), thick, plan.z_m, surface))
        else:
            low, high = (x - thick, y - thick, 0), (x + thick, y + thick, plan.z_m)
            parts.append(box(low, high, surface))
    return parts


def _partition(draw: Draw, plan: RoomPlan, paint: Material) -> list[Primitive]:
    """A wall across the room, as high as the room or as a man, with a gap to walk through."""
    x = draw.uniform(-0.3, 0.3) * plan.x_m
    tall = plan.z_m if draw.chance(0.6) else draw.uniform(0.9, 1.6)
    gap = draw.uniform(0.9, 1.8)
    free = draw.uniform(-plan.y_m / 2, plan.y_m / 2 - gap)
    parts = []
    for low, high in ((-plan.y_m / 2, free), (free + gap, plan.y_m / 2)):
        if high - low > 0.05:
            parts.append(box((x - 0.06, low, 0), (x + 0.06, high, tall), paint))
    if tall == plan.z_m:
        parts.append(box((x - 0.06, free, 2.1), (x + 0.06, free + gap, tall), paint))
    return parts
