"""Doors and windows: holes in a wall, and what fills them. Metres.

x runs along the wall, its face is at y = 0, the room in +y, the outside beyond -y.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from depth_nodes.data.synthetic import material as materials
from depth_nodes.data.synthetic import wall_thing
from depth_nodes.data.synthetic.draw import Draw, shaded
from depth_nodes.data.synthetic.scene import box, Material, placed, Primitive, rod

WALL_M = 0.25


@dataclass(frozen=True, kw_only=True)
class Opening:
    """A hole of a wall around x = 0, from `low_m` to `high_m`, and the solids in and around it."""

    width_m: float
    low_m: float
    high_m: float
    primitives: list[Primitive]
    is_window: bool = False


OpeningBuilder = Callable[[Draw, float, float], Opening]


def door(draw: Draw, width: float, height: float) -> Opening:
    """A closed door in its frame, set back into the wall."""
    leaf = draw.choice([materials.wood, materials.lacquer])(draw)
    frame = draw.choice([leaf, materials.plain(draw, (0.9, 0.9, 0.88))])
    x, z = min(0.45, width / 2 - 0.08), min(2.03, height - 0.2)
    back = draw.uniform(0.02, 0.15)
    parts = [box((-x, -back - 0.05, 0), (x, -back, z), leaf), *_frame(frame, x, z)]
    metal = materials.metal(draw)
    parts.append(rod((x - 0.06, -back, 1.02), (x - 0.06, -back + 0.05, 1.02), 0.01, metal))
    parts.append(rod((x - 0.18, -back + 0.05, 1.02), (x - 0.05, -back + 0.05, 1.02), 0.009, metal))
    parts += _panels(draw, leaf, x, -back)
    return Opening(width_m=2 * x, low_m=0.0, high_m=z, primitives=parts)


def _frame(material: Material, x: float, z: float) -> list[Primitive]:
    return [
        box((-x - 0.08, 0, 0), (-x, 0.02, z + 0.08), material),
        box((x, 0, 0), (x + 0.08, 0.02, z + 0.08), material),
        box((-x, 0, z), (x, 0.02, z + 0.08), material),
    ]


def _panels(draw: Draw, leaf: Material, x: float, y: float) -> list[Primitive]:
    """Raised panels, a pane of glass, or nothing."""
    kind = draw.choice(['plain', 'panels', 'glass'])
    if kind == 'panels':
        paint = replace(leaf, palette=tuple(shaded(c, 0.9) for c in leaf.palette))
        return [
            box((-x + 0.12, y, low), (x - 0.2, y + 0.012, high), paint)
            for low, high in ((0.15, 0.9), (1.15, 1.85))
        ]
    if kind == 'glass':
        pane = materials.plain(draw, (0.6, 0.65, 0.68), 0.3, 0.5)
        return [box((-x + 0.15, y, 1.2), (x - 0.2, y + 0.006, 1.8), pane)]
    return []


def doorway(draw: Draw, width: float, height: float) -> Opening:
    """An opening without a leaf, or with one that stands open, to a stretch of corridor."""
    x, z = min(0.45, width / 2 - 0.08), min(2.03, height - 0.2)
    frame, paint = materials.plain(draw, (0.9, 0.9, 0.88)), materials.wall(draw)
    deep, side = draw.uniform(1.2, 4.0), x + draw.uniform(0.1, 1.0)
    out = -WALL_M
    room = [
        box((-side - 0.2, out - deep, -0.2), (side + 0.2, out, 0), materials.floor(draw)),
        box((-side - 0.2, out - deep, height), (side + 0.2, out, height + 0.2), paint),
        box((-side - 0.2, out - deep - 0.2, 0), (side + 0.2, out - deep, height), paint),
        box((-side - 0.2, out - deep, 0), (-side, out, height), paint),
        box((side, out - deep, 0), (side + 0.2, out, height), paint),
    ]
    parts = [replace(part, casts_shadow=False) for part in room] + _frame(frame, x, z)
    if draw.chance(0.5):
        parts += placed(wall_thing.picture(draw, side, height), (0, out - deep, 0))
    if draw.chance(0.6):
        leaf = draw.choice([materials.wood, materials.lacquer])(draw)
        panel = [
            box((0, -0.02, 0.01), (2 * x - 0.02, 0.02, z - 0.01), leaf),
            rod(
                (2 * x - 0.2, 0.05, 1.02), (2 * x - 0.07, 0.05, 1.02), 0.01, materials.metal(draw)
            ),
        ]
        parts += placed(panel, (-x + 0.02, 0.02, 0), draw.uniform(0.5, 1.7))
    return Opening(width_m=2 * x, low_m=0.0, high_m=z, primitives=parts)


def window(draw: Draw, width: float, height: float) -> Opening:
    """A bright view behind panes with a frame, a sill, and curtains, a blind or nothing."""
    low = draw.choice([0.1, 0.8, 0.95])
    high = min(draw.uniform(1.9, 2.3), height - 0.15)
    x, back = width / 2, draw.uniform(0.06, 0.18)
    paint = draw.choice([(0.93, 0.93, 0.92), (0.3, 0.2, 0.15), (0.5, 0.5, 0.52)])
    frame = materials.plain(draw, paint, 0.03, 0.08)
    pane = box((-x, -back - 0.02, low), (x, -back, high), _view(draw, x, high - low))
    parts = [replace(pane, casts_shadow=False)]
    t, y = 0.025, -back + 0.03
    bars = max(round(2 * x / draw.uniform(0.5, 1.0)), 1)
    for k in range(bars + 1):
        at = -x + k * 2 * x / bars
        at = min(max(at, -x + t), x - t)
        parts.append(box((at - t, -back, low), (at + t, y, high), frame))
    levels = [low + t, high - t]
    if draw.chance(0.4):
        levels.append(low + (high - low) * draw.choice([0.3, 0.5, 0.7]))
    parts += [box((-x, -back, z - t), (x, y - 0.002, z + t), frame) for z in levels]
    if low > 0.3:
        parts.append(
            box((-x - 0.04, -back, low - 0.04), (x + 0.04, draw.uniform(0.02, 0.2), low), frame)
        )
    parts += _before_window(draw, x, low, high)
    return Opening(width_m=2 * x, low_m=low, high_m=high, primitives=parts, is_window=True)


def _view(draw: Draw, x: float, tall: float) -> Material:
    """Sky above trees or walls: bright, or the black of a night."""
    light = 0.06 if draw.chance(0.12) else draw.uniform(0.85, 1.0)
    sky = draw.colour((0.5, 0.65), (0.0, 0.35), (light, light))
    green = draw.colour((0.1, 0.4), (0.05, 0.5), (0.3 * light, 0.75 * light))
    return Material(
        pattern='panes',
        palette=(green, shaded(green, 1.4), sky, sky, shaded(sky, 1.1), shaded(sky, 1.1)),
        scale_m=tall * draw.uniform(1.0, 1.6),
        aspect=20.0,
        grain=0.0,
        emission=draw.uniform(0.25, 0.98),
        offset=(0.0, draw.uniform(-0.2, 0.2)),
    )


def _before_window(draw: Draw, x: float, low: float, high: float) -> list[Primitive]:
    kind = draw.choice(['none', 'none', 'curtains', 'blind', 'radiator', 'radiator'])
    if kind == 'curtains':
        cloth, foot = materials.fabric(draw), 0.03 if draw.chance(0.6) else low - 0.1
        rail = rod((-x - 0.2, 0.09, high + 0.1), (x + 0.2, 0.09, high + 0.1), 0.012,
                   materials.metal(draw))  # fmt: skip
        parts = [rail]
        for side in (-1, 1):
            ends = sorted((side * (x + 0.15), side * (x - draw.uniform(0.0, 0.4) * x)))
            parts += wall_thing.folds(cloth, (ends[0], ends[1]), (max(foot, 0.02), high + 0.1))
        return parts
    if kind == 'blind':
        slat = materials.plain(draw, (0.85, 0.85, 0.82))
        stop = high - (high - low) * draw.uniform(0.2, 1.0)
        count = int((high - stop) / 0.045)
        return [
            box((-x, 0.0, high - k * 0.045 - 0.003), (x, 0.03, high - k * 0.045), slat)
            for k in range(count)
        ]
    if kind == 'radiator' and low > 0.7:
        return wall_thing.radiator(draw, 2 * x, high)
    return []
