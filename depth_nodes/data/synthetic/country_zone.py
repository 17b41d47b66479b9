"""What stands beside country roads and motorways: fields, woods, banks, rails, walls."""

from __future__ import annotations

from dataclasses import replace
import math

from depth_nodes.data.synthetic import building, tree, vehicle
from depth_nodes.data.synthetic import street_material as materials
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.scene import box, ellipsoid, frustum, Material, Primitive, rod
from depth_nodes.data.synthetic.street_objects import utility_pole
from depth_nodes.data.synthetic.street_plan import Side, StreetPlan

STRETCH_M = (30.0, 110.0)
BANK_PIECE_M = 18.0


def land(draw: Draw, plan: StreetPlan, side: Side) -> list[Primitive]:
    """Stretches of different land along one side of the road."""
    parts: list[Primitive] = []
    along = plan.start_m
    while along < plan.stop_m:
        stop = min(along + draw.uniform(*STRETCH_M), plan.stop_m + 10)
        parts += _land(draw, plan, side, (along, stop))
        along = stop
    if draw.chance(0.5):
        parts += guard_rail(draw, plan, side, (plan.start_m, plan.stop_m))
    if plan.kind == 'country' and draw.chance(0.35):
        parts += _pole_line(draw, plan, side)
    return parts


def _land(draw: Draw, plan: StreetPlan, side: Side, span: tuple[float, float]) -> list[Primitive]:
    kind = draw.uniform(0, 1)
    if plan.kind == 'motorway' and kind < 0.2:
        return sound_wall(draw, plan, side, span)
    if kind < 0.38:
        return wood(draw, plan, side, span)
    if kind < 0.6:
        return tree_row(draw, plan, side, span)
    if kind < 0.8:
        return bank(draw, plan, side, span) + _scattered(draw, plan, side, span)
    if kind < 0.86 and plan.kind == 'country':
        return farm(draw, plan, side, span)
    return crop(draw, plan, side, span) + _scattered(draw, plan, side, span)


def _at(side: Side, depth_m: float) -> float:
    return side.sign * (side.outer_m + depth_m)


def wood(draw: Draw, plan: StreetPlan, side: Side, span: tuple[float, float]) -> list[Primitive]:
    """A forest's edge: trees and bushes before a dark green mass."""
    parts: list[Primitive] = []
    edge, height = draw.uniform(2, 12), draw.uniform(7, 15)
    leaf = materials.foliage(draw)
    for row in range(2):
        along = span[0]
        while along < span[1]:
            high, wide = height * draw.uniform(0.4, 0.62), draw.uniform(2.5, 4.0)
            crown = ellipsoid((0, 0, high * 0.7), (wide, wide, high), leaf)
            depth = edge + 6 + 4 * row + draw.normal(0, 0.7)
            parts += plan.line.put([crown], (along, _at(side, depth)))
            along += wide * 1.15 * (1 if plan.is_middle(along) else 1.6)
    along = span[0]
    while along < span[1]:
        tall = height * draw.uniform(0.7, 1.2)
        near = plan.is_middle(along)
        plant = tree.any_tree(draw, tall) if near else tree.far_tree(draw, tall)
        parts += plan.line.put(plant, (along, _at(side, edge + draw.uniform(0, 5))))
        if near and draw.chance(0.7):
            shrub = tree.bush(draw, draw.uniform(0.8, 2.2))
            parts += plan.line.put(shrub, (along, _at(side, edge + draw.uniform(-1, 1))))
        along += draw.uniform(2.5, 6) * (1 if near else 1.8)
    return parts


def tree_row(
    draw: Draw, plan: StreetPlan, side: Side, span: tuple[float, float]
) -> list[Primitive]:
    """An avenue: equal trees at equal distances, some missing."""
    parts: list[Primitive] = []
    spacing, depth = max(plan.tree_spacing_m, 6.0), draw.uniform(0.3, 6)
    height, along = draw.uniform(6, 14), span[0] + draw.uniform(0, 5)
    while along < span[1]:
        tall = height * draw.uniform(0.85, 1.15)
        if draw.chance(0.85):
            near = plan.is_middle(along)
            plant = tree.tree(draw, tall, 3.0) if near else tree.far_tree(draw, tall)
            parts += plan.line.put(plant, (along, _at(side, depth)))
        along += spacing * draw.uniform(0.85, 1.15)
    return parts


