import pytest
from solids import extent, heights, seeded

from depth_nodes.data.synthetic import kitchen
from depth_nodes.data.synthetic.kitchen import KitchenLook
from depth_nodes.data.synthetic.small_thing import Thing


@pytest.mark.parametrize('seed', range(4))
def test_hung_cupboards_leave_room_over_the_worktop(seed: int) -> None:
    look = KitchenLook.drawn(seeded(seed))
    assert 0.85 < look.top_m < 0.95
    assert look.hung_m - look.top_m > 0.4
    assert 0.5 < look.hung_top_m - look.hung_m < 0.9


@pytest.mark.parametrize('seed', range(4))
def test_a_row_is_made_of_whole_units(seed: int) -> None:
    item = kitchen.kitchen(seeded(seed))
    units = item.width_m / kitchen.UNIT_M
    assert units == pytest.approx(round(units))
    base = item.primitives[0]
    low, high = extent([base])
    assert high[0] - low[0] == pytest.approx(item.width_m)


@pytest.mark.parametrize('thing', kitchen.APPARATUS)
def test_apparatus_stands_upright(thing: Thing) -> None:
    for seed in range(4):
        parts = thing(seeded(seed))
        assert -0.03 < heights(parts)[0] < 0.02
        assert heights(parts)[1] < 0.9


def test_fridges_are_low_or_tall() -> None:
    for seed in range(6):
        case = kitchen.fridge(seeded(seed)).primitives[0]
        assert heights([case])[1] in (pytest.approx(0.86), pytest.approx(1.5), pytest.approx(1.85))
