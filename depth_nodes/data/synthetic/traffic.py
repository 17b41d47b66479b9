"""Vehicles along a street: parked, driving, queueing."""

from __future__ import annotations

import math

from depth_nodes.data.synthetic import vehicle
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.pedestrian import cyclist, scooter
from depth_nodes.data.synthetic.scene import Primitive
from depth_nodes.data.synthetic.street_plan import Side, StreetPlan

FAR_CAR_M = 90.0  # beyond it a car is only its outline, and every second one is left out
CAR_M = 4.7
HEAVY_SHARES = {
    'motorway': 0.2,
    'country': 0.1,
    'city': 0.1,
    'avenue': 0.06,
    'residential': 0.03,
}


def parked_cars(draw: Draw, plan: StreetPlan, side: Side) -> list[Primitive]:
    """A row along the kerb, or side by side in bays."""
    if side.parking == 'none':
        return []
    parts: list[Primitive] = []
    across = {
        'lane': side.kerb_m - 1.02,
        'half': side.kerb_m + 0.25,
        'bay': side.kerb_m + 2.3,
    }[side.parking]
    step = 2.6 if side.parking == 'bay' else CAR_M + 0.5
    along = plan.start_m
    while along < plan.stop_m - 6:
        along += step + float(draw.generator.exponential(side.parking_gap_m))
        if along > plan.length_m + FAR_CAR_M:
            along += step
        if not plan.is_open(along, 6.5):
            continue
        turn = _parked_turn(draw, side)
        at = (along, side.sign * (across + draw.normal(0, 0.06)))
        lift = side.kerb_height_m * {'lane': 0.0, 'half': 0.5, 'bay': 1.0}[side.parking]
        parts += plan.line.put(_parked(draw, plan, along), at, turn, lift)
    return parts


def _parked(draw: Draw, plan: StreetPlan, along: float) -> list[Primitive]:
    kind = draw.uniform(0, 1)
    if kind < 0.08:
        return vehicle.van(draw)
    if kind < 0.1 and plan.is_near(along):
        return scooter(draw)
    return vehicle.car(draw, is_near=plan.is_near(along))


def _parked_turn(draw: Draw, side: Side) -> float:
    if side.parking == 'bay':
        return side.sign * math.pi / 2 * draw.choice([-1, 1]) + draw.normal(0, 0.03)
    ahead = side.sign < 0 or draw.chance(0.1)
    return (0.0 if ahead else math.pi) + draw.normal(0, 0.015)


def moving_traffic(draw: Draw, plan: StreetPlan, are_lights_on: bool) -> list[Primitive]:
    """Vehicles on all lanes; the camera's own lane is free where it drives."""
    parts: list[Primitive] = []
    camera_lane = min(plan.own_lanes, key=lambda lane: abs(lane - plan.camera_lane))
    for lane in (*plan.own_lanes, *plan.other_lanes):
        turn = math.pi if lane in plan.other_lanes else 0.0
        own = lane == camera_lane
        along = plan.start_m
        if own:
            ahead = draw.log_uniform(5, 60) if draw.chance(0.6) else draw.uniform(30, 120)
            along = plan.length_m + ahead
        while along < plan.stop_m - 8:
            parts_of_one, length = _vehicle(draw, plan, along, are_lights_on)
            at = (along + length / 2, lane + draw.normal(0, 0.15))
            beside = -length < at[0] < plan.length_m + length
            # Few vehicles drive right beside the camera, where they would fill the view.
            if not beside or draw.chance(0.35):
                parts += plan.line.put(parts_of_one, at, turn + draw.normal(0, 0.01))
            gap = max(float(draw.generator.exponential(plan.traffic_gap_m)), 1.5)
            along += length + gap * (2 if along > plan.length_m + FAR_CAR_M else 1)
    if plan.is_town:
        parts += _cyclists(draw, plan)
    return parts


def _vehicle(
    draw: Draw, plan: StreetPlan, along: float, are_lights_on: bool
) -> tuple[list[Primitive], float]:
    """A vehicle and the length it needs."""
    kind = draw.uniform(0, 1)
    heavy = HEAVY_SHARES[plan.kind]
    if kind < heavy:
        if plan.kind == 'city' and draw.chance(0.5):
            return vehicle.bus(draw, are_lights_on), 13.0
        return vehicle.truck(draw, are_lights_on), 14.0
    if kind < heavy + 0.1:
        return vehicle.van(draw, are_lights_on), 6.3
    return vehicle.car(draw, plan.is_near(along), are_lights_on), CAR_M


def _cyclists(draw: Draw, plan: StreetPlan) -> list[Primitive]:
    parts: list[Primitive] = []
    for _ in range(draw.whole(0, 3)):
        side = draw.choice(plan.sides)
        along = draw.uniform(plan.length_m + 5, plan.length_m + 50)
        inset = 2.9 if side.parking == 'lane' else 0.8
        at = (along, side.sign * (side.kerb_m - inset))
        parts += plan.line.put(cyclist(draw), at, math.pi if side.sign > 0 else 0.0)
    return parts
