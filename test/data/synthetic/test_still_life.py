import pytest
from solids import heights, seeded

from depth_nodes.data.synthetic import still_life
from depth_nodes.data.synthetic.small_thing import Thing


@pytest.mark.parametrize('thing', sorted(set(still_life.STAGED), key=lambda one: one.__name__))
def test_staged_things_stand_upright(thing: Thing) -> None:
    for seed in range(4):
        parts = thing(seeded(seed))
        assert -0.03 < heights(parts)[0] < 0.02
        assert heights(parts)[1] < 0.9


@pytest.mark.parametrize('seed', range(6))
def test_a_still_life_is_a_full_table(seed: int) -> None:
    item = still_life.still_life(seeded(seed))
    board = item.primitives[0]
    top = board.centre[2] + board.half_size[2]
    assert 0.6 < top < 0.85
    assert (item.width_m, item.depth_m) == pytest.approx(
        (2 * board.half_size[0], 2 * board.half_size[1])
    )
    on_it = [part for part in item.primitives if part.centre[2] > top]
    assert len(on_it) > 10
