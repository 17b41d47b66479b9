"""Laws that hold for every piece of furniture and machine in the catalogues."""

import pytest
from solids import heights, seeded

from depth_nodes.data.synthetic import room_plan, still_life, yard_plan
from depth_nodes.data.synthetic.item import horizontal_bounds, ItemBuilder

SEEDS = range(4)


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
        item = builder(seeded(seed))
        # Trunks, posts and bushes go into the earth; nothing floats.
        assert -0.5 < heights(item.primitives)[0] < 0.06
        if is_plant:
            continue  # leaves hang over
        low, high = horizontal_bounds(item.primitives)
        slack = 0.45  # handles, open drawers, what leans over the edge
        assert max(-low[0], high[0]) < item.width_m / 2 + slack
        assert max(-low[1], high[1]) < item.depth_m / 2 + slack
