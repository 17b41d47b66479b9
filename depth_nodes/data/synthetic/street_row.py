"""What stands on the pavements and over the road: trees, lamps, signs, people, cables."""

from __future__ import annotations

import math

from depth_nodes.data.synthetic import street_material as materials
from depth_nodes.data.synthetic import street_objects as objects
from depth_nodes.data.synthetic import tree
from depth_nodes.data.synthetic.country_zone import cable
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.pedestrian import bicycle, person
from depth_nodes.data.synthetic.scene import cylinder, Lamp, Primitive, rod
from depth_nodes.data.synthetic.street_plan import Side, StreetPlan

LAMP_COLOUR = (1.0, 0.78, 0.5)


def pavement_row(draw: Draw, plan: StreetPlan, side: Side) -> list[Primitive]:
    """Trees, signs, bins, bicycles and people of one side."""
    parts = _street_trees(draw, plan, side)
    spacings = (
        (objects.sign, draw.uniform(18, 70), 0.4),
        (objects.pavement_thing, draw.uniform(6, 40), 0.5),
        (bicycle, draw.log_uniform(14, 150), 0.6),
    )
    for builder, spacing, depth in spacings:
        along = plan.start_m + draw.uniform(0, spacing)
        while along < min(plan.stop_m, plan.length_m + (45 if builder is bicycle else 75)):
            if plan.is_open(along, 2) and along > -20:
                parts += _beside_kerb(plan, side, builder(draw), (along, depth))
            along += spacing * draw.uniform(0.5, 1.6)
    parts += _people(draw, plan, side)
    if plan.kind == 'city' and draw.chance(0.25):
        parts += _cafe(draw, plan, side)
    if plan.kind != 'residential' and side.pavement_m > 2.4 and draw.chance(0.3):
        along = draw.uniform(2, plan.length_m + 40)
        if plan.is_open(along, 4):
            at = (along, side.sign * (side.kerb_m + 1.5))
            parts += plan.line.facing(objects.bus_shelter(draw), at, side.kerb_height_m)
    return parts


def _beside_kerb(
    plan: StreetPlan, side: Side, parts: list[Primitive], at: tuple[float, float]
) -> list[Primitive]:
    """Something that faces along the road; at = (along, distance behind the kerb)."""
    along, depth = at
    # Cars half on the pavement push things to its other edge.
    depth = side.pavement_m - 0.3 if side.parking in ('half', 'bay') else depth
    turn = 0.0 if side.sign < 0 else math.pi
    across = side.sign * (side.kerb_m + depth)
    return plan.line.put(parts, (along, across), turn, side.kerb_height_m)


def _street_trees(draw: Draw, plan: StreetPlan, side: Side) -> list[Primitive]:
    """A row of like trees along the kerb, their crowns over the road."""
    if (draw.chance(0.45) and plan.kind != 'avenue') or side.parking in ('half', 'bay'):
        return []
    parts: list[Primitive] = []
    height, depth = draw.uniform(4.5, 11), 0.7
    if side.is_green:
        depth = draw.uniform(1.0, side.pavement_m - 0.5)
    along = plan.start_m + draw.uniform(0, plan.tree_spacing_m)
    while along < plan.stop_m:
        if plan.is_open(along, 2) and draw.chance(0.85):
            tall = height * draw.uniform(0.8, 1.2)
            near = plan.is_middle(along)
            plant = tree.tree(draw, tall, 2.6) if near else tree.far_tree(draw, tall)
            at = (along, side.sign * (side.kerb_m + depth))
            parts += plan.line.put(plant, at, draw.uniform(0, math.tau), side.kerb_height_m)
        along += plan.tree_spacing_m * draw.uniform(0.85, 1.2)
    return parts


