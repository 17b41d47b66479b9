"""A furnished room: x and y run from the middle of the floor."""

from __future__ import annotations

from dataclasses import dataclass, replace
import math

from depth_nodes.data.synthetic import furniture
from depth_nodes.data.synthetic import material as materials
from depth_nodes.data.synthetic.draw import Draw, shaded
from depth_nodes.data.synthetic.ray_caster import unit
from depth_nodes.data.synthetic.scene import (
    box,
    Colour,
    cylinder,
    Light,
    Material,
    placed,
    Primitive,
    Scene,
    Sky,
)

WALL_M = 0.2


@dataclass(frozen=True, kw_only=True)
class RoomSize:
    """Length along x, width along y, and height [m]."""

    x_m: float
    y_m: float
    z_m: float

    @classmethod
    def drawn(cls, draw: Draw) -> RoomSize:
        """A chamber, a hall, or now and then a corridor."""
        height = draw.uniform(2.3, 3.2)
        if draw.chance(0.08):
            return cls(x_m=draw.uniform(5, 14), y_m=draw.uniform(1.7, 2.4), z_m=height)
        return cls(x_m=draw.log_uniform(2.8, 10), y_m=draw.log_uniform(2.5, 8), z_m=height)


@dataclass(frozen=True, kw_only=True)
class Wall:
    """One wall: its inner foot's middle, the yaw that turns local +y into the room, its length."""

    middle: tuple[float, float]
    yaw_rad: float
    length_m: float


def build_room(draw: Draw) -> Scene:
    """Floor, walls, ceiling, openings, furniture, clutter and light."""
    size = RoomSize.drawn(draw)
    walls = _walls(size)
    parts = _shell(draw, size)
    for wall in walls:
        parts += _on_wall(draw, wall, size)
    parts += _furnished(draw, walls, size)
    half_x, half_y = size.x_m / 2, size.y_m / 2
    return Scene(
        primitives=tuple(parts),
        light=_light(draw, size),
        sky=Sky(horizon=(0.6, 0.6, 0.6), zenith=(0.4, 0.5, 0.7)),
        interior=((-half_x, -half_y, 0.0), (half_x, half_y, size.z_m)),
    )


def _walls(size: RoomSize) -> list[Wall]:
    half_x, half_y = size.x_m / 2, size.y_m / 2
    return [
        Wall(middle=(0.0, -half_y), yaw_rad=0.0, length_m=size.x_m),
        Wall(middle=(half_x, 0.0), yaw_rad=math.pi / 2, length_m=size.y_m),
        Wall(middle=(0.0, half_y), yaw_rad=math.pi, length_m=size.x_m),
        Wall(middle=(-half_x, 0.0), yaw_rad=-math.pi / 2, length_m=size.y_m),
    ]


def _shell(draw: Draw, size: RoomSize) -> list[Primitive]:
    """Floor, ceiling and four walls, which cast no shadow: the light comes through them."""
    x, y, z, t = size.x_m / 2, size.y_m / 2, size.z_m, WALL_M
    paint = materials.wall(draw)
    accent = materials.wall(draw) if draw.chance(0.3) else paint
    white = draw.uniform(0.75, 0.98)
    ceiling = materials.plain(draw, (white, white, white * draw.uniform(0.92, 1.0)), 0.03)
    slabs = [
        box((-x - t, -y - t, -t), (x + t, y + t, 0), materials.floor(draw)),
        box((-x - t, -y - t, z), (x + t, y + t, z + t), ceiling),
        box((-x - t, -y - t, 0), (x + t, -y, z), accent),
        box((-x - t, y, 0), (x + t, y + t, z), paint),
        box((-x - t, -y, 0), (-x, y, z), paint),
        box((x, -y, 0), (x + t, y, z), paint),
    ]
    return [replace(slab, casts_shadow=False) for slab in slabs]


def _on_wall(draw: Draw, wall: Wall, size: RoomSize) -> list[Primitive]:
    """Skirting, and a row of doors, windows, pictures and boards from left to right."""
    board = materials.plain(draw, draw.choice([(0.85, 0.85, 0.83), (0.35, 0.25, 0.18)]))
    half = wall.length_m / 2
    parts = [box((-half, 0, 0), (half, 0.015, draw.uniform(0.06, 0.12)), board)]
    cursor = -half + draw.uniform(0.1, 0.8)
    builders = [_door, _window, _window, _pictures, _pictures, _hung_shelf, _blank]
    while cursor < half - 0.6:
        width = draw.uniform(0.6, 1.8)
        if cursor + width > half - 0.05:
            break
        parts += placed(draw.choice(builders)(draw, width, size.z_m), (cursor + width / 2, 0, 0))
        cursor += width + draw.uniform(0.05, 0.9)
    return placed(parts, (*wall.middle, 0.0), wall.yaw_rad)


