import pytest
from solids import heights, seeded

from depth_nodes.data.synthetic import small_thing
from depth_nodes.data.synthetic.item import horizontal_bounds
from depth_nodes.data.synthetic.small_thing import Thing

SEEDS = range(4)


@pytest.mark.parametrize('thing', sorted(set(small_thing.THINGS), key=lambda t: t.__name__))
def test_small_things_are_small_and_lie_on_their_ground(thing: Thing) -> None:
    for seed in SEEDS:
        parts = thing(seeded(seed))
        assert -0.02 < heights(parts)[0] < 0.02
        low, high = horizontal_bounds(parts)
        assert 0.005 < max(high[0] - low[0], high[1] - low[1]) < 1.3
