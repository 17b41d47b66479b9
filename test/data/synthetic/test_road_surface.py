import numpy as np
import pytest
from solids import seeded

from depth_nodes.data.synthetic.ray_caster import cast
from depth_nodes.data.synthetic.road_surface import PAINT_M, road_surface, zebra
from depth_nodes.data.synthetic.scene import Primitive
from depth_nodes.data.synthetic.street_material import flat
from depth_nodes.data.synthetic.street_plan import PLANS, StreetPlan
from depth_nodes.messages.camera import Camera

ABOVE_M = 3.0


def height(parts: list[Primitive], plan: StreetPlan, along: float, across: float) -> float:
    """Of the uppermost surface over the road's line there [m]."""
    (x, y, z), _ = plan.line.at(along, across)
    pose = np.eye(4)
    pose[:3, :3] = np.diag([1.0, -1.0, -1.0])
    pose[:3, 3] = x, y, z + ABOVE_M
    return ABOVE_M - float(cast(parts, Camera.from_fov(1, 1, 1.0), pose).depth[0, 0])


@pytest.mark.parametrize('make', dict.fromkeys(PLANS))
@pytest.mark.parametrize('seed', range(3))
def test_lanes_are_at_zero_and_pavements_at_the_kerbs_height(make: object, seed: int) -> None:
    plan = make(seeded(seed), 15.0)
    parts = road_surface(seeded(seed), plan, 0.0)
    own = plan.sides[1]
    for along in (1.0, 17.0, 33.0):
        if not plan.is_open(along, 4.0):
            continue
        for lane in (*plan.own_lanes, *plan.other_lanes):
            assert height(parts, plan, along, lane) == pytest.approx(0, abs=0.02)
        pavement = height(parts, plan, along, -own.kerb_m - own.pavement_m / 2)
        assert pavement == pytest.approx(own.kerb_height_m, abs=0.03)


def test_land_reaches_the_horizon_and_casts_no_shadow() -> None:
    parts = road_surface(seeded(0), StreetPlan.drawn(seeded(0), 10.0), 0.0)
    assert max(part.half_size[0] for part in parts) > 1000
    assert not any(part.casts_shadow for part in parts)


def test_zebra_lies_flat_across_the_road() -> None:
    plan = StreetPlan.drawn(seeded(1), 10.0)
    stripes = zebra(plan, 5.0, flat((0.9, 0.9, 0.9)))
    width = plan.sides[0].kerb_m + plan.sides[1].kerb_m
    assert len(stripes) == pytest.approx(width, abs=2)
    assert max(stripe.half_size[2] for stripe in stripes) <= PAINT_M
