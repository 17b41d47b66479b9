"""What hangs on walls, in metres: x along the wall, its face at y = 0, the room in +y.

Every builder takes the width that it may use around x = 0, and the room's height.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from depth_nodes.data.synthetic import material as materials
from depth_nodes.data.synthetic.arrangement import things_on
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.item import tilted, tube
from depth_nodes.data.synthetic.scene import (
    box,
    cylinder,
    ellipsoid,
    Material,
    placed,
    Primitive,
    rod,
)

WallBuilder = Callable[[Draw, float, float], list[Primitive]]


def blank(draw: Draw, width: float, height: float) -> list[Primitive]:
    """Nothing."""
    return []


def picture(draw: Draw, width: float, height: float) -> list[Primitive]:
    """A framed picture, or several."""
    if width > 1.2 and draw.chance(0.4):
        parts: list[Primitive] = []
        for k in range(3):
            parts += placed(picture(draw, width / 3.2, height), ((k - 1) * width / 3, 0, 0))
        return parts
    frame = draw.choice([materials.wood, materials.metal, materials.plain])(draw)
    x, z = width * draw.uniform(0.2, 0.48), draw.uniform(0.12, 0.4)
    middle = draw.uniform(1.4, 1.7)
    edge = draw.uniform(0.01, 0.05)
    content = materials.print_on(draw, z)
    return [
        box((-x, 0, middle - z), (x, 0.025, middle + z), frame),
        box((-x + edge, 0.02, middle - z + edge), (x - edge, 0.027, middle + z - edge), content),
    ]


def posters(draw: Draw, width: float, height: float) -> list[Primitive]:
    """Sheets that are taped to the wall, thin as paper."""
    parts: list[Primitive] = []
    for k in range(draw.whole(1, 7)):
        x, z = draw.uniform(-0.4, 0.4) * width, draw.uniform(0.9, 1.9)
        size = draw.choice([0.105, 0.105, 0.15, 0.21, 0.3, 0.42])
        if size * 2 < width:
            sheet = materials.print_on(draw, size * 2)
            face = 0.001 + 0.0006 * k
            parts.append(box((x - size, 0, z - size * 1.41), (x + size, face, z + size), sheet))
    return parts


def board(draw: Draw, width: float, height: float) -> list[Primitive]:
    """A whiteboard with a tray, or a board of cork with notes."""
    frame, x = materials.metal(draw), width / 2
    low, high = draw.uniform(0.8, 1.0), draw.uniform(1.8, 2.1)
    if draw.chance(0.4):
        cork = materials.plain(draw, (0.7, 0.5, 0.3), 0.2)
        parts = [box((-x, 0, low), (x, 0.02, high), cork)]
        for _ in range(draw.whole(2, 14)):
            a, z = draw.uniform(-x + 0.15, x - 0.15), draw.uniform(low + 0.15, high - 0.2)
            size = draw.uniform(0.04, 0.12)
            note = materials.print_on(draw, size * 2)
            parts.append(box((a - size, 0.02, z - size), (a + size, 0.023, z + size), note))
        return parts
    white = materials.plain(draw, (0.93, 0.94, 0.94), 0.02, 0.15)
    parts = [
        box((-x, 0, low), (x, 0.015, high), frame),
        box((-x + 0.02, 0.015, low + 0.02), (x - 0.02, 0.018, high - 0.02), white),
        box((-x * 0.5, 0.015, low - 0.02), (x * 0.5, 0.08, low), frame),
    ]
    ink = Material(
        pattern='text',
        palette=((0.93, 0.94, 0.94), draw.colour(value=(0.1, 0.5))),
        scale_m=draw.uniform(0.03, 0.07),
    )
    if draw.chance(0.7):
        a, b = sorted((draw.uniform(-x, x) * 0.9, draw.uniform(-x, x) * 0.9))
        if b - a > 0.1:
            parts.append(box((a, 0.018, low + 0.3), (b, 0.019, high - 0.1), ink))
    return parts


def hung_shelf(draw: Draw, width: float, height: float) -> list[Primitive]:
    """One or two boards with things or books."""
    wood = draw.choice([materials.wood, materials.lacquer])(draw)
    z = draw.uniform(1.2, 1.7)
    parts: list[Primitive] = []
    for k in range(draw.whole(1, 2)):
        low = z + k * 0.35
        if low > height - 0.4:
            break
        parts.append(box((-width / 2, 0, low), (width / 2, 0.24, low + 0.025), wood))
        parts += [rod((a, 0.01, low - 0.15), (a, 0.2, low), 0.006, materials.metal(draw))
                  for a in (-width * 0.4, width * 0.4)]  # fmt: skip
        surface = (width * 0.95, 0.22, low + 0.025)
        things = things_on(draw, surface, draw.whole(2, 12), cover=wood)
        parts += placed(things, (0, 0.12, 0))
    return parts


def hung_cupboard(draw: Draw, width: float, height: float) -> list[Primitive]:
    """A cupboard at eye height."""
    body, x = materials.lacquer(draw), width / 2
    low, high = draw.uniform(1.2, 1.5), min(draw.uniform(1.9, 2.2), height - 0.1)
    handle = materials.metal(draw)
    parts = [box((-x, 0, low), (x, 0.32, high), body)]
    for a, b in ((-x, 0), (0, x)):
        parts.append(box((a + 0.004, 0.32, low), (b - 0.004, 0.34, high), body))
    for a in (-0.05, 0.05):
        parts.append(rod((a, 0.36, low + 0.05), (a, 0.36, low + 0.17), 0.006, handle))
    return parts


def radiator(draw: Draw, width: float, height: float) -> list[Primitive]:
    """Ribs of a radiator with pipes and a valve."""
    white = materials.plain(draw, (0.9, 0.9, 0.87), 0.05, 0.08)
    x, low, high = width * 0.42, 0.12, draw.uniform(0.55, 0.9)
    parts = [
        box((-x, 0.04, low), (x, 0.06, high), white),
        box((-x, 0.03, high - 0.03), (x, 0.13, high), white),
    ]
    count = int(2 * x / draw.uniform(0.05, 0.09))
    for k in range(count):
        at = -x + (k + 0.5) * 2 * x / count
        parts.append(rod((at, 0.09, low), (at, 0.09, high - 0.02), 0.018, white))
    parts += tube([(x + 0.05, 0.07, 0), (x + 0.05, 0.07, low + 0.05), (x, 0.07, low + 0.05)],
                  0.01, white)  # fmt: skip
    return parts


def sockets(draw: Draw, width: float, height: float) -> list[Primitive]:
    """Sockets low, a switch at 1.1 m, with or without a cable."""
    white = materials.plain(draw, (0.93, 0.93, 0.9), 0.02)
    parts: list[Primitive] = []
    for k in range(draw.whole(1, 3)):
        parts.append(box((k * 0.08, 0, 0.27), (k * 0.08 + 0.075, 0.012, 0.345), white))
    parts.append(box((-0.2, 0, 1.05), (-0.12, 0.012, 1.13), white))
    if draw.chance(0.5):
        end = (draw.uniform(-0.4, 0.6), 0.1, 0.006)
        path = [(0.04, 0.03, 0.31), (0.06, 0.06, 0.1), (0.1, 0.1, 0.006), end]
        parts += tube(path, 0.004, materials.black(draw))
    return parts


def pipes(draw: Draw, width: float, height: float) -> list[Primitive]:
    """Pipes or a cable duct up the wall or along it."""
    paint = draw.choice([materials.plain, materials.chrome, materials.metal])(draw)
    parts: list[Primitive] = []
    if draw.chance(0.5):
        for k in range(draw.whole(1, 3)):
            x, r = -0.2 + k * 0.12, draw.uniform(0.012, 0.05)
            parts.append(rod((x, 0.06, 0), (x, 0.06, height), r, paint))
        return parts
    z = draw.uniform(0.3, height - 0.2)
    for k in range(draw.whole(1, 3)):
        level = z + k * 0.1
        if level < height - 0.06:
            r = draw.uniform(0.012, 0.04)
            ends = ((-width / 2, 0.06, level), (width / 2, 0.06, level))
            parts.append(rod(*ends, r, paint))
    return parts


def clock(draw: Draw, width: float, height: float) -> list[Primitive]:
    """A round clock."""
    radius, z = draw.uniform(0.1, 0.18), draw.uniform(1.8, 2.1)
    white, black = materials.plain(draw, (0.92, 0.92, 0.9)), materials.black(draw)
    return [
        rod((0, 0, z), (0, 0.04, z), radius, black),
        rod((0, 0.04, z), (0, 0.043, z), radius * 0.9, white),
        rod((0, 0.046, z), (radius * 0.5, 0.046, z + radius * 0.3), 0.005, black),
        rod((0, 0.046, z), (-radius * 0.1, 0.046, z + radius * 0.7), 0.004, black),
    ]


def extinguisher(draw: Draw, width: float, height: float) -> list[Primitive]:
    """A fire extinguisher below its sign."""
    red, black = materials.plain(draw, (0.75, 0.06, 0.05), 0.03, 0.15), materials.black(draw)
    sign = materials.plain(draw, (0.85, 0.1, 0.08))
    return [
        cylinder((0, 0.11, 0.75), 0.08, 0.4, red),
        ellipsoid((0, 0.11, 1.15), (0.08, 0.08, 0.07), red),
        cylinder((0, 0.11, 1.2), 0.025, 0.1, black),
        *tube([(0, 0.11, 1.25), (0.11, 0.12, 1.15), (0.1, 0.13, 0.85)], 0.011, black),
        box((-0.1, 0, 1.6), (0.1, 0.005, 1.8), sign),
    ]


def coats(draw: Draw, width: float, height: float) -> list[Primitive]:
    """A rail with hooks, coats and bags."""
    wood, x = materials.wood(draw), width * 0.4
    parts = [box((-x, 0, 1.65), (x, 0.025, 1.75), wood)]
    for k in range(max(int(2 * x / 0.18), 1)):
        at = -x + 0.1 + k * 0.18
        parts.append(rod((at, 0.02, 1.7), (at, 0.09, 1.72), 0.008, materials.metal(draw)))
        if draw.chance(0.55):
            cloth, long = materials.fabric(draw), draw.uniform(0.25, 0.55)
            body = ellipsoid((at, 0.13, 1.62 - long), (0.15, 0.1, long), cloth)
            parts.append(tilted(body, 0.0, draw.normal(0, 0.06)))
    return parts


def mirror_or_screen(draw: Draw, width: float, height: float) -> list[Primitive]:
    """A flat screen on the wall, or a dark pane."""
    x, z = width * 0.45, draw.uniform(1.2, 1.6)
    tall, frame = width * 0.27, materials.black(draw)
    content = materials.screen(draw, width)
    return [
        box((-x, 0.02, z - tall), (x, 0.07, z + tall), frame),
        box((-x + 0.015, 0.06, z - tall + 0.015), (x - 0.015, 0.073, z + tall - 0.015), content),
    ]


def lining(draw: Draw, width: float, height: float) -> list[Primitive]:
    """A band of another surface: tiles, boards, a pillar that stands out, or a lower wainscot."""
    surface, x = materials.wall(draw), width / 2
    if draw.chance(0.4):
        return [box((-x, 0, 0), (x, draw.uniform(0.1, 0.4), height), surface)]
    low = draw.choice([0.0, 0.9])
    return [box((-x, 0, low), (x, 0.012, low + draw.uniform(0.5, 1.2)), surface)]


def curtain(draw: Draw, width: float, height: float) -> list[Primitive]:
    """Folds of cloth from a rail to the floor."""
    cloth, x = materials.fabric(draw), width / 2
    top, foot = height - draw.uniform(0.05, 0.3), draw.uniform(0.02, 0.1)
    parts = [rod((-x, 0.09, top), (x, 0.09, top), 0.012, materials.metal(draw))]
    return parts + folds(cloth, (-x, x), (foot, top))


def folds(
    cloth: Material, span: tuple[float, float], heights: tuple[float, float]
) -> list[Primitive]:
    """Upright rounds of cloth side by side."""
    count = max(round((span[1] - span[0]) / 0.09), 1)
    step = (span[1] - span[0]) / count
    return [
        replace(
            rod((x, 0.09, heights[0]), (x, 0.09, heights[1]), step / 2, cloth),
            half_size=(step * 0.56, 0.035 + 0.012 * (k % 2), (heights[1] - heights[0]) / 2),
        )
        for k in range(count)
        for x in [span[0] + (k + 0.5) * step]
    ]
