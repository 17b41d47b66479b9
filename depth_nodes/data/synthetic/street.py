"""A straight street along x, its middle line at y = 0."""

from __future__ import annotations

from dataclasses import dataclass, replace
import math

from depth_nodes.data.synthetic import material as materials
from depth_nodes.data.synthetic import street_objects as objects
from depth_nodes.data.synthetic import vehicle
from depth_nodes.data.synthetic.draw import Draw, shaded
from depth_nodes.data.synthetic.ray_caster import unit
from depth_nodes.data.synthetic.scene import (
    box,
    Colour,
    ellipsoid,
    Light,
    Material,
    placed,
    Primitive,
    Scene,
    Sky,
)

KERB_M = 0.12
BEHIND_M = 30.0
AHEAD_M = 130.0


@dataclass(frozen=True, kw_only=True)
class StreetPlan:
    """What decides a street's look.

    Attributes:
        length_m: how far the camera drives.
        half_width_m: from the middle line to the kerb.
        pavement_m: width of each pavement.
        setback_m: from the pavement to the house fronts.
        has_buildings: a town; else trees and hedges, a country road.
    """

    length_m: float
    half_width_m: float
    pavement_m: float
    setback_m: float
    has_buildings: bool
    car_spacing_m: float
    tree_spacing_m: float
    person_spacing_m: float

    @classmethod
    def drawn(cls, draw: Draw, length_m: float) -> StreetPlan:
        """A random street."""
        has_buildings = draw.chance(0.8)
        return cls(
            length_m=length_m,
            half_width_m=draw.uniform(3.0, 7.5),
            pavement_m=draw.uniform(1.5, 4.5),
            setback_m=draw.choice([0.0, 0.0, 3.0, 6.0]) * draw.uniform(0.7, 1.4),
            has_buildings=has_buildings,
            car_spacing_m=draw.log_uniform(6.5, 40),
            tree_spacing_m=draw.log_uniform(7, 50) if has_buildings else draw.uniform(6, 16),
            person_spacing_m=draw.log_uniform(6, 60),
        )

    @property
    def front_m(self) -> float:
        """Distance of the house fronts from the middle line."""
        return self.half_width_m + self.pavement_m + self.setback_m

    @property
    def start_m(self) -> float:
        """Where the built-up part starts."""
        return -BEHIND_M

    @property
    def stop_m(self) -> float:
        """Where it stops."""
        return self.length_m + AHEAD_M


def build_street(draw: Draw, plan: StreetPlan) -> Scene:
    """Ground, houses, cars, trees, people, signs, sky and sun."""
    parts = _ground(draw, plan)
    for side in (-1, 1):
        parts += _houses(draw, plan, side)
        parts += _parked_cars(draw, plan, side)
        parts += _row(draw, plan, side)
    parts += _traffic(draw, plan)
    parts += _horizon(draw, plan)
    light, sky = _daylight(draw)
    return Scene(primitives=tuple(parts), light=light, sky=sky)


def _ground(draw: Draw, plan: StreetPlan) -> list[Primitive]:
    far = 1500.0
    grey = draw.uniform(0.22, 0.5)
    tar = (grey, grey, grey * draw.uniform(0.95, 1.08))
    paint = draw.choice([(0.92, 0.92, 0.9), (0.92, 0.92, 0.9), (0.9, 0.75, 0.3), tar])
    road = Material(
        pattern='road',
        palette=(shaded(tar, 0.8), tar, shaded(tar, 1.2), shaded(paint, 0.9), paint),
        aspect=plan.half_width_m,
        grain=0.2,
    )
    stone_grey = draw.uniform(0.4, 0.75)
    stone = (stone_grey, stone_grey * 0.98, stone_grey * 0.93)
    flags = Material(
        pattern=draw.choice(['tiles', 'tiles', 'bricks', 'noise']),
        palette=(shaded(stone, 0.85), stone, shaded(stone, 0.6)),
        scale_m=draw.uniform(0.25, 0.8),
        aspect=2.0,
        grain=0.2,
    )
    grass = materials.ground(draw, draw.colour(materials.GREEN, (0.3, 0.7), (0.25, 0.55)))
    beyond = draw.choice([grass, grass, flags]) if plan.has_buildings else grass
    w, p = plan.half_width_m, plan.pavement_m
    slabs = [box((-far, -w, -1), (far, w, 0), road)]
    for side in (-1, 1):
        low, high = sorted((side * w, side * (w + p)))
        outer_low, outer_high = sorted((side * (w + p), side * far))
        slabs.append(box((-far, low, -1), (far, high, KERB_M), flags))
        slabs.append(box((-far, outer_low, -1), (far, outer_high, KERB_M * 0.9), beyond))
    return [replace(slab, casts_shadow=False) for slab in slabs]


def _houses(draw: Draw, plan: StreetPlan, side: int) -> list[Primitive]:
    parts: list[Primitive] = []
    cursor = plan.start_m
    gap_chance = draw.uniform(0.0, 0.4)
    while cursor < plan.stop_m:
        width = draw.uniform(7, 24)
        if plan.has_buildings and not draw.chance(gap_chance):
            house = objects.building(draw, width, draw.uniform(8, 15))
            front = plan.front_m + draw.choice([0.0, 0.0, draw.uniform(0, 1.5)])
            # A house's face looks towards -y on the left side: turn it half around.
            yaw = math.pi if side > 0 else 0.0
            parts += placed(house, (cursor + width / 2, side * front, 0), yaw)
        elif draw.chance(0.7):
            x, y = cursor + width / 2, side * (plan.front_m + draw.uniform(1, 6))
            parts += placed(objects.tree(draw), (x, y, 0), 0.0)
            if draw.chance(0.5):
                parts += placed(objects.hedge(draw), (x, side * (plan.front_m + 0.3), 0), 0.0)
        cursor += width + draw.choice([0.0, 0.0, draw.uniform(0, 5)])
    return parts


