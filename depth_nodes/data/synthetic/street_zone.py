"""What stands behind the pavements of towns: houses, gardens, walls, parks, car parks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
import math

from depth_nodes.data.synthetic import building, tree, vehicle
from depth_nodes.data.synthetic import street_material as materials
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.scene import box, Material, Primitive, rod
from depth_nodes.data.synthetic.street_objects import bench
from depth_nodes.data.synthetic.street_plan import Side, StreetPlan


@dataclass(frozen=True, kw_only=True)
class Plot:
    """Ground beside the street between two points along it."""

    plan: StreetPlan
    side: Side
    start_m: float
    stop_m: float
    lit_chance: float

    @property
    def middle_m(self) -> float:
        """Along the street."""
        return (self.start_m + self.stop_m) / 2

    @property
    def width_m(self) -> float:
        """Along the street."""
        return self.stop_m - self.start_m

    def across(self, depth_m: float) -> float:
        """A place behind the pavement, as the street's coordinate."""
        return self.side.sign * (self.side.outer_m + depth_m)

    def facing(
        self, parts: list[Primitive], along: float, depth_m: float, lift_m: float = 0.0
    ) -> list[Primitive]:
        """An object that looks at the street."""
        lift = self.side.kerb_height_m + lift_m
        return self.plan.line.facing(parts, (along, self.across(depth_m)), lift)

    def strip(
        self, depth_m: tuple[float, float], heights_m: tuple[float, float], material: Material
    ) -> list[Primitive]:
        """A wall, hedge or surface along the whole plot."""
        across = (self.across(depth_m[0]), self.across(depth_m[1]))
        lift = self.side.kerb_height_m
        heights = (heights_m[0] + lift, heights_m[1] + lift)
        return self.plan.line.strip((self.start_m, self.stop_m), across, heights, material)


Zone = Callable[[Draw, Plot], list[Primitive]]


def town_plots(draw: Draw, plan: StreetPlan, side: Side, lit_chance: float) -> list[Primitive]:
    """Fills a side of the street with plots; neighbours are often of one kind."""
    zones = _ZONES[plan.kind]
    parts: list[Primitive] = []
    for start, stop in plan.intervals(1.8):
        along, zone = start, draw.choice(zones)
        while along < stop - 3:
            if draw.chance(0.35):
                zone = draw.choice(zones)
            low, high = WIDTHS_M[zone]
            width = min(draw.uniform(low, high), stop - along)
            if stop - along - width < 4:
                width = stop - along
            plot = Plot(
                plan=plan,
                side=side,
                start_m=along,
                stop_m=along + width,
                lit_chance=lit_chance,
            )
            parts += zone(draw, plot)
            along += width
    return parts


def house_in_garden(draw: Draw, plot: Plot) -> list[Primitive]:
    """A house behind a front garden with fence, plants and a drive."""
    garden = draw.uniform(2.0, 8.0)
    gap = min(draw.uniform(1.0, 6.0), plot.width_m * 0.35)
    width = max(plot.width_m - gap, 4.0)
    house_plan = building.HousePlan.residential(draw, width)
    at = plot.start_m + width / 2
    parts = plot.facing(_house(draw, plot, house_plan), at, garden)
    drive = plot.stop_m - gap / 2
    if gap > 3.2:
        slab = box(
            (-gap / 2 + 0.2, -garden, 0), (gap / 2 - 0.2, 0, 0.02), materials.pavement(draw)
        )
        parts += plot.facing([slab], drive, 0)
        if draw.chance(0.5):
            parts += plot.facing(building.garage(draw), drive, garden + draw.uniform(0, 4))
        if draw.chance(0.4) and garden > 4:
            turn = math.pi / 2
            car = vehicle.car(draw, plot.plan.is_near(drive))
            parts += plot.plan.line.put(
                car, (drive, plot.across(2.8)), turn, plot.side.kerb_height_m
            )
    if not plot.plan.is_middle(plot.middle_m):
        return parts + plot.facing(tree.far_tree(draw, draw.uniform(5, 11)), drive, garden * 0.5)
    fenced = Plot(
        plan=plot.plan,
        side=plot.side,
        start_m=plot.start_m,
        stop_m=plot.stop_m - (gap if gap > 3.2 else 1.2),
        lit_chance=0,
    )
    parts += boundary(draw, fenced, 0.15)
    for _ in range(draw.whole(1, 4)):
        along, depth = draw.uniform(plot.start_m, at + width / 2), draw.uniform(0.7, garden - 0.6)
        parts += plot.facing(tree.bush(draw), along, depth)
    if draw.chance(0.45) and garden > 3:
        along = draw.uniform(plot.start_m, plot.stop_m)
        parts += plot.facing(tree.any_tree(draw, draw.uniform(3, 9)), along, garden * 0.5)
    return parts


