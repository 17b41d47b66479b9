import numpy as np
import pytest
from solids import seeded

from depth_nodes.data.synthetic.street_plan import PLANS, StreetPlan


def plans(num: int) -> list[StreetPlan]:
    draw = seeded(0)
    return [StreetPlan.drawn(draw, 15.0) for _ in range(num)]


def test_kinds_come_as_often_as_their_shares() -> None:
    kinds = [plan.kind for plan in plans(400)]
    for maker in dict.fromkeys(PLANS):
        kind = maker(seeded(0), 10.0).kind
        assert kinds.count(kind) / 400 == pytest.approx(PLANS.count(maker) / len(PLANS), abs=0.08)


def test_lanes_lie_on_the_road_on_their_own_side() -> None:
    for plan in plans(60):
        other, own = plan.sides
        assert all(-own.kerb_m < lane < 0 for lane in plan.own_lanes)
        assert all(0 < lane < other.kerb_m for lane in plan.other_lanes)
        assert -own.kerb_m + 0.7 < plan.camera_lane < other.kerb_m


def test_intervals_leave_out_the_crossings_and_nothing_else() -> None:
    for plan in plans(60):
        along = np.linspace(plan.start_m + 2, plan.stop_m - 2, 300)
        for at in along:
            is_built = any(start <= at <= stop for start, stop in plan.intervals(0.0))
            assert is_built or not plan.is_open(float(at), 1.1)


def test_some_streets_end_in_view_and_some_bend() -> None:
    many = plans(200)
    ends = [plan.end_m is not None for plan in many]
    bends = [np.ptp(plan.line.heading) > 0.3 for plan in many]
    slopes = [not plan.line.is_flat for plan in many]
    assert 0.08 < np.mean(ends) < 0.3
    assert 0.1 < np.mean(bends) < 0.6
    assert 0.15 < np.mean(slopes) < 0.5
    assert not any(bend and slope for bend, slope in zip(bends, slopes, strict=True))