def _people(draw: Draw, plan: StreetPlan, side: Side) -> list[Primitive]:
    parts: list[Primitive] = []
    along = -20.0
    while along < min(plan.length_m + 70, plan.stop_m):
        along += float(draw.generator.exponential(plan.person_spacing_m)) + 0.6
        depth = side.pavement_m * draw.uniform(0.3, 0.9)
        across = side.sign * (side.kerb_m + depth)
        turn = draw.choice([0.0, math.pi]) + draw.normal(0, 0.3)
        parts += plan.line.put(person(draw), (along, across), turn, side.kerb_height_m)
    if draw.chance(0.2):
        along = plan.length_m + draw.uniform(9, 40)
        across = draw.uniform(-plan.sides[1].kerb_m, plan.sides[0].kerb_m)
        parts += plan.line.put(person(draw), (along, across), math.pi / 2)
    return parts


def _cafe(draw: Draw, plan: StreetPlan, side: Side) -> list[Primitive]:
    parts: list[Primitive] = []
    along = draw.uniform(0, plan.length_m + 25)
    for _ in range(draw.whole(2, 4)):
        if plan.is_open(along, 3) and side.pavement_m > 3:
            at = (along, side.sign * (side.outer_m - 1.6))
            parts += plan.line.facing(objects.parasol(draw), at, side.kerb_height_m)
        along += 3.2
    return parts


def street_lamps(
    draw: Draw, plan: StreetPlan, is_dark: bool
) -> tuple[list[Primitive], list[Lamp]]:
    """Lamps along one side, and what they send out at night."""
    parts: list[Primitive] = []
    lamps: list[Lamp] = []
    side, spacing = draw.choice(plan.sides), draw.uniform(20, 40)
    if plan.kind == 'country' and draw.chance(0.8):
        return parts, lamps
    along = plan.start_m + draw.uniform(0, spacing)
    while along < plan.stop_m:
        across = side.sign * (side.kerb_m + 0.5)
        parts += plan.line.facing(
            objects.street_lamp(draw, is_dark), (along, across), side.kerb_height_m
        )
        (x, y, z), _ = plan.line.at(along, across - side.sign * 1.0)
        if is_dark and plan.is_middle(along):
            strength = draw.uniform(0.4, 1.0)
            lamps.append(
                Lamp(position=(x, y, z + 6.0), strength=strength, colour=LAMP_COLOUR, reach_m=6.0)
            )
        along += spacing * draw.uniform(0.9, 1.1)
    return parts, lamps


def signals(draw: Draw, plan: StreetPlan) -> list[Primitive]:
    """Traffic lights where streets cross in the city."""
    parts: list[Primitive] = []
    for along, width in plan.crossings:
        if not draw.chance(0.08 if plan.kind == 'residential' else 0.6):
            continue
        for sign, turn in ((-1, 0.0), (1, math.pi)):
            for side in plan.sides:
                at = (along + sign * (width / 2 + 1.0), side.sign * (side.kerb_m + 0.5))
                mirrored = turn if side.sign < 0 else turn + math.pi
                parts += plan.line.put(
                    objects.traffic_light(draw), at, mirrored, side.kerb_height_m
                )
    return parts


def overhead_wires(draw: Draw, plan: StreetPlan) -> list[Primitive]:
    """A tram's wires with the cables that hold them between poles."""
    parts: list[Primitive] = []
    wire, steel = materials.rubber(), materials.steel(draw)
    right, left = -plan.sides[1].kerb_m - 0.6, plan.sides[0].kerb_m + 0.6
    spacing, height = draw.uniform(22, 35), draw.uniform(5.6, 6.6)
    along = plan.start_m
    while along < plan.length_m + 110:
        ends = []
        for across in (right, left):
            (x, y, z), _ = plan.line.at(along, across)
            parts.append(cylinder((x, y, z), 0.1, height + 0.8, steel))
            ends.append((x, y, z + height + 0.3))
        parts.append(rod(ends[0], ends[1], 0.012, wire))
        for across in (plan.own_lanes[0], plan.other_lanes[0]):
            parts += cable(plan, (along, along + spacing), across, height + 0.5, wire)
        along += spacing
    for across in (plan.own_lanes[0], plan.other_lanes[0]):
        for rail in (-0.72, 0.72):
            at = across + rail
            parts += plan.line.strip(
                (plan.start_m, min(plan.stop_m, plan.length_m + 110)),
                (at - 0.035, at + 0.035),
                (-0.1, 0.006),
                materials.flat((0.35, 0.34, 0.33), gloss=0.35),
            )
    return parts
