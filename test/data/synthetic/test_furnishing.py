from solids import seeded

from depth_nodes.data.synthetic.furnishing import FloorSpace, furnish, MOST_PRIMITIVES
from depth_nodes.data.synthetic.item import Item
from depth_nodes.data.synthetic.room_plan import RoomPlan
from depth_nodes.data.synthetic.scene import box, Material

GREY = Material(pattern='noise', palette=((0.5, 0.5, 0.5),))
CUBE = Item(primitives=[box((-0.5, -0.5, 0), (0.5, 0.5, 1), GREY)], width_m=1.0, depth_m=1.0)


def test_items_do_not_overlap() -> None:
    space = FloorSpace()
    assert space.put(CUBE, (0.0, 0.0), 0.0, (1.0, 1.0))
    assert not space.put(CUBE, (0.9, 0.9), 0.0, (1.0, 1.0))
    assert space.put(CUBE, (1.0, 0.0), 0.0, (1.0, 1.0))
    assert len(space.taken) == len(space.primitives) == 2


def test_nothing_goes_through_the_ceiling() -> None:
    assert not FloorSpace(ceiling_m=0.9).put(CUBE, (0.0, 0.0), 0.0, (1.0, 1.0))
    assert FloorSpace(ceiling_m=1.1).put(CUBE, (0.0, 0.0), 0.0, (1.0, 1.0))


def test_a_space_is_crowded_when_it_holds_too_many_solids() -> None:
    space = FloorSpace(primitives=CUBE.primitives * MOST_PRIMITIVES)
    assert not space.is_crowded
    assert space.put(CUBE, (0.0, 0.0), 0.0, (1.0, 1.0))
    assert space.is_crowded


def test_furniture_stays_in_its_room() -> None:
    for seed in range(2):
        draw = seeded(seed)
        plan = RoomPlan.drawn(draw)
        for part in furnish(draw, plan, GREY, GREY):
            assert abs(part.centre[0]) < plan.x_m / 2 + 0.05
            assert abs(part.centre[1]) < plan.y_m / 2 + 0.05
            assert part.centre[2] < plan.z_m