def _scattered(
    draw: Draw, plan: StreetPlan, side: Side, span: tuple[float, float]
) -> list[Primitive]:
    """Single bushes and trees on open land."""
    parts: list[Primitive] = []
    for _ in range(round((span[1] - span[0]) / draw.uniform(6, 25))):
        at = (draw.uniform(*span), _at(side, draw.uniform(1.5, 35)))
        if draw.chance(0.5):
            parts += plan.line.put(tree.bush(draw, draw.uniform(0.5, 2.5)), at)
        else:
            parts += plan.line.put(tree.any_tree(draw, draw.uniform(4, 12)), at, 0, -0.1)
    return parts


def bank(draw: Draw, plan: StreetPlan, side: Side, span: tuple[float, float]) -> list[Primitive]:
    """Ground that rises beside the road: a wedge of grass along it."""
    rise, run = draw.uniform(1.0, 7.0), draw.uniform(4, 18)
    deep, gap = run + draw.uniform(6, 25), draw.uniform(0.5, 4)
    grass = materials.lawn(draw) if draw.chance(0.7) else materials.field(draw)
    length = min(BANK_PIECE_M, span[1] - span[0])
    # Pieces reach into each other, and into the ground of a road that slopes or bends.
    slope = frustum(
        (0, -deep / 2, -2.0),
        (length * 0.75, deep / 2, rise / 2 + 1.0),
        grass,
        (1.0, 1 - run / deep),
        (0.0, -run / deep),
    )
    parts: list[Primitive] = []
    along = span[0] + length / 2
    while along < span[1]:
        parts += plan.line.facing([slope], (along, _at(side, gap)))
        if draw.chance(0.5):
            plant = tree.any_tree(draw, draw.uniform(4, 10))
            depth = gap + draw.uniform(run + 1, deep)
            parts += plan.line.put(plant, (along, _at(side, depth)), 0, rise - 0.2)
        along += length
    return parts


def crop(draw: Draw, plan: StreetPlan, side: Side, span: tuple[float, float]) -> list[Primitive]:
    """Ploughed land, corn or maize behind the verge."""
    high, depth = draw.choice([0.03, 0.3, 1.0, 2.2]), draw.uniform(1.5, 6)
    across = sorted((_at(side, depth), _at(side, depth + draw.uniform(40, 90))))
    flat = plan.line.is_flat
    span = (span[0], span[1] + 1)
    soil = materials.field(draw) if flat or high > 0.2 else materials.lawn(draw)
    return plan.line.strip(span, (across[0], across[1]), (-0.5, high), soil)


def farm(draw: Draw, plan: StreetPlan, side: Side, span: tuple[float, float]) -> list[Primitive]:
    """A house and a barn behind a hedge."""
    middle = (span[0] + span[1]) / 2
    house = building.HousePlan.residential(draw, draw.uniform(9, 14))
    barn = replace(
        building.HousePlan.residential(draw, draw.uniform(12, 20)), wall=materials.boards(draw)
    )
    near = plan.is_middle(middle)
    builder = building.house if near else building.far_house
    parts = plan.line.facing(builder(draw, house), (middle - 8, _at(side, draw.uniform(5, 20))))
    parts += plan.line.facing(
        building.far_house(draw, barn), (middle + 12, _at(side, draw.uniform(10, 30)))
    )
    hedge = tree.hedge(draw, draw.uniform(8, 18))
    parts += plan.line.facing(hedge, (middle + 10, _at(side, 1.5)))
    return parts + _scattered(draw, plan, side, span)


def sound_wall(
    draw: Draw, plan: StreetPlan, side: Side, span: tuple[float, float]
) -> list[Primitive]:
    """A wall of 2-5 m with posts, plants and trees behind."""
    depth, high = draw.uniform(0.5, 4), draw.uniform(2, 5)
    wall = draw.choice([materials.plaster, materials.boards, materials.masonry])(draw)
    across = sorted((_at(side, depth), _at(side, depth + 0.2)))
    parts = plan.line.strip(span, (across[0], across[1]), (-0.3, high), wall)
    post, along = materials.flat((0.45, 0.45, 0.45)), span[0]
    while along < min(span[1], plan.length_m + 90):
        column = box((-0.12, -0.12, 0), (0.12, 0.12, high + 0.1), post)
        parts += plan.line.put([column], (along, _at(side, depth)))
        along += 4.0
    for _ in range(draw.whole(0, 5)):
        at = (draw.uniform(*span), _at(side, depth + draw.uniform(2.5, 8)))
        parts += plan.line.put(tree.any_tree(draw, draw.uniform(6, 13)), at)
    return parts


