"""Parts of a house's front, in metres; the wall lies at y = 0 and looks towards +y."""

from __future__ import annotations

from dataclasses import dataclass, replace

from depth_nodes.data.synthetic import street_material as materials
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.scene import box, frustum, Material, Primitive, rod


@dataclass(frozen=True, kw_only=True)
class WindowStyle:
    """What the windows of one house have in common."""

    width_m: float
    height_m: float
    frame: Material
    surround: Material | None
    sill: Material
    bars: int
    shutter_chance: float
    shutter: Material
    hinged: Material | None

    @classmethod
    def drawn(cls, draw: Draw, storey_m: float, spacing_m: float) -> WindowStyle:
        """Windows that fit between floors and neighbours."""
        white = materials.flat((0.9, 0.9, 0.88))
        brown = materials.flat(draw.colour((0.03, 0.1), (0.2, 0.6), (0.15, 0.4)))
        stone = materials.plaster(draw) if draw.chance(0.4) else None
        hinged = materials.boards(draw) if draw.chance(0.15) else None
        return cls(
            width_m=min(draw.uniform(0.9, 1.7), spacing_m * (0.5 if hinged else 0.75)),
            height_m=draw.uniform(0.42, 0.58) * storey_m,
            frame=draw.choice([white, white, brown]),
            surround=stone,
            sill=stone or materials.kerb_stone(draw),
            bars=draw.choice([0, 1, 1, 2]),
            shutter_chance=draw.choice([0.0, 0.15, 0.4]),
            shutter=materials.shutter(draw),
            hinged=hinged,
        )


def window(
    draw: Draw, style: WindowStyle, at: tuple[float, float], lit_chance: float
) -> list[Primitive]:
    """Surround, frame, pane, bars, sill and sometimes shutters; `at`: middle of the lower edge."""
    x, z = at
    half, high = style.width_m / 2, style.height_m
    parts = [
        box((x - half, -0.1, z), (x + half, 0.02, z + high), style.frame),
        box((x - half - 0.06, -0.1, z - 0.07), (x + half + 0.06, 0.13, z), style.sill),
    ]
    if style.surround is not None:
        wide = half + 0.12
        parts.append(
            box((x - wide, -0.1, z - 0.05), (x + wide, 0.012, z + high + 0.14), style.surround)
        )
    closed = draw.uniform(0.15, 1.0) if draw.chance(style.shutter_chance) else 0.0
    if closed < 0.95:
        pane = materials.window_glass(draw, lit_chance)
        parts.append(
            box((x - half + 0.07, -0.1, z + 0.06), (x + half - 0.07, 0.026, z + high - 0.07), pane)
        )
        for bar in range(style.bars):
            at_x = x - half + style.width_m * (bar + 1) / (style.bars + 1)
            parts.append(
                box((at_x - 0.03, -0.1, z + 0.05), (at_x + 0.03, 0.036, z + high), style.frame)
            )
    if closed:
        low = z + high * (1 - closed)
        parts.append(box((x - half, -0.1, low), (x + half, 0.05, z + high), style.shutter))
    if style.hinged is not None:
        for side in (-1, 1):
            left, right = sorted((x + side * half, x + side * (half + half * 0.9)))
            parts.append(box((left, -0.05, z), (right, 0.06, z + high), style.hinged))
    return parts


def door(draw: Draw, x: float, base: float) -> list[Primitive]:
    """A door with steps, sometimes under a small roof."""
    leaf = materials.boards(draw) if draw.chance(0.5) else materials.flat(draw.colour())
    stone = materials.kerb_stone(draw)
    parts = [
        box((x - 0.62, -0.1, base), (x + 0.62, 0.03, base + 2.25), stone),
        box((x - 0.5, -0.1, base), (x + 0.5, 0.05, base + 2.1), leaf),
    ]
    if draw.chance(0.6):
        parts.append(
            box(
                (x - 0.3, -0.1, base + 1.2),
                (x + 0.3, 0.056, base + 1.95),
                materials.window_glass(draw),
            )
        )
    for step in range(round(base / 0.18)):
        deep = 0.35 + 0.28 * (round(base / 0.18) - 1 - step)
        parts.append(
            box((x - 0.75, -0.1, step * 0.18), (x + 0.75, deep, (step + 1) * 0.18), stone)
        )
    if draw.chance(0.35):
        roof = box((x - 0.9, -0.1, base + 2.35), (x + 0.9, 0.9, base + 2.47), stone)
        parts.append(roof)
    return parts


def shop(draw: Draw, x: float, height: float) -> list[Primitive]:
    """Shop windows between piers, with a sign above and awnings."""
    brand = materials.flat(draw.choice(materials.BRANDS), emission=0.1)
    frame = materials.flat(draw.colour(saturation=(0, 0.4), value=(0.08, 0.5)))
    parts, cursor = [], -x + draw.uniform(0.3, 0.7)
    while cursor < x - 1.2:
        width = min(draw.uniform(1.4, 3.2), x - 0.3 - cursor)
        low = draw.choice([0.05, 0.35, 0.6])
        glass = materials.window_glass(draw, 0.12)
        parts += [
            box((cursor, -0.1, low), (cursor + width, 0.06, height - 0.5), frame),
            box(
                (cursor + 0.08, -0.1, low + 0.08),
                (cursor + width - 0.08, 0.07, height - 0.6),
                replace(glass, scale_m=2.0, emission=min(glass.emission, 0.3)),
            ),
        ]
        if draw.chance(0.7):
            parts.append(box((cursor, -0.1, height - 0.45), (cursor + width, 0.12, height), brand))
        if draw.chance(0.2):
            parts.append(_awning(draw, (cursor, cursor + width), height - 0.5))
        cursor += width + draw.uniform(0.25, 0.8)
    return parts


def _awning(draw: Draw, x: tuple[float, float], z: float) -> Primitive:
    stripes = Material(
        pattern='stripes', palette=(draw.choice(materials.BRANDS), (0.92, 0.9, 0.86)), scale_m=0.4
    )
    cloth = stripes if draw.chance(0.5) else materials.flat(draw.colour(saturation=(0, 0.8)))
    reach = draw.uniform(0.8, 1.8)
    return frustum(
        ((x[0] + x[1]) / 2, reach / 2, z - 0.6),
        ((x[1] - x[0]) / 2, reach / 2, 0.3),
        cloth,
        (1, 0.06),
        (0, -0.94),
    )


def balcony(draw: Draw, x: float, z: float, half: float) -> list[Primitive]:
    """A slab with a parapet or a railing."""
    slab = materials.kerb_stone(draw)
    front = materials.flat(draw.colour(saturation=(0, 0.3), value=(0.2, 0.9)))
    deep = draw.uniform(0.9, 1.5)
    parts = [box((x - half, -0.1, z - 0.12), (x + half, deep, z + 0.04), slab)]
    if draw.chance(0.5):
        parts.append(box((x - half, deep - 0.05, z), (x + half, deep, z + 1.0), front))
        for side in (-1, 1):
            low, high = sorted((x + side * half, x + side * (half - 0.05)))
            parts.append(box((low, 0, z), (high, deep, z + 1.0), front))
        return parts
    parts.append(rod((x - half, deep, z + 1), (x + half, deep, z + 1), 0.025, front))
    for post in range(9):
        at = x - half + half * post / 4
        parts.append(rod((at, deep, z), (at, deep, z + 1), 0.012, front))
    return parts
