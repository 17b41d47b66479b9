"""Kinds of rooms: how large they are, what stands in them and what hangs on their walls."""

from __future__ import annotations

from dataclasses import dataclass
import math

from depth_nodes.data.synthetic import (
    bathroom,
    desk,
    furniture,
    hall,
    kitchen,
    opening,
    storage,
    wall_thing,
)
from depth_nodes.data.synthetic import chair as chairs
from depth_nodes.data.synthetic.draw import Draw, Span
from depth_nodes.data.synthetic.item import ItemBuilder
from depth_nodes.data.synthetic.opening import OpeningBuilder
from depth_nodes.data.synthetic.wall_thing import WallBuilder


@dataclass(frozen=True, kw_only=True)
class RoomKind:
    """Spans [m] and catalogues of one kind of room.

    Attributes:
        share: how often it comes.
        per_wall: items along walls, per metre of wall.
        per_area: free items per square metre of floor.
        first: what such a room always has.
    """

    share: float
    length_m: Span
    width_m: Span
    height_m: Span
    first: tuple[ItemBuilder, ...]
    at_walls: tuple[ItemBuilder, ...]
    free: tuple[ItemBuilder, ...]
    on_walls: tuple[WallBuilder, ...]
    openings: tuple[OpeningBuilder, ...]
    per_wall: Span = (0.2, 0.7)
    per_area: Span = (0.03, 0.3)


HOME_WALL: tuple[WallBuilder, ...] = (
    wall_thing.picture, wall_thing.picture, wall_thing.hung_shelf, wall_thing.blank,
    wall_thing.sockets, wall_thing.clock, wall_thing.radiator, wall_thing.mirror_or_screen,
    wall_thing.lining, wall_thing.coats, wall_thing.curtain,
)  # fmt: skip
WORK_WALL: tuple[WallBuilder, ...] = (
    wall_thing.posters, wall_thing.posters, wall_thing.board, wall_thing.board,
    wall_thing.hung_shelf, wall_thing.blank, wall_thing.sockets, wall_thing.radiator,
    wall_thing.pipes, wall_thing.extinguisher, wall_thing.clock, wall_thing.mirror_or_screen,
    wall_thing.lining, wall_thing.coats,
)  # fmt: skip
PLANT_WALL: tuple[WallBuilder, ...] = (
    wall_thing.pipes, wall_thing.pipes, wall_thing.extinguisher, wall_thing.posters,
    wall_thing.blank, wall_thing.lining, wall_thing.sockets, wall_thing.hung_shelf,
)  # fmt: skip
OPENINGS: tuple[OpeningBuilder, ...] = (
    opening.window, opening.window, opening.door, opening.doorway
)  # fmt: skip

