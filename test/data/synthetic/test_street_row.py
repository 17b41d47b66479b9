import pytest
from solids import extent, seeded

from depth_nodes.data.synthetic import street_row
from depth_nodes.data.synthetic.street_plan import PLANS, StreetPlan

MAKERS = {make.__name__.strip('_'): make for make in PLANS}


def straight(kind: str) -> StreetPlan:
    seed = 0
    while True:
        plan = MAKERS[kind](seeded(seed), 10.0)
        if plan.line.is_flat and abs(plan.line.heading).max() == 0:
            return plan
        seed += 1


@pytest.mark.parametrize('kind', ['residential', 'city', 'avenue'])
def test_pavement_things_leave_the_lanes_free(kind: str) -> None:
    """Only who crosses the road, ahead of the camera's drive, stands on it."""
    plan = straight(kind)
    for seed in range(3):
        for side in plan.sides:
            for part in street_row.pavement_row(seeded(seed), plan, side):
                low, high = extent([part])
                on_road = low[1] < 1.5 and high[1] > -1.5 and low[2] < 2.0
                is_driven = high[0] > -15 and low[0] < plan.length_m + 5
                assert not (on_road and is_driven)


def test_lamps_shine_at_night_only() -> None:
    plan = straight('city')
    for is_dark in (False, True):
        posts, lamps = street_row.street_lamps(seeded(1), plan, is_dark)
        assert len(posts) > 10
        assert bool(lamps) is is_dark
    assert all(5 < lamp.position[2] < 8 for lamp in lamps)


def test_wires_hang_over_the_lanes_higher_than_trucks() -> None:
    plan = straight('city')
    for part in street_row.overhead_wires(seeded(0), plan):
        low, high = extent([part])
        crosses = low[1] < plan.sides[0].kerb_m - 0.1 and high[1] > -plan.sides[1].kerb_m + 0.1
        assert not crosses or low[2] > 4.4 or high[2] < 0.02


def test_signals_stand_at_crossings() -> None:
    draw = seeded(0)
    plan = MAKERS['city'](draw, 10.0)
    while not plan.crossings:
        plan = MAKERS['city'](draw, 10.0)
    parts = [part for seed in range(8) for part in street_row.signals(seeded(seed), plan)]
    assert parts
    along = [at for at, _ in plan.crossings]
    middles = [plan.line.at(at, 0.0)[0] for at in along]
    reach = max(plan.sides[0].kerb_m, plan.sides[1].kerb_m) + 14
    for part in parts:
        assert min(abs(part.centre[0] - m[0]) + abs(part.centre[1] - m[1]) for m in middles) < (
            2 * reach
        )