def _house(draw: Draw, plot: Plot, plan: building.HousePlan) -> list[Primitive]:
    if plot.plan.is_middle(plot.middle_m):
        return building.house(draw, plan, plot.lit_chance)
    return building.far_house(draw, plan)


def boundary(draw: Draw, plot: Plot, depth_m: float) -> list[Primitive]:
    """A hedge, wall, fence or railing between pavement and garden."""
    kind = draw.uniform(0, 1)
    if kind < 0.12 or plot.width_m < 1:
        return []
    if kind < 0.42:
        return _hedge(draw, plot, depth_m, draw.uniform(0.7, 2.2))
    if kind < 0.66:
        wall = draw.choice([materials.plaster, materials.masonry])(draw)
        high = draw.choice([draw.uniform(0.3, 0.9), draw.uniform(0.9, 2.2)])
        parts = plot.strip((depth_m, depth_m + 0.25), (-0.3, high), wall)
        cap = materials.kerb_stone(draw)
        parts += plot.strip((depth_m - 0.03, depth_m + 0.28), (high, high + 0.06), cap)
        if high < 0.9 and draw.chance(0.5):
            parts += _railing(draw, plot, depth_m + 0.12, (high, high + 0.7))
        return parts
    if kind < 0.82:
        return plot.strip(
            (depth_m, depth_m + 0.05), (0.05, draw.uniform(0.8, 2.0)), materials.boards(draw)
        )
    return _railing(draw, plot, depth_m, (0.0, draw.uniform(0.8, 1.5)))


def _hedge(draw: Draw, plot: Plot, depth_m: float, height_m: float) -> list[Primitive]:
    """A clipped hedge that follows the road: a dense core under a leafy skin."""
    leaf, wide = materials.foliage(draw, autumn_chance=0.03), draw.uniform(0.5, 1.0)
    core = plot.strip((depth_m + 0.08, depth_m + wide - 0.08), (-0.3, height_m - 0.1), leaf)
    skin = plot.strip((depth_m, depth_m + wide), (0.02, height_m), leaf)
    return core + [replace(part, cutout=0.38) for part in skin]


def _railing(
    draw: Draw, plot: Plot, depth_m: float, heights_m: tuple[float, float]
) -> list[Primitive]:
    """Rails on posts, with bars where the camera comes near."""
    steel, (low, high) = materials.steel(draw), heights_m
    parts: list[Primitive] = []
    for z in (low + 0.1, high - 0.03):
        parts += plot.strip((depth_m, depth_m + 0.035), (z, z + 0.035), steel)
    spacing = draw.uniform(0.12, 0.2) if plot.plan.is_near(plot.middle_m) else 2.0
    spacing = max(spacing, plot.width_m / 45)
    bars = []
    for i in range(int(plot.width_m / spacing)):
        x = -plot.width_m / 2 + (i + 0.5) * spacing
        bars.append(rod((x, 0, low), (x, 0, high), 0.012 if i % 10 else 0.03, steel))
    # A bend is longer on its outside: bars are put one by one only on straight streets.
    return parts + plot.facing(bars, plot.middle_m, depth_m + 0.017)


def terrace(draw: Draw, plot: Plot) -> list[Primitive]:
    """A house in a row without gaps, at the pavement."""
    plan = building.HousePlan.residential(draw, plot.width_m)
    return plot.facing(_house(draw, plot, plan), plot.middle_m, draw.choice([0.0, 0.5, 2.0, 4.0]))


def block(draw: Draw, plot: Plot) -> list[Primitive]:
    """A town house of several storeys."""
    plan = building.HousePlan.urban(draw, plot.width_m)
    return plot.facing(_house(draw, plot, plan), plot.middle_m, 0.0)


def walled(draw: Draw, plot: Plot) -> list[Primitive]:
    """A long wall or tall hedge with trees behind."""
    if draw.chance(0.5):
        parts = _hedge(draw, plot, 0.1, draw.uniform(1.4, 2.8))
    else:
        wall = materials.facade(draw)
        parts = plot.strip((0.1, 0.35), (-0.3, draw.uniform(1.6, 2.8)), wall)
    return parts + _grove(draw, plot, (1.5, 9.0), 4.0)


