"""Houses, in metres: the front along x at y = 0 looks towards +y, the rest is behind it."""

from __future__ import annotations

from dataclasses import dataclass, replace
import math

from depth_nodes.data.synthetic import street_material as materials
from depth_nodes.data.synthetic.draw import Draw, shaded
from depth_nodes.data.synthetic.house_front import balcony, door, shop, window, WindowStyle
from depth_nodes.data.synthetic.scene import box, frustum, Material, placed, Primitive, rod, Vector


@dataclass(frozen=True, kw_only=True)
class HousePlan:
    """Sizes [m] and style of one house.

    Attributes:
        base_m: height of the ground floor above the street.
        roof: 'eaves' (ridge along the street), 'gable' (ridge across it), 'hip', 'flat',
            'mansard'.
        has_shop: the ground floor is glazed.
    """

    width_m: float
    depth_m: float
    num_storeys: int
    storey_m: float
    base_m: float
    roof: str
    has_shop: bool
    wall: Material

    @classmethod
    def residential(cls, draw: Draw, width_m: float) -> HousePlan:
        """A house of one to three storeys."""
        return cls(
            width_m=width_m,
            depth_m=draw.uniform(8, 12),
            num_storeys=draw.choice([1, 1, 2, 2, 2, 3]),
            storey_m=draw.uniform(2.6, 3.1),
            base_m=draw.uniform(0.15, 1.1),
            roof=draw.choice(['eaves', 'eaves', 'eaves', 'gable', 'hip', 'hip', 'flat']),
            has_shop=False,
            wall=materials.facade(draw),
        )

    @classmethod
    def urban(cls, draw: Draw, width_m: float) -> HousePlan:
        """A block of three to six storeys."""
        return cls(
            width_m=width_m,
            depth_m=draw.uniform(10, 15),
            num_storeys=draw.choice([2, 3, 3, 4, 4, 5, 5, 6, 8]),
            storey_m=draw.uniform(2.8, 3.7),
            base_m=draw.uniform(0.2, 1.2),
            roof=draw.choice(['eaves', 'eaves', 'mansard', 'mansard', 'flat', 'flat']),
            has_shop=draw.chance(0.4),
            wall=materials.facade(draw),
        )

    @property
    def eaves_m(self) -> float:
        """Height where the roof begins."""
        return self.base_m + self.num_storeys * self.storey_m + 0.2


def house(draw: Draw, plan: HousePlan, lit_chance: float = 0.0) -> list[Primitive]:
    """A house whose front has windows, a door and its trim as solids."""
    x, top = plan.width_m / 2, plan.eaves_m
    base = materials.plaster(draw) if draw.chance(0.6) else materials.masonry(draw)
    parts = [
        box((-x, -plan.depth_m, -1), (x, 0, top), plan.wall),
        box((-x - 0.02, -plan.depth_m, -1), (x + 0.02, 0.05, max(plan.base_m, 0.3)), base),
    ]
    parts += roof_of(draw, plan)
    num = max(round((plan.width_m - 0.8) / draw.uniform(1.9, 3.2)), 1)
    spacing = (plan.width_m - 0.6) / num
    style = WindowStyle.drawn(draw, plan.storey_m, spacing)
    door_column = draw.whole(0, num - 1)
    for storey in range(plan.num_storeys):
        z = plan.base_m + storey * plan.storey_m
        if storey == 0 and plan.has_shop:
            parts += shop(draw, x, plan.base_m + plan.storey_m - 0.2)
            continue
        for column in range(num):
            at = -x + 0.3 + (column + 0.5) * spacing
            if storey == 0 and column == door_column:
                parts += door(draw, at, plan.base_m)
            elif draw.chance(0.95):
                parts += window(draw, style, (at, z + plan.storey_m * 0.31), lit_chance)
    parts += _extras(draw, plan, spacing)
    return parts


def _extras(draw: Draw, plan: HousePlan, spacing: float) -> list[Primitive]:
    """Rain pipe, gutter, cornice and balconies."""
    x, top = plan.width_m / 2, plan.eaves_m
    zinc = materials.flat((0.45, 0.46, 0.47), gloss=0.15)
    side = draw.choice([-1, 1])
    at = side * (x - 0.12)
    parts = [rod((at, 0.07, 0), (at, 0.07, top), 0.05, zinc)]
    if draw.chance(0.35):
        trim = materials.plaster(draw)
        for storey in range(1, plan.num_storeys):
            z = plan.base_m + storey * plan.storey_m
            parts.append(box((-x, -0.1, z - 0.1), (x, 0.06, z + 0.08), trim))
    if plan.num_storeys > 1 and draw.chance(0.35):
        columns = draw.whole(1, 2)
        at_x = draw.uniform(-x + 1.2, x - 1.2) if x > 1.3 else 0.0
        for storey in range(1, plan.num_storeys):
            parts += balcony(draw, at_x, plan.base_m + storey * plan.storey_m, columns * 1.1)
    return parts


