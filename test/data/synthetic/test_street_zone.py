import pytest
from solids import extent, seeded

from depth_nodes.data.synthetic import street_zone
from depth_nodes.data.synthetic.road_line import RoadLine
from depth_nodes.data.synthetic.street_plan import Side, StreetPlan
from depth_nodes.data.synthetic.street_zone import Plot, WIDTHS_M, Zone

HEAD_M = 2.0


def plot(sign: int) -> Plot:
    line = RoadLine.drawn(seeded(0), (-80, 250), 0.0, 0.0)
    assert line.is_flat
    side, other = (
        Side(
            sign=s,
            kerb_m=4.0,
            kerb_height_m=0.1,
            pavement_m=2.2,
            parking='none',
            parking_gap_m=10,
        )
        for s in (sign, -sign)
    )
    plan = StreetPlan(
        kind='residential',
        length_m=10.0,
        line=line,
        lane_m=3.0,
        own_lanes=(-1.5,),
        other_lanes=(1.5,),
        sides=(side, other) if sign > 0 else (other, side),
        traffic_gap_m=30,
        crossings=(),
        end_m=None,
        tree_spacing_m=20,
        person_spacing_m=20,
        camera_lane=-1.5,
    )
    return Plot(plan=plan, side=side, start_m=5.0, stop_m=22.0, lit_chance=0.0)


@pytest.mark.parametrize('sign', [1, -1])
@pytest.mark.parametrize('zone', WIDTHS_M)
def test_nothing_stands_on_the_road_or_in_the_neighbours_house(zone: Zone, sign: int) -> None:
    for seed in range(2):
        ground = plot(sign)
        left = sign * ground.plan.line.hand
        for part in zone(seeded(seed), ground):
            low, high = extent([part])
            nearest = low[1] if left > 0 else -high[1]
            assert low[2] > HEAD_M or nearest > ground.side.kerb_m
            assert low[2] > HEAD_M or (low[0] > -4 and high[0] < 31)


@pytest.mark.parametrize('zone', [street_zone.terrace, street_zone.block])
def test_houses_in_a_row_fill_their_plots(zone: Zone) -> None:
    low, high = extent(zone(seeded(1), plot(1)))
    assert low[0] == pytest.approx(5, abs=0.35)
    assert high[0] == pytest.approx(22, abs=0.35)


def test_town_fills_both_sides_from_end_to_end() -> None:
    ground = plot(-1)
    parts = street_zone.town_plots(seeded(2), ground.plan, ground.side, 0.0)
    low, high = extent(parts)
    assert low[0] < ground.plan.start_m + 15
    assert high[0] > ground.plan.stop_m - 15
