"""What closes the view all around: tree lines, houses and hills up to the horizon."""

from __future__ import annotations

from dataclasses import replace
import math

from depth_nodes.data.synthetic import building, tree
from depth_nodes.data.synthetic import street_material as materials
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.road_surface import end_street_width
from depth_nodes.data.synthetic.scene import ellipsoid, placed, Primitive
from depth_nodes.data.synthetic.street_plan import StreetPlan
from depth_nodes.data.synthetic.vehicle import car


def backdrop(draw: Draw, plan: StreetPlan) -> list[Primitive]:
    """A ring of trees and houses 90-260 m away, and hills behind it."""
    parts: list[Primitive] = []
    towns = plan.is_town
    house_share = draw.uniform(0.3, 0.8) if towns else draw.uniform(0, 0.12)
    density = draw.uniform(0.5, 1.0)
    lowest = float(plan.line.z.min())
    (x, y, z), heading = plan.line.at(plan.stop_m, 0)
    centre_x = x / 2
    span = (plan.stop_m - plan.start_m) / 2 + 35
    for i in range(44):
        if not draw.chance(density):
            continue
        angle = (i + draw.uniform(0, 1)) * math.tau / 44
        reach = draw.uniform(0.85, 1.4)
        away_x, away_y = span * reach * math.cos(angle), span * reach * math.sin(angle)
        at = (centre_x + away_x, y / 2 + away_y, lowest - 0.2)
        if _is_near_road(plan, at[0], at[1]):
            continue
        if draw.chance(house_share):
            house_plan = building.HousePlan.urban(draw, draw.uniform(12, 40))
            parts += placed(building.far_house(draw, house_plan), at, angle + math.pi / 2)
        else:
            parts += placed(_tree_line(draw, draw.uniform(10, 40)), at, angle + math.pi / 2)
    parts += _closure(draw, plan, (x, y, z), heading)
    return parts + _hills(draw, plan, lowest)


def _is_near_road(plan: StreetPlan, x: float, y: float) -> bool:
    away = (plan.line.x - x) ** 2 + (plan.line.y - y) ** 2
    return bool(away.min() < (plan.sides[0].outer_m + 22) ** 2)


def _tree_line(draw: Draw, length: float) -> list[Primitive]:
    """A row of round crowns along x."""
    leaf, height = materials.foliage(draw), draw.uniform(6, 15)
    parts: list[Primitive] = []
    x = -length / 2
    while x < length / 2:
        size = height * draw.uniform(0.35, 0.6)
        high = height * draw.uniform(0.4, 0.6)
        parts.append(ellipsoid((x, draw.normal(0, 2), high * 0.9), (size, size, high), leaf))
        x += size * draw.uniform(0.9, 1.7)
    return parts


def _closure(
    draw: Draw, plan: StreetPlan, stop: tuple[float, float, float], heading: float
) -> list[Primitive]:
    """Where the built road stops: a crest of trees or houses across, seldom the open horizon."""
    if plan.end_m is not None or draw.chance(0.2):
        return []
    parts: list[Primitive] = []
    across = -50.0
    towns = plan.is_town
    while across < 50:
        if towns and draw.chance(0.6):
            house_plan = building.HousePlan.urban(draw, draw.uniform(10, 22))
            house = building.far_house(draw, house_plan)
            parts += placed(house, (8 + draw.uniform(0, 20), across, 0), math.pi / 2)
        else:
            row = _tree_line(draw, draw.uniform(12, 24))
            parts += placed(row, (10 + draw.uniform(0, 30), across, -0.5), math.pi / 2)
        across += draw.uniform(10, 22)
    return placed(parts, stop, heading)


def _hills(draw: Draw, plan: StreetPlan, lowest: float) -> list[Primitive]:
    """Wooded or dry ridges 300-1200 m away."""
    parts: list[Primitive] = []
    most = 2 if plan.kind == 'city' else 7
    for _ in range(draw.whole(0, most)):
        angle, away = draw.uniform(0, math.tau), draw.uniform(500, 1400)
        cover = materials.foliage(draw) if draw.chance(0.6) else materials.field(draw)
        cover = replace(cover, scale_m=draw.uniform(15, 40))
        size = (draw.uniform(150, 300), draw.uniform(250, 700), away * draw.uniform(0.015, 0.08))
        hill = ellipsoid((0, 0, 0), size, cover)
        at = (away * math.cos(angle), away * math.sin(angle), lowest - 2)
        parts += placed([hill], at, angle)
    return parts


def end_row(draw: Draw, plan: StreetPlan, lit_chance: float) -> list[Primitive]:
    """The houses, hedges and parked cars that face the end of a street."""
    if plan.end_m is None:
        return []
    parts: list[Primitive] = []
    width = end_street_width(plan)
    front = width + draw.choice([1.5, 2.5, draw.uniform(3, 9)])
    across = -48.0
    while across < 48:
        near = abs(across) < 26
        one = draw.uniform(9, 18)
        kind = draw.uniform(0, 1)
        at = (front, across + one / 2, 0.1)
        if kind < 0.75:
            maker = building.HousePlan.urban if plan.kind == 'city' else None
            house_plan = (maker or building.HousePlan.residential)(draw, one)
            builder = building.house if near else building.far_house
            parts += placed(builder(draw, house_plan), at, math.pi / 2)
        else:
            parts += placed(tree.hedge(draw, one), at, math.pi / 2)
            parts += placed(tree.tree(draw), (front + 4, across + one / 2, 0.1))
        if draw.chance(0.5):
            turn = draw.choice([-1, 1]) * math.pi / 2
            parts += placed(car(draw, near), (width - 1.1, across + one / 2, 0), turn)
        across += one + draw.choice([0.0, 0.0, draw.uniform(1, 4)])
    return plan.line.put(parts, (plan.end_m, 0.0))


def side_streets(draw: Draw, plan: StreetPlan) -> list[Primitive]:
    """Houses, trees and cars along the streets that cross."""
    parts: list[Primitive] = []
    for along, width in plan.crossings:
        if not plan.is_middle(along):
            continue
        for side in plan.sides:
            first = side.outer_m + 17
            parts += _side_street(draw, plan, (along, width), (side.sign, first))
    return parts


def _side_street(
    draw: Draw, plan: StreetPlan, crossing: tuple[float, float], start: tuple[int, float]
) -> list[Primitive]:
    (along, width), (sign, first) = crossing, start
    parts: list[Primitive] = []
    for edge in (-1, 1):
        away = first
        while away < first + 50:
            size = draw.uniform(9, 16)
            at = (along + edge * (width / 2 + 2.0), sign * (away + size / 2))
            if plan.kind == 'country':
                parts += plan.line.put(tree.far_tree(draw, draw.uniform(5, 11)), at)
            else:
                house_plan = building.HousePlan.residential(draw, size)
                house = building.far_house(draw, house_plan)
                parts += plan.line.put(house, at, edge * math.pi / 2)
            away += size + draw.uniform(0, 4)
        if draw.chance(0.6) and width > 6.5:
            at = (along + edge * (width / 2 - 1.0), sign * draw.uniform(first - 8, first + 15))
            parts += plan.line.put(car(draw, False), at, edge * math.pi / 2)
    if draw.chance(0.7):
        row = _tree_line(draw, 22)
        parts += plan.line.put(row, (along, sign * (first + 62)))
    return parts
