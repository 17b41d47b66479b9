import pytest
from solids import heights, seeded

from depth_nodes.data.synthetic import yard_object as things
from depth_nodes.data.synthetic.item import ItemBuilder

HEIGHTS_M = {
    things.any_tree: (2.5, 14.0),
    things.bench: (0.44, 1.1),
    things.bins: (0.7, 1.4),
    things.bicycles: (0.8, 1.3),
    things.people: (1.0, 2.05),
    things.flower_bed: (0.1, 1.4),
    things.wheelbarrow: (0.4, 1.1),
    things.washing_line: (1.4, 2.3),
    things.pergola: (2.0, 3.2),
    things.lamp_post: (0.8, 5.2),
    things.swing: (2.0, 2.7),
    things.slide: (1.0, 4.0),
    things.sand_pit: (0.1, 0.7),
}


@pytest.mark.parametrize('build', HEIGHTS_M)
@pytest.mark.parametrize('seed', range(4))
def test_things_have_real_heights(build: ItemBuilder, seed: int) -> None:
    least, most = HEIGHTS_M[build]
    assert least < heights(build(seeded(seed)).primitives)[1] < most


def test_a_tree_takes_no_more_floor_than_its_trunk() -> None:
    item = things.any_tree(seeded(0))
    assert max(item.width_m, item.depth_m) < 1.5
