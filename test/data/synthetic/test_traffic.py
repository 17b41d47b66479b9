from dataclasses import replace

import numpy as np
import pytest
from solids import extent, seeded

from depth_nodes.data.synthetic.road_line import RoadLine
from depth_nodes.data.synthetic.scene import Primitive
from depth_nodes.data.synthetic.street_plan import Side, StreetPlan
from depth_nodes.data.synthetic.traffic import moving_traffic, parked_cars


def plan(parking: str) -> StreetPlan:
    line = RoadLine.drawn(seeded(0), (-80, 250), 0.0, 0.0)
    sides = tuple(
        Side(
            sign=sign,
            kerb_m=5.0,
            kerb_height_m=0.1,
            pavement_m=2.0,
            parking=parking,
            parking_gap_m=2.0,
        )
        for sign in (1, -1)
    )
    return StreetPlan(
        kind='residential',
        length_m=12.0,
        line=line,
        lane_m=3.0,
        own_lanes=(-1.5,),
        other_lanes=(1.5,),
        sides=(sides[0], sides[1]),
        traffic_gap_m=20.0,
        crossings=((40.0, 8.0),),
        end_m=None,
        tree_spacing_m=20.0,
        person_spacing_m=20.0,
        camera_lane=-1.5,
    )


def inside(parts: list[Primitive], along: tuple[float, float], across: tuple[float, float]) -> int:
    """How many solids' middles are in a stretch of a straight street; across is signed."""
    centres = np.array([part.centre for part in parts])
    y = centres[:, 1]
    found = (centres[:, 0] > along[0]) & (centres[:, 0] < along[1])
    return int((found & (y > across[0]) & (y < across[1])).sum())


@pytest.mark.parametrize(('parking', 'reach'), [('lane', 5.25), ('half', 6.5), ('bay', 10.2)])
def test_parked_cars_stand_where_they_may(parking: str, reach: float) -> None:
    street = plan(parking)
    for side in street.sides:
        parts = parked_cars(seeded(1), street, side)
        assert len(parts) > 100
        low, high = extent(parts)
        assert max(abs(low[1]), abs(high[1])) < reach
        assert inside(parts, (-100, 300), (-2.7, 2.7)) == 0, 'the lanes are free'
        assert inside(parts, (37.0, 43.0), (-20, 20)) == 0, 'the crossing is free'


def test_nobody_parks_where_it_is_forbidden() -> None:
    street = plan('none')
    assert parked_cars(seeded(1), street, street.sides[0]) == []


@pytest.mark.parametrize('seed', range(5))
def test_own_lane_is_free_where_the_camera_drives(seed: int) -> None:
    street = plan('none')
    parts = moving_traffic(seeded(seed), street, are_lights_on=False)
    own = -1.5 * street.line.hand
    assert inside(parts, (-1.0, 16.5), (own - 1.0, own + 1.0)) == 0


def test_dense_streets_have_more_vehicles() -> None:
    street = plan('none')
    sparse, dense = (
        len(moving_traffic(seeded(2), replace(street, traffic_gap_m=gap), are_lights_on=False))
        for gap in (100.0, 6.0)
    )
    assert dense > 2 * sparse
