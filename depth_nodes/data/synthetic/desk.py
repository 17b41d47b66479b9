"""Desks with screens, keyboards, papers and cables, in metres; the user sits at +y."""

from __future__ import annotations

from dataclasses import dataclass
import math

from depth_nodes.data.synthetic import chair as chairs
from depth_nodes.data.synthetic import material as materials
from depth_nodes.data.synthetic import small_thing
from depth_nodes.data.synthetic.arrangement import things_on
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.item import gathered, Item, legs, tilted, tube
from depth_nodes.data.synthetic.scene import (
    box,
    cylinder,
    frustum,
    Material,
    placed,
    Primitive,
    rod,
)


@dataclass(frozen=True, kw_only=True)
class DeskTop:
    """The board: its size and the height of its upper side [m]."""

    width_m: float
    depth_m: float
    height_m: float
    material: Material


def workplace(draw: Draw) -> Item:
    """A desk with its chair, which stands somewhat askew."""
    seat = chairs.swivel_chair(draw) if draw.chance(0.7) else draw.choice(chairs.CHAIRS)(draw)
    table = desk(draw)
    out = table.depth_m / 2 + draw.uniform(0.0, 0.45)
    x = draw.uniform(-0.25, 0.25)
    yaw = math.pi + draw.normal(0, 0.5)
    return gathered([(table, (0.0, 0.0), 0.0), (chairs.occupied(draw, seat), (x, out), yaw)])


def desk(draw: Draw) -> Item:
    """A board on legs or panels with drawers, machines and things."""
    board = draw.choice([materials.lacquer(draw), materials.wood(draw)])
    top = DeskTop(
        width_m=draw.uniform(1.2, 2.0),
        depth_m=draw.uniform(0.65, 0.9),
        height_m=draw.uniform(0.7, 0.78),
        material=board,
    )
    parts = desk_frame(draw, top)
    parts += machines(draw, top)
    count = round(draw.log_uniform(5, 60))
    surface = (top.width_m, top.depth_m, top.height_m)
    parts += things_on(draw, surface, count, small_thing.OFFICE_THINGS, board)
    return Item(primitives=parts, width_m=top.width_m, depth_m=top.depth_m)


def desk_frame(draw: Draw, top: DeskTop) -> list[Primitive]:
    """The board, what it stands on, and a chest of drawers or a computer below."""
    x, y, z = top.width_m / 2, top.depth_m / 2, top.height_m
    parts = [box((-x, -y, z - draw.uniform(0.02, 0.04)), (x, y, z), top.material)]
    under = z - 0.04
    steel = draw.choice([materials.metal, materials.black, materials.lacquer])(draw)
    kind = draw.choice(['legs', 'panels', 'feet'])
    if kind == 'legs':
        parts += legs(top.width_m, top.depth_m, under + 0.01, draw.uniform(0.03, 0.06), steel)
    elif kind == 'panels':
        parts += [box((a, -y, 0), (a + 0.025, y, under + 0.01), steel) for a in (-x, x - 0.025)]
    else:
        for side in (-x + 0.2, x - 0.2):
            parts.append(box((side - 0.03, -y, 0), (side + 0.03, y, 0.03), steel))
            parts.append(box((side - 0.03, -0.05, 0.03), (side + 0.03, 0.05, under + 0.01), steel))
    if draw.chance(0.6):
        parts += placed(_drawers(draw), (x - 0.3, 0, 0))
    if draw.chance(0.5):
        case = materials.casing(draw)
        parts.append(box((-x + 0.1, -0.2, 0.0), (-x + 0.29, 0.25, 0.43), case))
    if draw.chance(0.5):
        foot = draw.uniform(-x, x) * 0.7
        path = [(foot, -y + 0.05, under), (foot + 0.1, -y + 0.08, 0.25), (foot + 0.3, -y, 0.01)]
        parts += tube(path, 0.005, materials.black(draw))
    return parts


def _drawers(draw: Draw) -> list[Primitive]:
    body, handle = materials.lacquer(draw), materials.metal(draw)
    parts = [box((-0.21, -0.28, 0.03), (0.21, 0.26, 0.6), body)]
    for i in range(3):
        z = 0.05 + i * 0.185
        parts.append(box((-0.2, 0.26, z), (0.2, 0.278, z + 0.17), body))
        parts.append(box((-0.06, 0.278, z + 0.12), (0.06, 0.295, z + 0.135), handle))
    return parts