def _parked_cars(draw: Draw, plan: StreetPlan, side: int) -> list[Primitive]:
    parts: list[Primitive] = []
    if draw.chance(0.15) or plan.half_width_m < 3.6:
        return parts
    cursor = plan.start_m
    while cursor < plan.stop_m:
        cursor += max(draw.generator.exponential(plan.car_spacing_m), 5.6)
        y = side * (plan.half_width_m - 1.05)
        yaw = (math.pi if side > 0 else 0.0) + draw.normal(0, 0.02)
        parts += placed(vehicle.car(draw), (cursor, y, 0), yaw)
    return parts


def _row(draw: Draw, plan: StreetPlan, side: int) -> list[Primitive]:
    """Trees, lamps, signs, bins and people on the pavement."""
    parts: list[Primitive] = []
    kerb = side * (plan.half_width_m + 0.45)
    inner = side * (plan.half_width_m + plan.pavement_m)
    towards_road = 0.0 if side < 0 else math.pi
    spacings = (
        (objects.tree, plan.tree_spacing_m, kerb if plan.has_buildings else inner),
        (objects.street_lamp, draw.uniform(18, 45), kerb),
        (objects.sign, draw.uniform(20, 80), kerb),
        (objects.small_furniture, draw.uniform(10, 60), kerb),
    )
    for builder, spacing, y in spacings:
        cursor = plan.start_m + draw.uniform(0, spacing)
        while cursor < plan.stop_m:
            parts += placed(builder(draw), (cursor, y, KERB_M), towards_road)
            cursor += spacing * draw.uniform(0.7, 1.4)
    cursor = plan.start_m
    while cursor < plan.stop_m:
        cursor += float(draw.generator.exponential(plan.person_spacing_m)) + 0.7
        y = side * (plan.half_width_m + plan.pavement_m * draw.uniform(0.3, 0.9))
        parts += placed(objects.person(draw), (cursor, y, KERB_M), draw.uniform(0, math.tau))
    return parts


def _traffic(draw: Draw, plan: StreetPlan) -> list[Primitive]:
    """Cars on the other lane, and some far ahead on one's own."""
    parts: list[Primitive] = []
    if plan.half_width_m < 4.5:
        return parts
    lane = (plan.half_width_m - 2.1) / 2
    cursor = plan.start_m
    while cursor < plan.stop_m:
        cursor += draw.uniform(12, 80)
        parts += placed(vehicle.car(draw), (cursor, lane + 0.1, 0), math.pi)
    for _ in range(draw.whole(0, 2)):
        x = plan.length_m + draw.uniform(9, 60)
        parts += placed(vehicle.car(draw), (x, -lane + draw.normal(0, 0.2), 0), 0.0)
        if draw.chance(0.5):
            break
    return parts


def _horizon(draw: Draw, plan: StreetPlan) -> list[Primitive]:
    """Far hills and blocks beyond the end of the street."""
    parts: list[Primitive] = []
    green = draw.colour((0.2, 0.4), (0.15, 0.5), (0.3, 0.6))
    hill = materials.ground(draw, green, 15.0)
    for _ in range(draw.whole(0, 4)):
        x, y = plan.stop_m + draw.uniform(150, 500), draw.uniform(-350, 350)
        size = (draw.uniform(80, 250), draw.uniform(100, 300), draw.uniform(15, 60))
        parts.append(ellipsoid((x, y, -2), size, hill))
    if plan.has_buildings:
        for _ in range(draw.whole(2, 10)):
            block = objects.building(draw, draw.uniform(10, 30), draw.uniform(10, 25))
            x, y = plan.stop_m + draw.uniform(10, 150), draw.uniform(-60, 60)
            parts += placed(block, (x, y, 0), math.pi / 2 + draw.normal(0, 0.2))
    return [replace(part, casts_shadow=False) for part in parts]


def _daylight(draw: Draw) -> tuple[Light, Sky]:
    """Sun and sky that fit each other: clear, hazy or overcast."""
    overcast = draw.uniform(0.0, 1.0) ** 2
    rise = math.radians(draw.uniform(12, 65))
    angle = draw.uniform(0, math.tau)
    towards = unit(
        (math.cos(angle) * math.cos(rise), math.sin(angle) * math.cos(rise), math.sin(rise))
    )
    warmth = 1 - 0.45 * max(0.0, 1 - math.degrees(rise) / 30)
    sun = 1.5 * (1 - overcast)
    blue = draw.uniform(0.75, 1.1)
    ambient = draw.uniform(0.5, 0.85)
    light = Light(
        towards_sun=(float(towards[0]), float(towards[1]), float(towards[2])),
        sun=(sun, sun * (0.75 + 0.2 * warmth), sun * warmth * 0.85),
        ambient_up=(ambient * 0.9, ambient * 0.95, ambient * (1 + 0.15 * (1 - overcast))),
        ambient_down=(ambient * 0.45, ambient * 0.43, ambient * 0.4),
    )
    clear: Colour = (0.12 * blue, 0.28 * blue, 0.75 * blue)
    zenith = tuple(c + (0.65 - c) * overcast for c in clear)
    bright = draw.uniform(0.55, 0.95)
    sky = Sky(
        horizon=(bright * 0.95, bright * 0.97, bright),
        zenith=(zenith[0], zenith[1], zenith[2]),
        cloud_cover=draw.uniform(0.0, 1.0),
        haze_m=draw.log_uniform(250, 4000),
        offset=draw.offset(),
    )
    return light, sky
