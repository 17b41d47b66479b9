"""Trees, bushes and hedges, in metres, standing on z = 0 around the origin."""

from __future__ import annotations

from dataclasses import replace
import math

from depth_nodes.data.synthetic import street_material as materials
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.scene import (
    box,
    cylinder,
    ellipsoid,
    frustum,
    Material,
    Primitive,
    rod,
    Vector,
)


def tree(
    draw: Draw, height_m: float | None = None, clear_m: float | None = None
) -> list[Primitive]:
    """A broad-leaved tree; `clear_m`: how high the trunk is bare, as over a road."""
    height = height_m or draw.uniform(5.0, 12.0)
    clear = height * draw.uniform(0.22, 0.4) if clear_m is None else min(clear_m, 0.6 * height)
    leaf, wood = materials.foliage(draw), materials.bark(draw)
    spread = (height - clear) * draw.uniform(0.38, 0.62)
    radius = height * draw.uniform(0.011, 0.019) + 0.03
    lean = (draw.normal(0, 0.02) * height, draw.normal(0, 0.02) * height)
    fork: Vector = (lean[0], lean[1], clear * draw.uniform(0.85, 1.15))
    parts = [rod((0, 0, -0.2), fork, radius, wood)]
    sparse = draw.uniform(0.27, 0.42)
    middle, rise = (clear + height) / 2, (height - clear) / 2
    core = (spread * 0.66, spread * 0.66, rise * 0.76)
    parts.append(replace(ellipsoid((lean[0], lean[1], middle), core, leaf), cutout=sparse - 0.12))
    for _ in range(draw.whole(11, 17)):
        angle, lift = draw.uniform(0, math.tau), draw.uniform(-0.9, 0.9)
        out = spread * draw.uniform(0.5, 0.85) * math.sqrt(1 - lift * lift * 0.8)
        size = spread * draw.uniform(0.22, 0.46)
        centre = (
            lean[0] + out * math.cos(angle),
            lean[1] + out * math.sin(angle),
            middle + lift * (rise - size * 0.4),
        )
        flat = size * draw.uniform(0.65, 0.95)
        parts.append(
            replace(
                ellipsoid(centre, (size, size, flat), leaf),
                cutout=sparse + draw.uniform(-0.06, 0.05),
            )
        )
        if draw.chance(0.35):
            parts.append(rod(fork, centre, radius * 0.4, wood))
    return parts


def conifer(draw: Draw, height_m: float | None = None) -> list[Primitive]:
    """A spruce or cypress: shells that get smaller towards the top."""
    height = height_m or draw.uniform(5, 16)
    leaf, wood = materials.foliage(draw, autumn_chance=0), materials.bark(draw)
    width = height * draw.uniform(0.1, 0.24)
    low = draw.uniform(0.2, 1.5)
    parts = [cylinder((0, 0, 0), height * 0.014 + 0.03, height * 0.9, wood)]
    layers = 6
    for i in range(layers):
        share = i / layers
        radius = width * (1 - share * 0.85)
        z = low + (height - low) * share
        tall = (height - low) / layers * 1.7
        skirt = ellipsoid((0, 0, z + tall * 0.4), (radius, radius, tall * 0.6), leaf)
        parts += [
            frustum((0, 0, z), (radius * 0.6, radius * 0.6, tall / 2), leaf, (0.1, 0.1)),
            replace(skirt, cutout=0.42),
        ]
    return parts


def bare_tree(draw: Draw, height_m: float | None = None) -> list[Primitive]:
    """A tree in winter: a trunk that forks twice or three times."""
    height = height_m or draw.uniform(5, 11)
    wood = materials.bark(draw)
    radius = height * 0.014 + 0.02
    top: Vector = (draw.normal(0, 0.2), draw.normal(0, 0.2), height * draw.uniform(0.28, 0.42))
    parts = [rod((0, 0, -0.2), top, radius, wood)]
    tips = [(top, height * 0.33, radius * 0.62, 0.9)]
    while tips:
        start, length, thickness, bend = tips.pop()
        for _ in range(3 if thickness > 0.02 else 2):
            angle, tilt = draw.uniform(0, math.tau), draw.uniform(0.25, 1.0) * bend
            reach = length * draw.uniform(0.6, 1.1)
            end: Vector = (
                start[0] + reach * math.sin(tilt) * math.cos(angle),
                start[1] + reach * math.sin(tilt) * math.sin(angle),
                start[2] + reach * math.cos(tilt),
            )
            parts.append(rod(start, end, thickness, wood))
            if length > height * 0.13:
                tips.append((end, length * 0.62, thickness * 0.55, bend * 1.1))
    return parts


def far_tree(draw: Draw, height_m: float) -> list[Primitive]:
    """A few solid balls: a tree that is 50 m away or more."""
    leaf = materials.foliage(draw)
    size = height_m * draw.uniform(0.28, 0.38)
    parts = [cylinder((0, 0, 0), height_m * 0.02, height_m * 0.5, materials.bark(draw))]
    for _ in range(3):
        centre = (
            draw.uniform(-0.5, 0.5) * size,
            draw.uniform(-0.5, 0.5) * size,
            height_m - size * draw.uniform(0.8, 1.2),
        )
        ball = ellipsoid(centre, (size, size * draw.uniform(0.7, 1), size * 0.8), leaf)
        parts.append(replace(ball, cutout=0.36))
    return parts


def any_tree(draw: Draw, height_m: float | None = None) -> list[Primitive]:
    """Mostly broad-leaved, some conifers, some bare."""
    kind = draw.uniform(0, 1)
    if kind < 0.76:
        return tree(draw, height_m)
    return conifer(draw, height_m) if kind < 0.92 else bare_tree(draw, height_m)


def bush(draw: Draw, size_m: float | None = None) -> list[Primitive]:
    """A shrub of a few leafy balls."""
    size = size_m or draw.uniform(0.4, 1.5)
    leaf = materials.foliage(draw)
    parts = []
    for _ in range(draw.whole(2, 4)):
        radius = size * draw.uniform(0.5, 0.9)
        x, y = draw.normal(0, 0.4) * size, draw.normal(0, 0.4) * size
        half = (radius, radius * draw.uniform(0.7, 1.1), radius * draw.uniform(0.6, 1.0))
        parts.append(replace(ellipsoid((x, y, half[2] * 0.8), half, leaf), cutout=0.36))
    return parts


def hedge(draw: Draw, length_m: float, height_m: float | None = None) -> list[Primitive]:
    """A clipped hedge along x: a dense core under a leafy skin."""
    height, half = height_m or draw.uniform(0.7, 2.3), draw.uniform(0.25, 0.5)
    leaf: Material = materials.foliage(draw, autumn_chance=0.03)
    x = length_m / 2
    core = box((-x + 0.05, -half + 0.08, 0), (x - 0.05, half - 0.08, height - 0.1), leaf)
    parts: list[Primitive] = [core]
    cursor = -x
    while cursor < x:
        step = min(draw.uniform(1.5, 4), x - cursor)
        top = height + draw.normal(0, 0.04)
        skin = box((cursor, -half, 0.02), (cursor + step, half, top), leaf)
        parts.append(replace(skin, cutout=0.38))
        cursor += max(step, 0.1)
    return parts