def machines(draw: Draw, top: DeskTop) -> list[Primitive]:
    """Screens at the back with keyboards and mice before them, or a laptop."""
    parts: list[Primitive] = []
    z = top.height_m
    count = draw.choice([0, 1, 1, 1, 2, 2, 3])
    size = draw.uniform(0.38, 0.6)
    left = -min((count - 1) * (size + 0.05) / 2, top.width_m / 2 - size / 2)
    for i in range(count):
        x = left + i * (size + 0.06) + draw.normal(0, 0.02)
        y = -top.depth_m * draw.uniform(0.12, 0.3)
        parts += placed(monitor(draw, size), (x, y, z), draw.normal(0, 0.15) - x * 0.3)
    if count and draw.chance(0.9):
        at = (draw.uniform(-0.2, 0.2), top.depth_m * draw.uniform(0.15, 0.3), z)
        parts += placed(keyboard(draw), at, draw.normal(0, 0.15))
        parts += placed(mouse(draw), (at[0] + 0.32, at[1], z), draw.normal(0, 0.3))
    if draw.chance(0.3):
        x = draw.uniform(-0.3, 0.3) * top.width_m
        parts += placed(laptop(draw), (x, top.depth_m * 0.05, z), draw.normal(0, 0.3))
    return parts


def monitor(draw: Draw, size: float) -> list[Primitive]:
    """A flat screen on a stand, its face towards +y; seldom an old deep one."""
    frame = materials.casing(draw) if draw.chance(0.35) else materials.black(draw)
    tall, low = size * draw.uniform(0.56, 0.8), draw.uniform(0.08, 0.16)
    glass = materials.screen(draw, size)
    edge = draw.uniform(0.008, 0.03)
    x = size / 2
    panel = [
        box((-x, -0.025, low), (x, 0.02, low + tall), frame),
        box((-x + edge, 0.0, low + edge), (x - edge, 0.023, low + tall - edge), glass),
    ]
    if draw.chance(0.12):
        back = frustum((0, 0, 0), (x * 0.95, tall * 0.48, 0.17), frame, (0.6, 0.6))
        back = tilted(back, math.pi / 2)
        panel += placed([back], (0, -0.19, low + tall / 2 - 0.17))
    neck = [
        box((-0.035, -0.06, 0.01), (0.035, -0.025, low + tall * 0.5), frame),
        cylinder((0, -0.03, 0), 0.12, 0.012, frame),
    ]
    if draw.chance(0.5):
        neck[1] = box((-0.13, -0.13, 0), (0.13, 0.07, 0.012), frame)
    return panel + neck


def keyboard(draw: Draw) -> list[Primitive]:
    """A wedge with a field of keys."""
    body = materials.casing(draw)
    dark = draw.chance(0.5)
    cap, gap = ((0.13, 0.13, 0.14), (0.05, 0.05, 0.05))
    if not dark:
        cap, gap = ((0.85, 0.84, 0.8), (0.45, 0.44, 0.42))
    keys = Material(pattern='tiles', palette=(cap, cap, gap), scale_m=0.019, grain=0.02)
    parts = [
        frustum((0, 0, 0), (0.22, 0.08, 0.011), body, (1.0, 0.95)),
        box((-0.21, -0.06, 0.02), (0.21, 0.055, 0.026), keys),
    ]
    if draw.chance(0.6):
        bend = (draw.uniform(-0.1, 0.1), -0.2, 0.003)
        parts += tube([(0, -0.08, 0.01), bend, (0.1, -0.34, 0.003)], 0.003, body)
    return parts


def mouse(draw: Draw) -> list[Primitive]:
    """A mouse, on a pad or not."""
    body = materials.casing(draw)
    parts = [
        box((-0.03, -0.045, 0), (0.03, 0.045, 0.016), body),
    ]
    if draw.chance(0.4):
        pad = materials.picture(draw, 0.2) if draw.chance(0.5) else materials.black(draw)
        parts.append(box((-0.12, -0.1, 0), (0.12, 0.1, 0.003), pad))
    parts.append(rod((0, -0.03, 0.012), (0, 0.03, 0.016), 0.02, body))
    return parts


def laptop(draw: Draw) -> list[Primitive]:
    """An open laptop that faces +y."""
    shell = draw.choice([materials.black, materials.metal])(draw)
    keys = Material(pattern='tiles', palette=((0.1,) * 3, (0.1,) * 3, (0.3,) * 3), scale_m=0.019)
    lid_glass = materials.screen(draw, 0.3)
    lean = draw.uniform(0.1, 0.5)
    parts = [
        box((-0.17, -0.12, 0), (0.17, 0.12, 0.017), shell),
        box((-0.14, -0.08, 0.017), (0.14, 0.03, 0.0185), keys),
    ]
    out, up = 0.11 * math.sin(lean), 0.11 * math.cos(lean)
    lid = box((-0.17, -0.125, 0.015), (0.17, -0.117, 0.235), shell)
    glass = box((-0.16, -0.117, 0.025), (0.16, -0.1155, 0.225), lid_glass)
    parts += [tilted(placed([part], (0, -out, up - 0.11))[0], lean) for part in (lid, glass)]
    return parts