def _blank(draw: Draw, width: float, height: float) -> list[Primitive]:
    return []


def _door(draw: Draw, width: float, height: float) -> list[Primitive]:
    leaf = draw.choice([materials.wood, materials.plain])(draw)
    frame = draw.choice([leaf, materials.plain(draw, (0.9, 0.9, 0.88))])
    x, z = min(0.45, width / 2 - 0.08), 2.0
    panel = replace(leaf, palette=tuple(shaded(c, 0.9) for c in leaf.palette))
    parts = [
        box((-x - 0.08, 0, 0), (-x, 0.04, z + 0.08), frame),
        box((x, 0, 0), (x + 0.08, 0.04, z + 0.08), frame),
        box((-x, 0, z), (x, 0.04, z + 0.08), frame),
        box((-x, 0, 0), (x, 0.02, z), leaf),
        box((x - 0.16, 0.02, 1.0), (x - 0.05, 0.07, 1.03), materials.metal(draw)),
    ]
    if draw.chance(0.6):
        for low, high in ((0.15, 0.9), (1.1, 1.85)):
            parts.append(box((-x + 0.12, 0.02, low), (x - 0.2, 0.03, high), panel))
    return parts


def _window(draw: Draw, width: float, height: float) -> list[Primitive]:
    low = draw.choice([0.1, 0.8, 0.95])
    high = min(draw.uniform(1.9, 2.3), height - 0.15)
    sky = draw.colour((0.5, 0.65), (0.0, 0.4), (0.85, 1.0))
    green = draw.colour((0.15, 0.4), (0.1, 0.6), (0.25, 0.6))
    frame = draw.choice([(0.93, 0.93, 0.92), (0.3, 0.2, 0.15), (0.5, 0.5, 0.52)])
    tall = high - low
    view = Material(
        pattern='panes',
        palette=(green, shaded(green, 1.5), sky, (1.0, 1.0, 1.0), frame, frame),
        scale_m=tall,
        aspect=width / tall,
        grain=0.0,
        emission=draw.uniform(0.6, 0.95),
    )
    sill = materials.plain(draw, frame)
    x = width / 2
    parts = [
        box((-x, 0, low), (x, 0.02, high), view),
        box((-x - 0.05, 0, low - 0.05), (x + 0.05, draw.uniform(0.05, 0.2), low), sill),
    ]
    if draw.chance(0.5):
        cloth = materials.fabric(draw)
        for side in (-1, 1):
            edge = side * (x + 0.12)
            inner = side * (x - draw.uniform(0.05, 0.3))
            foot = draw.choice([0.03, low - 0.1]) if low > 0.2 else 0.03
            parts.append(
                box((min(edge, inner), 0.04, foot), (max(edge, inner), 0.12, high + 0.1), cloth)
            )
    elif low > 0.5 and draw.chance(0.5):
        heater = materials.plain(draw, (0.9, 0.9, 0.88))
        heater = replace(
            heater, pattern='stripes', scale_m=0.06, palette=((0.9, 0.9, 0.88), (0.6, 0.6, 0.6))
        )
        parts.append(box((-x * 0.8, 0.03, 0.12), (x * 0.8, 0.11, 0.65), heater))
    return parts


def _pictures(draw: Draw, width: float, height: float) -> list[Primitive]:
    frame = draw.choice([materials.wood, materials.metal, materials.plain])(draw)
    x, z = width * draw.uniform(0.2, 0.48), draw.uniform(0.15, 0.4)
    middle = draw.uniform(1.4, 1.7)
    edge = draw.uniform(0.01, 0.05)
    is_print = draw.chance(0.3)
    content = materials.paper(draw, z / 5) if is_print else materials.picture(draw, z)
    return [
        box((-x, 0, middle - z), (x, 0.025, middle + z), frame),
        box((-x + edge, 0.02, middle - z + edge), (x - edge, 0.03, middle + z - edge), content),
    ]


def _hung_shelf(draw: Draw, width: float, height: float) -> list[Primitive]:
    board = materials.wood(draw)
    z = draw.uniform(1.3, 1.8)
    parts = [box((-width / 2, 0, z), (width / 2, 0.25, z + 0.03), board)]
    x = -width / 2 + 0.1
    while x < width / 2 - 0.1:
        size, tall = draw.uniform(0.03, 0.12), draw.uniform(0.1, 0.32)
        parts.append(
            box(
                (x - size / 2, 0.05, z + 0.03),
                (x + size / 2, 0.2, z + 0.03 + tall),
                materials.plain(draw),
            )
        )
        x += size + draw.uniform(0.02, 0.3)
    return parts


