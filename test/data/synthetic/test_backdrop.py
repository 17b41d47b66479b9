import numpy as np
import pytest
from solids import extent, seeded

from depth_nodes.data.synthetic.backdrop import backdrop, end_row
from depth_nodes.data.synthetic.street_plan import PLANS, StreetPlan


@pytest.mark.parametrize('make', dict.fromkeys(PLANS))
def test_stays_away_from_the_road_and_stands_all_around(make: object) -> None:
    plan = make(seeded(3), 10.0)
    parts = [part for part in backdrop(seeded(3), plan) if max(part.half_size) < 100]
    drivable = (plan.line.along > plan.start_m) & (plan.line.along < plan.stop_m - 2)
    x, y = plan.line.x[drivable], plan.line.y[drivable]
    angles = []
    for part in parts:
        assert np.hypot(x - part.centre[0], y - part.centre[1]).min() > 4
        angles.append(np.arctan2(part.centre[1], part.centre[0]))
    found, _ = np.histogram(angles, 8, (-np.pi, np.pi))
    assert (found > 0).sum() >= 6


def test_a_street_that_ends_has_houses_across_its_end() -> None:
    draw = seeded(0)
    plan = StreetPlan.drawn(draw, 10.0)
    while plan.end_m is None:
        plan = StreetPlan.drawn(draw, 10.0)
    parts = end_row(draw, plan, 0.0)
    end = np.array(plan.line.at(plan.end_m, 0.0)[0])
    low, high = extent(parts)
    assert np.linalg.norm(high[:2] - low[:2]) > 60
    nearest = min(np.linalg.norm(np.array(part.centre)[:2] - end[:2]) for part in parts)
    assert nearest < 25


def test_other_streets_go_on() -> None:
    draw = seeded(1)
    plan = StreetPlan.drawn(draw, 10.0)
    while plan.end_m is not None:
        plan = StreetPlan.drawn(draw, 10.0)
    assert end_row(draw, plan, 0.0) == []
