"""Everything outdoors that is no street: courtyards, gardens, parks, lots, yards of all kinds."""

from __future__ import annotations

import math

from depth_nodes.data.synthetic import yard_edge
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.furnishing import FloorSpace
from depth_nodes.data.synthetic.item import Item
from depth_nodes.data.synthetic.scene import Lamp, Light, placed, Primitive, Scene
from depth_nodes.data.synthetic.weather import draw_weather, is_dark
from depth_nodes.data.synthetic.yard_ground import draw_ground, Ground
from depth_nodes.data.synthetic.yard_plan import YardPlan

NUM_TRIES = 6
NUM_LAMPS = 10
SUNK_M = 0.03  # things go a little into uneven ground


def build_yard(draw: Draw) -> Scene:
    """Ground, edges, what is behind them, things, sky and sun."""
    plan = YardPlan.drawn(draw)
    surface = draw.choice(plan.kind.grounds)(draw)
    ground = draw_ground(draw, plan.half_m, surface, plan.kind.hilliness)
    light, sky = draw_weather(draw)
    parts = [*ground.parts, *_surrounded(draw, plan), *_filled(draw, plan, ground)]
    if is_dark(light):
        light = _lit(draw, plan, light)
    return Scene(primitives=tuple(parts), light=light, sky=sky)


def _surrounded(draw: Draw, plan: YardPlan) -> list[Primitive]:
    """The four edges and their backdrops."""
    x, y = plan.half_m
    parts: list[Primitive] = []
    sides = (
        ((0.0, -y), 0.0, 2 * x),
        ((x, 0.0), math.pi / 2, 2 * y),
        ((0.0, y), math.pi, 2 * x),
        ((-x, 0.0), -math.pi / 2, 2 * y),
    )
    for middle, yaw, length in sides:
        edge = draw.choice(plan.kind.edges)(draw, length)
        if draw.chance(0.12):
            edge = edge + yard_edge.overhead_cables(draw, length)
        edge = edge + yard_edge.backdrop(draw, length)
        parts += placed(edge, (*middle, 0.0), yaw)
    return parts


def _filled(draw: Draw, plan: YardPlan, ground: Ground) -> list[Primitive]:
    """Things on the ground wherever they fit."""
    space = FloorSpace()
    area = 4 * plan.half_m[0] * plan.half_m[1]
    count = round(area / plan.spacing_m**2)
    builders = [*plan.kind.first, *(draw.choice(plan.kind.free) for _ in range(min(count, 90)))]
    for builder in builders:
        if space.is_crowded:
            break
        _put(draw, plan, ground, space, builder(draw))
    return space.primitives


def _put(draw: Draw, plan: YardPlan, ground: Ground, space: FloorSpace, item: Item) -> None:
    """Somewhere at right angles to the yard, or not; upright also on slopes."""
    for _ in range(NUM_TRIES):
        yaw = draw.choice([0.0, math.pi / 2, math.pi, -math.pi / 2])
        yaw = draw.uniform(-math.pi, math.pi) if draw.chance(0.4) else yaw + draw.normal(0, 0.05)
        cos, sin = abs(math.cos(yaw)), abs(math.sin(yaw))
        extent = (
            item.width_m * cos + item.depth_m * sin,
            item.width_m * sin + item.depth_m * cos,
        )
        slack = (plan.half_m[0] - extent[0] / 2 - 0.3, plan.half_m[1] - extent[1] / 2 - 0.3)
        if min(slack) <= 0:
            continue
        x, y = draw.uniform(-slack[0], slack[0]), draw.uniform(-slack[1], slack[1])
        corners = [
            ground.height_m(x + a * extent[0] / 2, y + b * extent[1] / 2)
            for a in (-1, 0, 1)
            for b in (-1, 0, 1)
        ]
        # On a steep spot one side would float.
        if max(corners) - min(corners) > 0.25 + 0.1 * min(extent):
            continue
        raised = Item(
            primitives=placed(item.primitives, (0, 0, _standing_height(corners))),
            width_m=item.width_m,
            depth_m=item.depth_m,
        )
        if space.put(raised, (x, y), yaw, extent):
            return


def _standing_height(corners: list[float]) -> float:
    """The lowest corner stands on the ground; the others are a little in it."""
    lowest = min(corners)
    return lowest - SUNK_M if max(corners) > lowest else 0.0


def _lit(draw: Draw, plan: YardPlan, light: Light) -> Light:
    """Lamps of a night, and the camera's own."""
    x, y = plan.half_m
    warm = draw.uniform(0.5, 0.95)
    lamps = tuple(
        Lamp(
            (draw.uniform(-x, x), draw.uniform(-y, y), draw.uniform(2.5, 6)),
            draw.uniform(0.8, 2.5),
            (1.0, (1 + warm) / 2, warm),
            draw.uniform(3, 7),
        )
        for _ in range(NUM_LAMPS)
    )
    return Light(
        towards_sun=light.towards_sun,
        sun=light.sun,
        ambient_up=light.ambient_up,
        ambient_down=light.ambient_down,
        lamps=lamps,
        head_light=draw.choice([0.0, 0.6, 1.5]),
    )
