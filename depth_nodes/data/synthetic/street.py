"""A street scene: the road of a plan and everything beside it."""

from __future__ import annotations

from dataclasses import replace

from depth_nodes.data.synthetic.backdrop import backdrop, end_row, side_streets
from depth_nodes.data.synthetic.country_zone import land, median
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.road_surface import road_surface
from depth_nodes.data.synthetic.scene import Primitive, Scene
from depth_nodes.data.synthetic.street_objects import gantry, overpass
from depth_nodes.data.synthetic.street_plan import StreetPlan
from depth_nodes.data.synthetic.street_row import (
    overhead_wires,
    pavement_row,
    signals,
    street_lamps,
)
from depth_nodes.data.synthetic.street_zone import town_plots
from depth_nodes.data.synthetic.traffic import moving_traffic, parked_cars
from depth_nodes.data.synthetic.weather import draw_weather, is_dark


def build_street(draw: Draw, plan: StreetPlan) -> Scene:
    """Ground, houses, cars, trees, people, signs, sky and sun."""
    light, sky = draw_weather(draw)
    dark = is_dark(light)
    lit_chance = 0.35 if dark else 0.02
    wetness = draw.uniform(0.3, 1.0) if draw.chance(0.12) else 0.0
    parts = road_surface(draw, plan, wetness)
    if plan.is_town:
        parts += _town(draw, plan, lit_chance)
    else:
        parts += _open_land(draw, plan, dark)
    parts += moving_traffic(draw, plan, dark)
    parts += backdrop(draw, plan)
    lamp_posts, lamps = street_lamps(draw, plan, dark)
    parts += lamp_posts
    # Cars drive with their lights on; a robot or a person may have none.
    head_light = draw.choice([0.0, 0.8, 1.5, 1.5]) if dark else 0.0
    light = replace(light, lamps=tuple(lamps), head_light=head_light)
    return Scene(primitives=tuple(parts), light=light, sky=sky)


def _town(draw: Draw, plan: StreetPlan, lit_chance: float) -> list[Primitive]:
    parts: list[Primitive] = []
    for side in plan.sides:
        parts += town_plots(draw, plan, side, lit_chance)
        parts += parked_cars(draw, plan, side)
        parts += pavement_row(draw, plan, side)
    parts += signals(draw, plan)
    parts += side_streets(draw, plan)
    parts += end_row(draw, plan, lit_chance)
    if plan.kind == 'city' and draw.chance(0.3):
        parts += overhead_wires(draw, plan)
    return parts


def _open_land(draw: Draw, plan: StreetPlan, are_lights_on: bool) -> list[Primitive]:
    other, own = plan.sides
    parts = land(draw, plan, own)
    if plan.kind == 'country':
        return parts + land(draw, plan, other) + side_streets(draw, plan)
    parts += median(draw, plan, are_lights_on)
    width = other.kerb_m + plan.lane_m * len(plan.own_lanes) + 6
    parts += land(draw, plan, replace(other, kerb_m=width + 3))
    hand = plan.line.hand
    across = (-hand * (own.kerb_m + 1.0), hand * (width + 6))
    if draw.chance(0.3):
        at = plan.length_m + draw.uniform(12, 110)
        parts += plan.line.put(gantry(draw, across), (at, 0))
    if draw.chance(0.35):
        at = plan.length_m + draw.uniform(25, 140)
        parts += plan.line.put(overpass(draw, across), (at, 0))
    return parts
