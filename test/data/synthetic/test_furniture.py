"""Laws that hold for every piece of furniture, thing and machine in the catalogues."""

import numpy as np
import pytest

from depth_nodes.data.synthetic import (
    arrangement,
    kitchen,
    room_plan,
    small_thing,
    still_life,
    yard_plan,
)
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.item import horizontal_bounds, ItemBuilder
from depth_nodes.data.synthetic.scene import Material, Primitive
from depth_nodes.data.synthetic.small_thing import Thing
from depth_nodes.data.synthetic.wall_thing import WallBuilder

GREY = Material(pattern='noise', palette=((0.5, 0.5, 0.5),))
SEEDS = range(4)


def drawn(seed: int) -> Draw:
    return Draw(np.random.default_rng(seed))


def heights(parts: list[Primitive]) -> tuple[float, float]:
    """Lowest and highest point of the solids; exact for boxes, rods and ellipsoids."""
    levels = []
    for part in parts:
        row = part.world_from_object[2] * part.half_size
        if part.shape == 'ellipsoid':
            reach = np.linalg.norm(row)
        elif part.shape == 'cylinder':
            reach = np.linalg.norm(row[:2]) + abs(row[2])
        else:
            reach = np.abs(row).sum()
        levels += [part.centre[2] - reach, part.centre[2] + reach]
    return float(min(levels)), float(max(levels))


def catalogue() -> dict[str, ItemBuilder]:
    builders: list[ItemBuilder] = [still_life.still_life]
    for room in room_plan.KINDS.values():
        builders += [*room.first, *room.at_walls, *room.free]
    for yard in yard_plan.KINDS.values():
        builders += [*yard.first, *yard.free]
    return {builder.__name__: builder for builder in builders}


@pytest.mark.parametrize('builder', catalogue().values(), ids=catalogue().keys())
def test_items_stand_on_the_floor_within_their_place(builder: ItemBuilder) -> None:
    is_plant = builder.__name__ in {'any_tree', 'plant', 'bush', 'hedge'}
    for seed in SEEDS:
        item = builder(drawn(seed))
        # Trunks, posts and bushes go into the earth; nothing floats.
        assert -0.5 < heights(item.primitives)[0] < 0.06
        if is_plant:
            continue  # leaves hang over
        low, high = horizontal_bounds(item.primitives)
        slack = 0.45  # handles, open drawers, what leans over the edge
        assert max(-low[0], high[0]) < item.width_m / 2 + slack
        assert max(-low[1], high[1]) < item.depth_m / 2 + slack


@pytest.mark.parametrize('thing', sorted(set(small_thing.THINGS), key=lambda t: t.__name__))
def test_small_things_are_small_and_lie_on_their_ground(thing: Thing) -> None:
    for seed in SEEDS:
        parts = thing(drawn(seed))
        assert -0.02 < heights(parts)[0] < 0.02
        low, high = horizontal_bounds(parts)
        assert 0.005 < max(high[0] - low[0], high[1] - low[1]) < 1.3


@pytest.mark.parametrize('thing', [*still_life.STAGED, *kitchen.APPARATUS])
def test_staged_things_and_apparatus_stand_upright(thing: Thing) -> None:
    for seed in SEEDS:
        parts = thing(drawn(seed))
        assert -0.03 < heights(parts)[0] < 0.02
        assert heights(parts)[1] < 0.9


def wall_things() -> set[WallBuilder]:
    return {thing for kind in room_plan.KINDS.values() for thing in kind.on_walls}


@pytest.mark.parametrize('thing', sorted(wall_things(), key=lambda t: t.__name__))
def test_what_hangs_on_walls_keeps_to_its_side_and_below_the_ceiling(thing: WallBuilder) -> None:
    for seed in SEEDS:
        parts = thing(drawn(seed), 1.2, 2.6)
        if not parts:
            continue
        low, high = horizontal_bounds(parts)
        assert low[1] > -0.11
        assert high[1] < 0.6
        assert max(-low[0], high[0]) < 1.0
        assert heights(parts)[0] > -0.02
        assert heights(parts)[1] < 2.75


def test_things_lie_on_the_surface_without_overlap() -> None:
    cubes: list[Thing] = [
        lambda draw: [
            Primitive(
                shape='box', centre=(0, 0, 0.05), half_size=(0.05, 0.05, 0.05), material=GREY
            )
        ]
    ]
    parts = arrangement.things_on(drawn(0), (1.0, 0.6, 0.7), 60, cubes)
    assert 10 < len(parts) < 60
    places = np.array([part.centre for part in parts])
    assert np.abs(places[:, 0]).max() < 0.5
    assert np.abs(places[:, 1]).max() < 0.3
    np.testing.assert_allclose(places[:, 2], 0.75)
    gaps = np.linalg.norm(places[:, None] - places[None], axis=2) + np.eye(len(places))
    assert gaps.min() > 0.08


def test_some_things_have_the_material_of_what_they_lie_on() -> None:
    parts = arrangement.things_on(drawn(1), (30.0, 30.0, 0.0), 400, [small_thing.cup], GREY)
    share = np.mean([part.material == GREY for part in parts])
    assert share == pytest.approx(arrangement.SHARED_MATERIAL, abs=0.07)


def test_sheets_may_overlap_but_never_lie_in_one_plane() -> None:
    parts = arrangement.things_on(drawn(2), (0.4, 0.4, 0.0), 12, [small_thing.sheet])
    tops = [round(part.centre[2] + part.half_size[2], 6) for part in parts]
    assert len(set(tops)) == len(tops) > 6
