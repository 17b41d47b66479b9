"""Kinds of yards: size, ground, what stands in them and what surrounds them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from depth_nodes.data.synthetic import furniture, hall, street_material, yard_edge, yard_machine
from depth_nodes.data.synthetic import yard_object as things
from depth_nodes.data.synthetic.draw import Draw, Span
from depth_nodes.data.synthetic.item import ItemBuilder
from depth_nodes.data.synthetic.scene import Material
from depth_nodes.data.synthetic.yard_edge import EdgeBuilder


@dataclass(frozen=True, kw_only=True)
class YardKind:
    """Spans [m] and catalogues of one kind of yard.

    Attributes:
        share: how often it comes.
        spacing_m: the free items have about this much room each, squared.
        hilliness: chance of a mound, and of one more.
    """

    share: float
    length_m: Span
    width_m: Span
    grounds: tuple[Callable[[Draw], Material], ...]
    edges: tuple[EdgeBuilder, ...]
    first: tuple[ItemBuilder, ...]
    free: tuple[ItemBuilder, ...]
    spacing_m: Span
    hilliness: float = 0.0


KINDS: dict[str, YardKind] = {
    'courtyard': YardKind(
        share=0.2,
        length_m=(12, 32),
        width_m=(9, 24),
        grounds=(
            street_material.pavement,
            street_material.pavement,
            street_material.asphalt,
            street_material.earth,
        ),  # fmt: skip
        edges=(
            yard_edge.houses,
            yard_edge.houses,
            yard_edge.houses,
            yard_edge.wall,
            yard_edge.board_fence,
            yard_edge.barn,
        ),  # fmt: skip
        first=(things.bicycles, things.bins),
        free=(
            things.bicycles,
            things.bins,
            things.bench,
            things.garden_table,
            things.any_tree,
            things.bush,
            things.flower_bed,
            yard_machine.parked_car,
            yard_machine.shed,
            furniture.plant,
            furniture.clutter,
            things.people,
            things.washing_line,
            things.lamp_post,
            hall.ladder,
            things.statue,
        ),  # fmt: skip
        spacing_m=(3, 7),
    ),
    'garden': YardKind(
        share=0.22,
        length_m=(10, 30),
        width_m=(9, 24),
        grounds=(
            street_material.lawn,
            street_material.lawn,
            street_material.lawn,
            street_material.earth,
        ),  # fmt: skip
        edges=(
            yard_edge.hedge,
            yard_edge.hedge,
            yard_edge.board_fence,
            yard_edge.houses,
            yard_edge.bar_fence,
            yard_edge.grove,
            yard_edge.wall,
        ),  # fmt: skip
        first=(things.garden_table, yard_machine.shed),
        free=(
            things.any_tree,
            things.any_tree,
            things.bush,
            things.bush,
            things.flower_bed,
            things.flower_bed,
            things.garden_table,
            things.washing_line,
            things.wheelbarrow,
            things.wood_pile,
            things.rocks,
            things.pergola,
            things.swing,
            things.hedge,
            things.bench,
            yard_machine.shed,
            things.people,
            things.bins,
            furniture.clutter,
        ),  # fmt: skip
        spacing_m=(2.5, 6),
        hilliness=0.4,
    ),
    'park': YardKind(
        share=0.18,
        length_m=(35, 80),
        width_m=(30, 60),
        grounds=(street_material.lawn,),
        edges=(
            yard_edge.grove,
            yard_edge.grove,
            yard_edge.open_edge,
            yard_edge.hedge,
            yard_edge.bar_fence,
            yard_edge.houses,
        ),  # fmt: skip
        first=(things.statue, things.bench, things.lamp_post),
        free=(
            things.any_tree,
            things.any_tree,
            things.any_tree,
            things.any_tree,
            things.bush,
            things.bench,
            things.bench,
            things.lamp_post,
            things.bins,
            things.people,
            things.people,
            things.rocks,
            things.hedge,
            things.bicycles,
        ),  # fmt: skip
        spacing_m=(5, 11),
        hilliness=0.6,
    ),
    'playground': YardKind(
        share=0.1,
        length_m=(18, 45),
        width_m=(15, 35),
        grounds=(street_material.earth, street_material.lawn, street_material.pavement),
        edges=(
            yard_edge.bar_fence,
            yard_edge.hedge,
            yard_edge.houses,
            yard_edge.grove,
            yard_edge.board_fence,
        ),  # fmt: skip
        first=(things.slide, things.swing, things.climbing_frame, things.sand_pit),
        free=(
            things.slide,
            things.swing,
            things.climbing_frame,
            things.seesaw,
            things.sand_pit,
            things.bench,
            things.any_tree,
            things.bins,
            things.people,
            things.bush,
            things.bicycles,
        ),  # fmt: skip
        spacing_m=(4, 8),
        hilliness=0.3,
    ),
    'parking': YardKind(
        share=0.12,
        length_m=(35, 80),
        width_m=(28, 60),
        grounds=(street_material.asphalt, street_material.asphalt, street_material.pavement),
        edges=(
            yard_edge.industrial,
            yard_edge.houses,
            yard_edge.hedge,
            yard_edge.open_edge,
            yard_edge.bar_fence,
            yard_edge.grove,
        ),  # fmt: skip
        first=(yard_machine.car_row, yard_machine.car_row, yard_machine.car_row),
        free=(
            yard_machine.car_row,
            yard_machine.car_row,
            things.lamp_post,
            things.any_tree,
            things.people,
            yard_machine.barrier,
            things.bins,
            yard_machine.parked_van,
            hall.trolley,
        ),  # fmt: skip
        spacing_m=(7, 14),
    ),
    'warehouse': YardKind(
        share=0.12,
        length_m=(30, 70),
        width_m=(25, 50),
        grounds=(street_material.asphalt, street_material.pavement, street_material.earth),
        edges=(
            yard_edge.industrial,
            yard_edge.industrial,
            yard_edge.bar_fence,
            yard_edge.wall,
            yard_edge.open_edge,
        ),  # fmt: skip
        first=(yard_machine.container, yard_machine.forklift, yard_machine.container),
        free=(
            yard_machine.container,
            hall.loaded_pallet,
            hall.loaded_pallet,
            hall.loaded_pallet,
            yard_machine.forklift,
            yard_machine.parked_van,
            yard_machine.skip,
            yard_machine.barrier,
            hall.barrels,
            hall.railing,
            hall.trolley,
            things.people,
            things.lamp_post,
            yard_machine.parked_car,
            hall.net_wall,
        ),  # fmt: skip
        spacing_m=(4.5, 9),
    ),
    'farm': YardKind(
        share=0.1,
        length_m=(25, 55),
        width_m=(20, 45),
        grounds=(
            street_material.earth,
            street_material.earth,
            street_material.pavement,
            street_material.lawn,
        ),  # fmt: skip
        edges=(
            yard_edge.barn,
            yard_edge.barn,
            yard_edge.rail_fence,
            yard_edge.houses,
            yard_edge.grove,
        ),  # fmt: skip
        first=(yard_machine.tractor, yard_machine.hay_bales),
        free=(
            yard_machine.hay_bales,
            yard_machine.tractor,
            yard_machine.trailer,
            things.wood_pile,
            hall.barrels,
            things.any_tree,
            things.bush,
            yard_machine.shed,
            hall.loaded_pallet,
            things.rocks,
            things.people,
            things.wheelbarrow,
            yard_machine.parked_car,
        ),  # fmt: skip
        spacing_m=(4, 9),
        hilliness=0.4,
    ),
}


@dataclass(frozen=True, kw_only=True)
class YardPlan:
    """One yard: its kind, and its half sizes and spacing [m]."""

    kind: YardKind
    half_m: tuple[float, float]
    spacing_m: float

    @classmethod
    def drawn(cls, draw: Draw) -> YardPlan:
        """A random one."""
        kind = draw.weighted(KINDS.values(), [kind.share for kind in KINDS.values()])
        half = (draw.log_uniform(*kind.length_m) / 2, draw.log_uniform(*kind.width_m) / 2)
        return cls(kind=kind, half_m=half, spacing_m=draw.log_uniform(*kind.spacing_m))
