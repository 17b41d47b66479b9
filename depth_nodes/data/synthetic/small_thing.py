"""Cups, books, papers and the like, in metres, standing on z = 0 around the origin."""

from __future__ import annotations

import math

from depth_nodes.data.synthetic import material as materials
from depth_nodes.data.synthetic.draw import Draw, shaded
from depth_nodes.data.synthetic.scene import (
    box,
    cylinder,
    ellipsoid,
    Material,
    placed,
    Primitive,
)


def things_on(draw: Draw, width: float, depth: float, z: float, count: int) -> list[Primitive]:
    """Cups, books, bottles, boxes and bowls on a surface."""
    parts: list[Primitive] = []
    for _ in range(count):
        x = draw.uniform(-0.42, 0.42) * width
        y = draw.uniform(-0.35, 0.35) * depth
        thing = draw.choice(THINGS)(draw)
        parts += placed([thing], (x, y, z), draw.uniform(0, math.tau))
    return parts


def _cup(draw: Draw) -> Primitive:
    return cylinder(
        (0, 0, 0), draw.uniform(0.03, 0.05), draw.uniform(0.08, 0.12), materials.plain(draw)
    )


def _book(draw: Draw) -> Primitive:
    x, y = draw.uniform(0.07, 0.12), draw.uniform(0.1, 0.16)
    return box((-x, -y, 0), (x, y, draw.uniform(0.01, 0.06)), materials.fabric(draw))


def _bottle(draw: Draw) -> Primitive:
    colour = draw.colour(saturation=(0.2, 0.9), value=(0.1, 0.6))
    return cylinder(
        (0, 0, 0),
        draw.uniform(0.03, 0.045),
        draw.uniform(0.2, 0.32),
        materials.plain(draw, colour),
    )


def _small_box(draw: Draw) -> Primitive:
    x, y = draw.uniform(0.04, 0.15), draw.uniform(0.04, 0.12)
    return box((-x, -y, 0), (x, y, draw.uniform(0.05, 0.3)), materials.plain(draw))


def _bowl(draw: Draw) -> Primitive:
    radius = draw.uniform(0.06, 0.14)
    colour = shaded(draw.colour(), 1.1)
    return ellipsoid(
        (0, 0, radius * 0.5), (radius, radius, radius * 0.5), materials.plain(draw, colour)
    )


def _paper(draw: Draw) -> Primitive:
    return box((-0.105, -0.148, 0), (0.105, 0.148, 0.002), materials.paper(draw, 0.012))


def _keyboard(draw: Draw) -> Primitive:
    keys = Material(pattern='tiles', palette=((0.1, 0.1, 0.1), (0.3, 0.3, 0.3)), scale_m=0.019)
    return box((-0.22, -0.07, 0), (0.22, 0.07, 0.02), keys)


THINGS = (_cup, _cup, _book, _bottle, _small_box, _bowl, _paper, _paper, _keyboard)
