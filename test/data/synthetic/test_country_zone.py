import numpy as np
import pytest
from solids import extent, seeded

from depth_nodes.data.synthetic import country_zone
from depth_nodes.data.synthetic.street_material import flat
from depth_nodes.data.synthetic.street_plan import PLANS, StreetPlan

GREY = flat((0.5, 0.5, 0.5))
STRETCHES = [
    country_zone.wood,
    country_zone.tree_row,
    country_zone.bank,
    country_zone.crop,
    country_zone.farm,
    country_zone.sound_wall,
    country_zone.guard_rail,
]


def country(seed: int) -> StreetPlan:
    """A straight, level country road."""
    while True:
        plan = next(make for make in PLANS if make.__name__ == '_country')(seeded(seed), 10.0)
        if plan.line.is_flat and np.ptp(plan.line.heading) == 0:
            return plan
        seed += 100


@pytest.mark.parametrize('stretch', STRETCHES)
@pytest.mark.parametrize('seed', range(3))
def test_nothing_grows_on_the_road(stretch: object, seed: int) -> None:
    plan = country(seed)
    side = plan.sides[1]
    left = side.sign * plan.line.hand
    for part in stretch(seeded(seed), plan, side, (5.0, 60.0)):
        low, high = extent([part])
        nearest = low[1] if left > 0 else -high[1]
        assert low[2] > 2.0 or nearest > side.kerb_m - 0.05


def test_cable_hangs_between_its_poles() -> None:
    plan = country(0)
    wires = country_zone.cable(plan, (0.0, 30.0), 5.0, 8.0, GREY)
    low, high = extent(wires)
    assert high[2] == pytest.approx(7.5, abs=0.1)
    assert 6.5 < low[2] < 7.2
    assert high[0] - low[0] == pytest.approx(30, abs=0.1)


def test_other_carriageway_lies_beyond_the_median() -> None:
    make = next(make for make in PLANS if make.__name__ == '_motorway')
    plan = make(seeded(1), 10.0)
    parts = country_zone.median(seeded(2), plan, are_lights_on=False)
    for part in parts:
        away = np.hypot(plan.line.x - part.centre[0], plan.line.y - part.centre[1])
        assert away.min() > plan.sides[0].kerb_m - 0.1
    assert len(parts) > 50