def park(draw: Draw, plot: Plot) -> list[Primitive]:
    """Lawn with trees, bushes and benches."""
    parts = _grove(draw, plot, (1.0, 14.0), 4.5)
    if draw.chance(0.5):
        parts += plot.facing(bench(draw), plot.middle_m, draw.uniform(0.3, 2))
    for _ in range(draw.whole(1, 6)):
        along = draw.uniform(plot.start_m, plot.stop_m)
        parts += plot.facing(tree.bush(draw), along, draw.uniform(0.8, 10))
    return parts


def _grove(
    draw: Draw, plot: Plot, depth_m: tuple[float, float], spacing_m: float
) -> list[Primitive]:
    parts: list[Primitive] = []
    along = plot.start_m + draw.uniform(0, spacing_m)
    while along < plot.stop_m:
        height = draw.uniform(4.5, 13)
        plant = (
            tree.any_tree(draw, height)
            if plot.plan.is_middle(along)
            else tree.far_tree(draw, height)
        )
        parts += plot.facing(plant, along, draw.uniform(*depth_m))
        along += spacing_m * draw.uniform(0.6, 1.6)
    return parts


def car_park(draw: Draw, plot: Plot) -> list[Primitive]:
    """Parked cars side by side before a building far back."""
    surface = materials.pavement(draw) if draw.chance(0.4) else materials.asphalt(draw)
    parts = plot.strip((0, 14), (-0.3, 0.0), surface)
    for depth in (3.2, 9.5):
        along = plot.start_m + 1.6
        while along < plot.stop_m - 1.4:
            if draw.chance(0.7):
                car = vehicle.car(draw, plot.plan.is_near(along) and depth < 5)
                turn = draw.choice([-1, 1]) * math.pi / 2
                at = (along, plot.across(depth))
                parts += plot.plan.line.put(car, at, turn, plot.side.kerb_height_m)
            along += 2.6
    plan = building.HousePlan.urban(draw, plot.width_m)
    return parts + plot.facing(building.far_house(draw, plan), plot.middle_m, 16)


def market(draw: Draw, plot: Plot) -> list[Primitive]:
    """A low, wide hall behind hedges and parked cars, with a sign on a post."""
    back = draw.uniform(6, 22)
    walls = materials.flat(draw.choice([(0.85, 0.85, 0.84), (0.6, 0.61, 0.62), (0.75, 0.7, 0.62)]))
    brand = materials.flat(draw.choice(materials.BRANDS))
    x, high = plot.width_m / 2 - 0.5, draw.uniform(4, 9)
    glass = materials.window_glass(draw)
    hall = [
        box((-x, -25, -1), (x, 0, high), walls),
        box((-x, -0.1, high - 1.4), (x, 0.12, high - 0.2), brand),
        box((-x * 0.6, -0.1, 0.2), (x * 0.7, 0.06, min(3.2, high - 1.6)), glass),
    ]
    parts = plot.facing(hall, plot.middle_m, back)
    parts += plot.strip((0, back), (-0.3, 0.0), materials.asphalt(draw))
    if draw.chance(0.6):
        parts += _hedge(draw, plot, 0.2, draw.uniform(0.4, 1.0))
    if draw.chance(0.6):
        post = [
            rod((0, 0, 0), (0, 0, 5), 0.15, materials.steel(draw)),
            box((-1.2, -0.15, 3.6), (1.2, 0.15, 5.8), brand),
        ]
        parts += plot.facing(post, plot.middle_m + draw.normal(0, 4), 1.5)
    along = plot.start_m + 2
    while along < plot.stop_m - 2:
        if draw.chance(0.6) and back > 9:
            car = vehicle.car(draw, plot.plan.is_near(along))
            at = (along, plot.across(4.5))
            parts += plot.plan.line.put(car, at, math.pi / 2, plot.side.kerb_height_m)
        along += 2.7
    return parts


WIDTHS_M: dict[Zone, tuple[float, float]] = {
    house_in_garden: (10, 20),
    terrace: (6, 14),
    block: (10, 24),
    walled: (8, 30),
    park: (15, 45),
    car_park: (12, 30),
    market: (22, 50),
}
_ZONES: dict[str, tuple[Zone, ...]] = {
    'residential': (
        house_in_garden,
        house_in_garden,
        house_in_garden,
        terrace,
        terrace,
        block,
        walled,
        park,
        car_park,
    ),
    'avenue': (park, park, park, walled, walled, car_park, market, market, block),
    'city': (block, block, block, block, block, terrace, park, walled, car_park),
}
