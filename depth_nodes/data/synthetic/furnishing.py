"""Puts furniture into a room where it fits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
import math

from depth_nodes.data.synthetic import chair as chairs
from depth_nodes.data.synthetic import furniture
from depth_nodes.data.synthetic import material as materials
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.item import camouflaged, Item, ItemBuilder
from depth_nodes.data.synthetic.pedestrian import person
from depth_nodes.data.synthetic.room_plan import RoomPlan
from depth_nodes.data.synthetic.scene import Material, placed, Primitive
from depth_nodes.data.synthetic.still_life import still_life

MOST_PRIMITIVES = 1800
NUM_TRIES = 6
LITTER = 0.25  # things on the floor of a full room, per square metre


@dataclass(kw_only=True)
class FloorSpace:
    """What stands on the floor: taken rectangles (x, y, width, depth), and all solids.

    Nothing is higher than `ceiling_m`.
    """

    ceiling_m: float = math.inf
    taken: list[tuple[float, float, float, float]] = field(default_factory=list)
    primitives: list[Primitive] = field(default_factory=list)

    def put(
        self, item: Item, at: tuple[float, float], yaw: float, extent: tuple[float, float]
    ) -> bool:
        """Places an item unless it would overlap another one."""
        tops = (part.centre[2] + min(part.half_size) for part in item.primitives)
        if max(tops, default=0.0) > self.ceiling_m:
            return False
        (x, y), (width, depth) = at, extent
        for other_x, other_y, other_width, other_depth in self.taken:
            near_x = abs(x - other_x) < (width + other_width) / 2
            if near_x and abs(y - other_y) < (depth + other_depth) / 2:
                return False
        self.taken.append((x, y, width, depth))
        self.primitives += placed(item.primitives, (x, y, 0.0), yaw)
        return True

    @property
    def is_crowded(self) -> bool:
        """Whether a renderer would mind more."""
        return len(self.primitives) > MOST_PRIMITIVES


def furnish(draw: Draw, plan: RoomPlan, paint: Material, floor: Material) -> list[Primitive]:
    """Furniture along the walls, then in the middle; what does not fit is left out.

    Some has the walls' `paint`, or the `floor`'s material.
    """
    backing = draw.choice([paint, floor])
    kind, space = plan.kind, FloorSpace(ceiling_m=plan.z_m - 0.1)
    if plan.is_still_life:
        _put_free(draw, plan, space, still_life(draw), share=0.6)
        for _ in range(draw.whole(0, 3)):
            _put_free(draw, plan, space, draw.choice(chairs.CHAIRS)(draw), share=0.8)
    perimeter, area = 2 * (plan.x_m + plan.y_m), plan.x_m * plan.y_m
    density = _between(kind.per_wall, plan.fullness)
    builders: Iterable[ItemBuilder] = [
        *kind.first,
        *(draw.choice(kind.at_walls) for _ in range(round(density * perimeter))),
    ]
    for builder in builders:
        if not space.is_crowded:
            _put_at_wall(draw, plan, space, camouflaged(draw, builder(draw), paint))
    for _ in range(round(_between(kind.per_area, plan.fullness) * min(area, 220)) + 1):
        if kind.free and not space.is_crowded:
            item = camouflaged(draw, draw.choice(kind.free)(draw), backing)
            _put_free(draw, plan, space, item)
    for _ in range(round(LITTER * plan.fullness**2 * min(area, 40))):
        _put_free(draw, plan, space, furniture.clutter(draw))
    for _ in range(draw.choice([0, 0, 0, 0, 0, 0, 1, 1, 2])):
        someone = Item(primitives=person(draw), width_m=0.6, depth_m=0.6)
        _put_free(draw, plan, space, someone)
    return space.primitives + _rugs(draw, plan)


def _between(span: tuple[float, float], share: float) -> float:
    return span[0] + (span[1] - span[0]) * share


def _put_at_wall(draw: Draw, plan: RoomPlan, space: FloorSpace, item: Item) -> None:
    for _ in range(NUM_TRIES):
        wall = draw.choice(plan.walls)
        slack = wall.length_m / 2 - item.width_m / 2 - 0.02
        across = plan.y_m if wall.is_along_x else plan.x_m
        if slack < 0 or item.depth_m > across * 0.7:
            continue
        x, y = draw.uniform(-slack, slack), item.depth_m / 2 + draw.choice([0.01, 0.03, 0.1])
        if draw.chance(0.3):
            x = math.copysign(slack, x)
        cos, sin = math.cos(wall.yaw_rad), math.sin(wall.yaw_rad)
        at = (wall.middle[0] + x * cos - y * sin, wall.middle[1] + x * sin + y * cos)
        extent = (item.width_m, item.depth_m)
        if not wall.is_along_x:
            extent = (item.depth_m, item.width_m)
        if space.put(item, at, wall.yaw_rad, extent):
            return


def _put_free(
    draw: Draw, plan: RoomPlan, space: FloorSpace, item: Item, share: float = 1.0
) -> None:
    """Somewhere within a share of the floor around its middle; at right angles or not."""
    for _ in range(NUM_TRIES):
        yaw = draw.choice([0.0, math.pi / 2, math.pi, -math.pi / 2]) + draw.normal(0, 0.03)
        if draw.chance(0.3):
            yaw = draw.uniform(-math.pi, math.pi)
        cos, sin = abs(math.cos(yaw)), abs(math.sin(yaw))
        extent = (
            item.width_m * cos + item.depth_m * sin,
            item.width_m * sin + item.depth_m * cos,
        )
        slack = [(size - need) / 2 * share for size, need in zip((plan.x_m, plan.y_m), extent,
                                                                 strict=True)]  # fmt: skip
        if min(slack) <= 0:
            continue
        at = (draw.uniform(-slack[0], slack[0]), draw.uniform(-slack[1], slack[1]))
        if space.put(item, at, yaw, extent):
            return


def _rugs(draw: Draw, plan: RoomPlan) -> list[Primitive]:
    """A rug, or sheets and mats: colours without depth."""
    parts: list[Primitive] = []
    if draw.chance(0.35):
        half = tuple(min(size * draw.uniform(0.12, 0.3), 1.6) for size in (plan.x_m, plan.y_m))
        at = (draw.uniform(-0.2, 0.2) * plan.x_m, draw.uniform(-0.2, 0.2) * plan.y_m, 0.0)
        parts += placed([furniture.rug(draw, half[0], half[1])], at)
    if draw.chance(0.2):
        tape = materials.plain(draw, materials.paint_colour(draw, (0.3, 0.95), (0.4, 0.95)))
        y = draw.uniform(-0.4, 0.4) * plan.y_m
        line = Primitive(
            shape='box',
            centre=(0.0, y, 0.0),
            half_size=(plan.x_m / 2, 0.04, 0.002),
            material=tape,
        )
        parts.append(line)
    return parts