def _furnished(draw: Draw, walls: list[Wall], size: RoomSize) -> list[Primitive]:
    """Places items where they fit; what does not fit after some tries is left out."""
    taken: list[tuple[float, float, float, float]] = []
    parts: list[Primitive] = []
    density = draw.uniform(0.4, 1.2)
    area = size.x_m * size.y_m
    for _ in range(round(density * min(3 + area / 3, 12))):
        item = draw.choice(furniture.WALL_ITEMS)(draw)
        wall = draw.choice(walls)
        slack = wall.length_m / 2 - item.width_m / 2 - 0.05
        if slack < 0:
            continue
        x, y = draw.uniform(-slack, slack), item.depth_m / 2 + draw.uniform(0.02, 0.1)
        cos, sin = math.cos(wall.yaw_rad), math.sin(wall.yaw_rad)
        at = (wall.middle[0] + x * cos - y * sin, wall.middle[1] + x * sin + y * cos)
        across = abs(cos) > 0.5
        extent = (item.width_m, item.depth_m) if across else (item.depth_m, item.width_m)
        parts += _put(taken, item, at, wall.yaw_rad, extent)
    for _ in range(round(density * min(2 + area / 3, 16))):
        item = draw.choice(furniture.FREE_ITEMS)(draw)
        reach = math.hypot(item.width_m, item.depth_m)
        room_x, room_y = size.x_m / 2 - reach / 2, size.y_m / 2 - reach / 2
        if min(room_x, room_y) <= 0:
            continue
        at = (draw.uniform(-room_x, room_x), draw.uniform(-room_y, room_y))
        parts += _put(taken, item, at, draw.uniform(-math.pi, math.pi), (reach, reach))
    return parts + _rug(draw, size) + _ceiling_lamp(draw, size)


def _put(
    taken: list[tuple[float, float, float, float]],
    item: furniture.Item,
    at: tuple[float, float],
    yaw: float,
    extent: tuple[float, float],
) -> list[Primitive]:
    (x, y), (width, depth) = at, extent
    for other_x, other_y, other_width, other_depth in taken:
        near_x = abs(x - other_x) < (width + other_width) / 2
        if near_x and abs(y - other_y) < (depth + other_depth) / 2:
            return []
    taken.append((x, y, width, depth))
    return placed(item.primitives, (x, y, 0.0), yaw)


def _rug(draw: Draw, size: RoomSize) -> list[Primitive]:
    if draw.chance(0.5):
        return []
    x, y = size.x_m * draw.uniform(0.15, 0.35), size.y_m * draw.uniform(0.15, 0.35)
    palette = tuple(draw.colour(saturation=(0.1, 0.8), value=(0.1, 0.9)) for _ in range(4))
    cloth = Material(pattern='ornament', palette=palette, scale_m=2 * y, aspect=x / y, grain=0.3)
    rug = box((-x, -y, 0), (x, y, 0.012), cloth)
    return placed([rug], (draw.uniform(-0.5, 0.5), draw.uniform(-0.5, 0.5), 0.0))


def _ceiling_lamp(draw: Draw, size: RoomSize) -> list[Primitive]:
    bright = Material(pattern='noise', palette=((1, 0.95, 0.85), (1, 1, 0.97)), emission=0.9)
    if draw.chance(0.5):
        shade = cylinder((0, 0, size.z_m - 0.08), draw.uniform(0.12, 0.3), 0.08, bright)
        return [replace(shade, casts_shadow=False)]
    drop = draw.uniform(0.3, 0.6)
    return [
        cylinder((0, 0, size.z_m - drop), 0.008, drop, materials.metal(draw)),
        cylinder((0, 0, size.z_m - drop - 0.2), draw.uniform(0.12, 0.25), 0.2, bright),
    ]


def _light(draw: Draw, size: RoomSize) -> Light:
    """Daylight from one side, the light that walls send back, and lamps."""
    angle = draw.uniform(0, math.tau)
    towards = unit((math.cos(angle), math.sin(angle), draw.uniform(0.6, 1.8)))
    warm = draw.uniform(0.7, 1.05)
    tint: Colour = (1.0, (1 + warm) / 2, warm)
    sun, ambient = draw.uniform(0.0, 0.8), draw.uniform(0.3, 0.7)
    lamps = tuple(
        (
            (
                draw.uniform(-0.35, 0.35) * size.x_m,
                draw.uniform(-0.35, 0.35) * size.y_m,
                size.z_m * draw.uniform(0.7, 0.95),
            ),
            draw.uniform(0.2, 1.2),
        )
        for _ in range(draw.whole(1, 2))
    )
    return Light(
        towards_sun=(float(towards[0]), float(towards[1]), float(towards[2])),
        sun=(tint[0] * sun, tint[1] * sun, tint[2] * sun),
        ambient_up=(tint[0] * ambient, tint[1] * ambient, tint[2] * ambient),
        ambient_down=(0.7 * ambient, 0.65 * ambient, 0.6 * ambient),
        lamps=lamps,
    )