def guard_rail(
    draw: Draw, plan: StreetPlan, side: Side, span: tuple[float, float]
) -> list[Primitive]:
    """A steel rail on posts just outside the edge."""
    steel = materials.flat((0.58, 0.59, 0.6), gloss=0.25)
    near, depth = side.kerb_m + draw.uniform(0.3, 0.9), 0.09
    span = (max(span[0], -40), min(span[1], plan.length_m + 150))
    across = (side.sign * near, side.sign * (near + depth))
    parts = plan.line.strip(span, across, (0.45, 0.76), steel)
    along = span[0]
    while along < min(span[1], plan.length_m + 60):
        post = rod((0, 0, -0.2), (0, 0, 0.72), 0.05, steel)
        parts += plan.line.put([post], (along, side.sign * (near + 0.14)))
        along += 4.0
    return parts


def _pole_line(draw: Draw, plan: StreetPlan, side: Side) -> list[Primitive]:
    """Wooden poles with two sagging wires."""
    depth, height, spacing = draw.uniform(1.5, 8), draw.uniform(6, 9), draw.uniform(28, 45)
    wire = materials.rubber()
    parts: list[Primitive] = []
    along = plan.start_m
    while along < plan.stop_m:
        parts += plan.line.put(utility_pole(draw, height), (along, _at(side, depth)))
        for shift in (-0.8, 0.8):
            parts += cable(plan, (along, along + spacing), _at(side, depth) + shift, height, wire)
        along += spacing
    return parts


def cable(
    plan: StreetPlan,
    span: tuple[float, float],
    across: float,
    height: float,
    wire: Material,
) -> list[Primitive]:
    """A wire that sags between two poles, in four straight pieces."""
    sag, points = 0.02 * (span[1] - span[0]), []
    for i in range(5):
        share = i / 4
        (x, y, z), _ = plan.line.at(span[0] + share * (span[1] - span[0]), across)
        points.append((x, y, z + height - 0.5 - 4 * sag * share * (1 - share)))
    return [rod(points[i], points[i + 1], 0.012, wire) for i in range(4)]


def median(draw: Draw, plan: StreetPlan, are_lights_on: bool) -> list[Primitive]:
    """Between the carriageways of a motorway, and the one that comes back."""
    inner, span = plan.sides[0].kerb_m, (plan.start_m - 10, plan.stop_m)
    gap = draw.choice([0.4, 0.6, draw.uniform(1.5, 8)])
    grey = materials.plaster(draw)
    concrete = replace(grey, palette=((0.42,) * 3, (0.62, 0.61, 0.58), (0.66, 0.65, 0.62)))
    parts: list[Primitive] = []
    if draw.chance(0.6):
        parts += barrier(plan, span, inner + 0.3, concrete)
    else:
        parts += guard_rail(draw, plan, plan.sides[0], span)
    if gap > 1.5:
        parts += _median_plants(draw, plan, inner + 0.6 + gap / 2, gap)
    start = inner + gap + 0.6
    width = plan.lane_m * len(plan.own_lanes) + 2.5
    tar = materials.asphalt(draw)
    road = plan.line.strip(span, (start, start + width), (-0.6, 0.012), tar)
    parts += [replace(part, casts_shadow=False) for part in road]
    for lane in range(len(plan.own_lanes)):
        across = start + 1.0 + plan.lane_m * (lane + 0.5)
        parts += _oncoming(draw, plan, across, are_lights_on)
    return parts


def barrier(
    plan: StreetPlan, span: tuple[float, float], across: float, concrete: Material
) -> list[Primitive]:
    """A concrete wall with a broad foot."""
    return [
        *plan.line.strip(span, (across - 0.12, across + 0.12), (-0.2, 0.85), concrete),
        *plan.line.strip(span, (across - 0.28, across + 0.28), (-0.2, 0.22), concrete),
    ]


def _median_plants(draw: Draw, plan: StreetPlan, across: float, gap: float) -> list[Primitive]:
    parts: list[Primitive] = []
    if draw.chance(0.4):
        return parts
    along = plan.start_m
    while along < plan.length_m + 90:
        shrub = tree.bush(draw, min(gap * 0.4, draw.uniform(0.5, 1.6)))
        parts += plan.line.put(shrub, (along, across))
        along += draw.uniform(1.5, 12)
    return parts


def _oncoming(draw: Draw, plan: StreetPlan, across: float, are_lights_on: bool) -> list[Primitive]:
    parts: list[Primitive] = []
    along = plan.start_m
    while along < plan.stop_m:
        along += 12 + float(draw.generator.exponential(plan.traffic_gap_m))
        if draw.chance(0.12):
            one = vehicle.truck(draw, are_lights_on)
        else:
            one = vehicle.car(draw, False, are_lights_on)
        parts += plan.line.put(one, (along, across), math.pi)
    return parts