def roof_of(draw: Draw, plan: HousePlan) -> list[Primitive]:
    """The roof that the plan asks for, with chimney or dormers."""
    x, y, top = plan.width_m / 2 + 0.25, plan.depth_m / 2 + 0.35, plan.eaves_m
    tiles = materials.roof(draw)
    base: Vector = (0, -plan.depth_m / 2, top)
    if plan.roof == 'flat':
        rim = materials.plaster(draw) if draw.chance(0.5) else materials.flat((0.4, 0.4, 0.42))
        return [box((-x + 0.2, -2 * y + 0.6, top - 0.1), (x - 0.2, 0.1, top + 0.35), rim)]
    pitch = math.tan(math.radians(draw.uniform(28, 50)))
    shape = {
        'eaves': (y * pitch, (1.0, 0.0)),
        'gable': (x * pitch, (0.0, 1.0)),
        'hip': (min(x, y) * pitch, (max(0.0, 1 - y / x), max(0.0, 1 - x / y))),
        'mansard': (draw.uniform(2.2, 3.0), (0.97, 0.82)),
    }
    rise, taper = shape[plan.roof]
    parts = [
        box(
            (-x, -plan.depth_m - 0.35, top - 0.12),
            (x, 0.35, top),
            materials.flat((0.5, 0.45, 0.4)),
        ),
        frustum(base, (x, y, rise / 2), tiles, taper),
    ]
    if plan.roof == 'gable':
        parts.append(_gable_wall(plan, x, rise))
    if draw.chance(0.7):
        at = draw.uniform(-x * 0.7, x * 0.7)
        brick = materials.masonry(draw)
        deep = -plan.depth_m / 2 + draw.normal(0, 0.8)
        parts.append(
            box((at - 0.3, deep - 0.3, top), (at + 0.3, deep + 0.3, top + rise + 0.6), brick)
        )
    if plan.roof in ('eaves', 'mansard') and draw.chance(0.45):
        parts += _dormers(draw, plan, tiles, rise)
    return parts


def _gable_wall(plan: HousePlan, x: float, rise: float) -> Primitive:
    """The wall's triangle under a roof whose ridge runs across the street."""
    half = plan.width_m / 2
    return frustum(
        (0, -plan.depth_m / 2 + 0.1, plan.eaves_m - 0.12),
        (half, plan.depth_m / 2 + 0.3, rise / 2 * half / x),
        plan.wall,
        (0.0, 1.0),
    )


def _dormers(draw: Draw, plan: HousePlan, tiles: Material, rise: float) -> list[Primitive]:
    x, top = plan.width_m / 2, plan.eaves_m
    num = max(int(plan.width_m / draw.uniform(3.5, 6)), 1)
    glass = materials.window_glass(draw)
    high = min(1.6, rise * 0.6)
    parts = []
    for i in range(num):
        at = -x + plan.width_m * (i + 0.5) / num
        parts += [
            box((at - 0.75, -3.2, top), (at + 0.75, -0.5, top + high), plan.wall),
            box((at - 0.5, -1, top + 0.3), (at + 0.5, -0.46, top + high - 0.15), glass),
            box((at - 0.9, -3.4, top + high), (at + 0.9, -0.3, top + high + 0.12), tiles),
        ]
    return parts


def _far_facade(draw: Draw, storey_m: float, spacing_m: float, centre: float) -> Material:
    """Windows as a pattern, for houses far away; `centre` shifts it to the front's middle."""
    wall = materials.facade(draw).palette[1]
    frame = draw.choice([(0.9, 0.9, 0.88), shaded(wall, 0.7)])
    return Material(
        pattern='facade',
        palette=(
            shaded(wall, 0.92),
            wall,
            shaded(wall, 0.85),
            frame,
            frame,
            (0.08, 0.09, 0.1),
            (0.16, 0.18, 0.2),
            (0.12, 0.13, 0.15),
            (0.4, 0.44, 0.5),
            (0.5, 0.46, 0.4),
        ),
        scale_m=storey_m,
        aspect=spacing_m / storey_m,
        grain=0.08,
        offset=(centre, 0.0),
    )


def far_house(draw: Draw, plan: HousePlan) -> list[Primitive]:
    """A house beyond 50 m: windows as a pattern on all sides."""
    num = max(round(plan.width_m / draw.uniform(2.0, 3.2)), 1)
    spacing = plan.width_m / num
    wall = _far_facade(
        draw,
        plan.storey_m,
        spacing,
        centre=(40 + num / 2) * spacing / plan.storey_m,
    )
    wall = replace(wall, offset=(wall.offset[0], plan.eaves_m / 2 / plan.storey_m))
    x = plan.width_m / 2
    body = box((-x, -plan.depth_m, -1), (x, 0, plan.eaves_m), wall)
    return [body, *roof_of(draw, plan)]


def garage(draw: Draw) -> list[Primitive]:
    """A flat garage with its door towards the street."""
    wall, x = materials.plaster(draw), draw.choice([1.5, 3.0])
    door = replace(
        materials.shutter(draw), scale_m=draw.uniform(0.12, 0.3), palette=((0.5,) * 3, (0.75,) * 3)
    )
    parts = [
        box((-x, -6, 0), (x, 0, 2.6), wall),
        box((-x - 0.1, -6, 2.6), (x + 0.1, 0.15, 2.75), wall),
    ]
    for at in (0.0,) if x < 2 else (-1.5, 1.5):
        parts.append(box((at - 1.2, -0.1, 0.02), (at + 1.2, 0.015, 2.15), door))
    return parts


def shed(draw: Draw) -> list[Primitive]:
    """A wooden shed, bin store or transformer box."""
    x, y, z = draw.uniform(0.8, 2.5), draw.uniform(1.0, 3.0), draw.uniform(1.3, 2.5)
    wall = materials.boards(draw) if draw.chance(0.7) else materials.plaster(draw)
    return [
        box((-x, -y, 0), (x, 0, z), wall),
        *placed(
            [frustum((0, 0, 0), (x + 0.2, y / 2 + 0.2, 0.2), materials.roof(draw), (1, 0))],
            (0, -y / 2, z),
        ),
    ]
