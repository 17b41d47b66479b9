"""The ground of a street: carriageway, marking, repairs, kerbs, pavements, crossing streets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from depth_nodes.data.synthetic import street_material as materials
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.scene import box, cylinder, Material, Primitive
from depth_nodes.data.synthetic.street_plan import Side, StreetPlan

FAR_M = 1500.0
NEAR_GROUND_M = 14.0  # width of the ground that follows the road's height
SLAB_M = 0.6
WIDE_DROP_M = 0.07
PAINT_M = 0.004
YELLOW = (0.85, 0.62, 0.1)


def road_surface(draw: Draw, plan: StreetPlan, wetness: float) -> list[Primitive]:
    """Everything that is walked or driven on."""
    tar = materials.asphalt(draw, wetness)
    if plan.kind == 'motorway' and draw.chance(0.5):
        tar = materials.concrete_road(draw)
    other, own = plan.sides
    reach = (plan.start_m - 15, plan.stop_m + 5)
    parts = plan.line.strip(reach, (-own.kerb_m, other.kerb_m), (-SLAB_M, 0), tar)
    near = materials.lawn(draw)
    parts += _wide_ground(draw, plan, near)
    for side in plan.sides:
        parts += _edge(draw, plan, side, near)
    for along, width in plan.crossings:
        parts += _crossing_street(draw, plan, (along, width), tar)
    if plan.end_m is not None:
        parts += _end_street(draw, plan, tar)
    parts += _markings(draw, plan)
    parts += _repairs(draw, plan, wetness)
    return [replace(part, casts_shadow=False) for part in parts]


def _wide_ground(draw: Draw, plan: StreetPlan, near: Material) -> list[Primitive]:
    """The land up to the horizon; under a sloping road it rises with it."""
    towns = plan.is_town
    land = near if towns or draw.chance(0.5) else materials.field(draw)
    low = float(plan.line.z.min()) - (WIDE_DROP_M if plan.line.is_flat else 0.6)
    parts = [box((-FAR_M, -FAR_M, low - 2), (FAR_M, FAR_M, low), land)]
    if not plan.line.is_flat:
        reach = (plan.start_m - 15, plan.stop_m + 15)
        parts += plan.line.strip(reach, (-160, 160), (-SLAB_M, -WIDE_DROP_M), land)
    return parts


def _edge(draw: Draw, plan: StreetPlan, side: Side, near: Material) -> list[Primitive]:
    """Kerb, pavement and the strip of ground behind, cut where streets cross."""
    parts: list[Primitive] = []
    sign, kerb, outer, high = side.sign, side.kerb_m, side.outer_m, side.kerb_height_m
    is_paved = plan.is_town
    flags = materials.pavement(draw)
    if side.is_green or not is_paved:
        flags = near if is_paved or draw.chance(0.5) else materials.earth(draw)
    stone = materials.kerb_stone(draw)
    for start, stop in plan.intervals(0.0):
        span = (start, stop)
        inner = kerb
        if is_paved:
            inner += 0.14
            across = (sign * kerb, sign * inner)
            parts += plan.line.strip(span, across, (-SLAB_M, high + 0.004), stone)
        parts += plan.line.strip(span, (sign * inner, sign * outer), (-SLAB_M, high), flags)
        beyond = (sign * outer, sign * (outer + NEAR_GROUND_M))
        parts += plan.line.strip(span, beyond, (-SLAB_M, high - 0.01), near)
    return parts


def _crossing_street(
    draw: Draw, plan: StreetPlan, crossing: tuple[float, float], tar: Material
) -> list[Primitive]:
    """A street across, with its own pavements, and stop lines or a zebra on the main road."""
    along, width = crossing
    half = width / 2
    flags, paint = materials.pavement(draw), materials.road_paint(draw)
    flat = box((-half, -120, -SLAB_M), (half, 120, -0.003), tar)
    parts: list[Primitive] = [flat]
    for side in plan.sides:
        left = side.sign * plan.line.hand
        low, high = sorted((left * side.outer_m, left * 120.0))
        for sign in (-1, 1):
            # The corner houses stand right behind this pavement.
            near, far = sorted((sign * half, sign * (half + 1.6)))
            parts.append(box((near, low, -SLAB_M), (far, high, side.kerb_height_m + 0.004), flags))
    placed_parts = plan.line.put(parts, (along, 0.0))
    own = plan.sides[1].kerb_m
    if draw.chance(0.5):
        at = along - half - 1.2
        placed_parts += plan.line.strip((at, at + 0.4), (-own, -0.1), (0, PAINT_M), paint)
    if plan.kind in ('city', 'avenue') and draw.chance(0.6):
        for lane in plan.own_lanes:
            for back in (9.0, 24.0):
                placed_parts += plan.line.put(_arrow(paint), (along - half - back, lane))
    if draw.chance(0.4):
        placed_parts += zebra(plan, along + draw.choice([-1, 1]) * (half + 3.2), paint)
    return placed_parts


def _arrow(paint: Material) -> list[Primitive]:
    """A painted arrow that points ahead."""
    head = Primitive(
        shape='frustum',
        centre=(1.6, 0.0, 0.0),
        half_size=(PAINT_M, 0.35, 0.6),
        material=paint,
        taper=(1.0, 0.0),
        world_from_object=np.array([[0, 0, 1.0], [0, 1.0, 0], [-1.0, 0, 0]]),
    )
    return [box((-1.6, -0.08, -PAINT_M), (1.0, 0.08, PAINT_M), paint), head]


def zebra(plan: StreetPlan, along: float, paint: Material) -> list[Primitive]:
    """Stripes across the whole road."""
    parts: list[Primitive] = []
    across, stop = -plan.sides[1].kerb_m + 0.3, plan.sides[0].kerb_m - 0.6
    while across < stop:
        span = (along - 1.6, along + 1.6)
        parts += plan.line.strip(span, (across, across + 0.5), (0, PAINT_M + 0.001), paint)
        across += 1.0
    return parts


def _end_street(draw: Draw, plan: StreetPlan, tar: Material) -> list[Primitive]:
    """The street into which this one runs, and the pavement beyond it."""
    assert plan.end_m is not None
    flags = materials.pavement(draw)
    width = end_street_width(plan)
    parts = [
        box((-0.5, -150, -SLAB_M), (width, 150, -0.003), tar),
        box((width, -150, -SLAB_M), (width + 40, 150, 0.1), flags),
    ]
    return plan.line.put(parts, (plan.end_m, 0.0))


def end_street_width(plan: StreetPlan) -> float:
    """Width of the street at the end [m]."""
    return plan.lane_m * 2 + 2.0


def _markings(draw: Draw, plan: StreetPlan) -> list[Primitive]:
    """Middle and lane lines, edge lines, parking lines; small streets often have none."""
    paint, yellow = materials.road_paint(draw), materials.road_paint(draw, YELLOW)
    parts: list[Primitive] = []
    wide = draw.uniform(0.1, 0.16)
    dash = draw.choice([(3.0, 9.0), (3.0, 12.2), (6.0, 12.0), (4.0, 10.0)])
    if plan.kind == 'motorway':
        for lane in plan.own_lanes[:-1]:
            parts += _dashes(plan, lane - plan.lane_m / 2, wide, (dash, paint))
        left = yellow if draw.chance(0.45) else paint
        parts += _edge_line(plan, 0.05, wide * 1.3, left)
        return parts + _edge_line(plan, plan.own_lanes[-1] - plan.lane_m / 2, wide * 1.3, paint)
    lines = {'residential': 0.2, 'city': 0.8, 'avenue': 0.95, 'country': 0.85}[plan.kind]
    if draw.chance(lines):
        middle = yellow if draw.chance(0.12) else paint
        if draw.chance(0.75):
            parts += _dashes(plan, 0.0, wide, (dash, middle))
        else:
            parts += _edge_line(plan, 0.0, wide, middle)
        for lanes in (plan.own_lanes, plan.other_lanes):
            for first, second in zip(lanes, lanes[1:], strict=False):
                parts += _dashes(plan, (first + second) / 2, wide, (dash, paint))
    for side in plan.sides:
        edge = side.kerb_m - (2.05 if side.parking == 'lane' else 0.3)
        if draw.chance(0.8 if plan.kind == 'country' else 0.2):
            parts += _edge_line(plan, side.sign * edge, 0.12, paint)
    return parts


def _edge_line(plan: StreetPlan, across: float, wide: float, paint: Material) -> list[Primitive]:
    parts: list[Primitive] = []
    for start, stop in plan.intervals(0.0):
        span = (start, min(stop, plan.length_m + 130))
        if span[1] > span[0] + 1:
            parts += plan.line.strip(
                span, (across - wide / 2, across + wide / 2), (0, PAINT_M), paint
            )
    return parts


def _dashes(
    plan: StreetPlan,
    across: float,
    wide: float,
    style: tuple[tuple[float, float], Material],
) -> list[Primitive]:
    (length, period), paint = style
    parts: list[Primitive] = []
    along = plan.start_m + 30
    while along < min(plan.length_m + 100, plan.stop_m - length):
        if plan.is_open(along + length / 2, length / 2 + 2):
            span = (along, along + length)
            parts += plan.line.strip(
                span, (across - wide / 2, across + wide / 2), (0, PAINT_M), paint
            )
        along += period
    return parts


def _repairs(draw: Draw, plan: StreetPlan, wetness: float) -> list[Primitive]:
    """Patches of other asphalt, trenches, manholes and drains."""
    parts: list[Primitive] = []
    right, left = -plan.sides[1].kerb_m, plan.sides[0].kerb_m
    patch = materials.asphalt(draw, wetness)
    stop = min(plan.length_m + 60, plan.stop_m - 5)
    iron = materials.flat((0.2, 0.19, 0.18), gloss=0.1)
    for _ in range(draw.whole(0, 9)):
        along, across = draw.uniform(-10, stop), draw.uniform(right, left - 0.5)
        long, wide = draw.log_uniform(0.6, 14), draw.uniform(0.4, 2.4)
        span = (along, along + long)
        parts += plan.line.strip(span, (across, min(across + wide, left)), (0, PAINT_M / 2), patch)
    if draw.chance(0.4):
        across = draw.uniform(right + 0.5, left - 0.5)
        dark = materials.flat((0.09, 0.09, 0.09))
        parts += plan.line.strip((-20, stop), (across, across + 0.05), (0, PAINT_M / 3), dark)
    if plan.is_town:
        for _ in range(draw.whole(0, 8)):
            at = (draw.uniform(-5, stop), draw.uniform(right + 0.5, left - 0.5))
            parts += plan.line.put([cylinder((0, 0, -0.1), 0.31, 0.105, iron)], at)
    return parts