KINDS: dict[str, RoomKind] = {
    'office': RoomKind(
        share=0.22,
        length_m=(3.2, 10),
        width_m=(2.8, 7),
        height_m=(2.4, 3.3),
        first=(desk.workplace, desk.workplace),
        at_walls=(
            desk.workplace,
            desk.desk,
            storage.shelf,
            storage.shelf,
            storage.cabinet,
            storage.cabinet,
            furniture.table,
            chairs.tube_chair,
        ),  # fmt: skip
        free=(
            desk.workplace,
            desk.workplace,
            chairs.swivel_chair,
            chairs.tube_chair,
            furniture.plant,
            furniture.clutter,
            furniture.clutter,
            furniture.dining_group,
            hall.tripod,
        ),  # fmt: skip
        on_walls=WORK_WALL,
        openings=OPENINGS,
    ),
    'kitchen': RoomKind(
        share=0.15,
        length_m=(2.6, 6.5),
        width_m=(2.4, 5),
        height_m=(2.4, 3.1),
        first=(kitchen.kitchen, kitchen.kitchen, kitchen.fridge),
        at_walls=(
            kitchen.kitchen,
            kitchen.fridge,
            storage.cabinet,
            furniture.table,
            storage.shelf,
            bathroom.washing_machine,
            furniture.clutter,
        ),  # fmt: skip
        free=(
            furniture.dining_group,
            furniture.dining_group,
            chairs.stool,
            chairs.tube_chair,
            chairs.wooden_chair,
            furniture.plant,
            furniture.clutter,
        ),  # fmt: skip
        on_walls=HOME_WALL,
        openings=OPENINGS,
        per_wall=(0.3, 0.7),
    ),
    'living': RoomKind(
        share=0.15,
        length_m=(3.2, 8),
        width_m=(2.8, 6),
        height_m=(2.4, 3.2),
        first=(furniture.living_group, furniture.television),
        at_walls=(
            furniture.sofa,
            storage.shelf,
            storage.shelf,
            storage.cabinet,
            furniture.television,
            furniture.plant,
            furniture.floor_lamp,
            furniture.table,
        ),  # fmt: skip
        free=(
            furniture.dining_group,
            furniture.coffee_table,
            chairs.easy_chair,
            furniture.plant,
            furniture.floor_lamp,
            furniture.clutter,
            chairs.wooden_chair,
        ),  # fmt: skip
        on_walls=HOME_WALL,
        openings=OPENINGS,
    ),
    'bedroom': RoomKind(
        share=0.07,
        length_m=(2.8, 5.5),
        width_m=(2.6, 4.5),
        height_m=(2.3, 3.0),
        first=(furniture.bed, storage.cabinet),
        at_walls=(
            storage.cabinet,
            storage.cabinet,
            storage.shelf,
            desk.desk,
            furniture.clutter,
            furniture.bed,
        ),  # fmt: skip
        free=(
            chairs.wooden_chair,
            furniture.clutter,
            furniture.clutter,
            furniture.plant,
            furniture.floor_lamp,
        ),  # fmt: skip
        on_walls=HOME_WALL,
        openings=OPENINGS,
    ),
    'corridor': RoomKind(
        share=0.08,
        length_m=(6, 24),
        width_m=(1.6, 3.2),
        height_m=(2.3, 3.3),
        first=(),
        at_walls=(
            storage.lockers,
            storage.cabinet,
            storage.shelf,
            chairs.tube_chair,
            furniture.plant,
            chairs.bench,
            furniture.clutter,
        ),  # fmt: skip
        free=(furniture.clutter,),
        on_walls=(*WORK_WALL, wall_thing.posters),
        openings=(opening.door, opening.door, opening.doorway, opening.window),
        per_wall=(0.02, 0.3),
        per_area=(0.0, 0.05),
    ),
    'hall': RoomKind(
        share=0.09,
        length_m=(9, 28),
        width_m=(7, 18),
        height_m=(3.2, 7.5),
        first=(hall.pallet_rack,),
        at_walls=(
            hall.pallet_rack,
            hall.workbench,
            hall.machine,
            storage.metal_rack,
            hall.loaded_pallet,
            hall.net_wall,
            hall.barrels,
            storage.lockers,
        ),  # fmt: skip
        free=(
            hall.loaded_pallet,
            hall.loaded_pallet,
            hall.railing,
            hall.net_wall,
            hall.machine,
            hall.barrels,
            hall.tripod,
            hall.ladder,
            hall.trolley,
            furniture.clutter,
            desk.workplace,
        ),  # fmt: skip
        on_walls=PLANT_WALL,
        openings=(opening.door, opening.window, opening.window),
        per_wall=(0.05, 0.3),
        per_area=(0.02, 0.1),
    ),
    'store': RoomKind(
        share=0.1,
        length_m=(3, 9),
        width_m=(2.6, 6),
        height_m=(2.4, 3.8),
        first=(storage.metal_rack, hall.workbench),
        at_walls=(
            storage.metal_rack,
            storage.metal_rack,
            hall.workbench,
            storage.cabinet,
            hall.machine,
            storage.lockers,
            storage.shelf,
            hall.loaded_pallet,
        ),  # fmt: skip
        free=(
            furniture.clutter,
            furniture.clutter,
            hall.trolley,
            hall.ladder,
            hall.barrels,
            chairs.stool,
            hall.loaded_pallet,
            hall.tripod,
            storage.metal_rack,
        ),  # fmt: skip
        on_walls=PLANT_WALL,
        openings=(opening.door, opening.doorway, opening.window),
        per_wall=(0.25, 0.7),
    ),
    'bathroom': RoomKind(
        share=0.05,
        length_m=(2.2, 4),
        width_m=(1.9, 3),
        height_m=(2.3, 2.8),
        first=(bathroom.basin, bathroom.toilet),
        at_walls=(
            bathroom.tub,
            bathroom.washing_machine,
            storage.cabinet,
            bathroom.towel_rail,
            bathroom.basin,
            storage.shelf,
        ),  # fmt: skip
        free=(furniture.clutter, chairs.stool),
        on_walls=(
            wall_thing.pipes,
            wall_thing.lining,
            wall_thing.hung_cupboard,
            wall_thing.sockets,
            wall_thing.coats,
            wall_thing.blank,
        ),  # fmt: skip
        openings=(opening.door, opening.window),
        per_wall=(0.3, 0.7),
        per_area=(0.0, 0.15),
    ),
}


@dataclass(frozen=True, kw_only=True)
class Wall:
    """One wall: its inner foot's middle, the yaw that turns local +y into the room, its length."""

    middle: tuple[float, float]
    yaw_rad: float
    length_m: float

    @property
    def is_along_x(self) -> bool:
        """Whether it runs along the room's x."""
        return abs(math.cos(self.yaw_rad)) > 0.5


@dataclass(frozen=True, kw_only=True)
class RoomPlan:
    """One room: its kind, its size [m], and how full it is, 0..1."""

    kind: RoomKind
    x_m: float
    y_m: float
    z_m: float
    fullness: float
    is_still_life: bool

    @classmethod
    def drawn(cls, draw: Draw) -> RoomPlan:
        """A random one."""
        kind = draw.weighted(KINDS.values(), [kind.share for kind in KINDS.values()])
        return cls(
            kind=kind,
            x_m=draw.log_uniform(*kind.length_m),
            y_m=draw.log_uniform(*kind.width_m),
            z_m=draw.uniform(*kind.height_m),
            fullness=draw.uniform(0, 1),
            is_still_life=draw.chance(0.22),
        )

    @property
    def walls(self) -> tuple[Wall, Wall, Wall, Wall]:
        """The four walls, counter-clockwise from the one at -y."""
        x, y = self.x_m / 2, self.y_m / 2
        return (
            Wall(middle=(0.0, -y), yaw_rad=0.0, length_m=self.x_m),
            Wall(middle=(x, 0.0), yaw_rad=math.pi / 2, length_m=self.y_m),
            Wall(middle=(0.0, y), yaw_rad=math.pi, length_m=self.x_m),
            Wall(middle=(-x, 0.0), yaw_rad=-math.pi / 2, length_m=self.y_m),
        )
