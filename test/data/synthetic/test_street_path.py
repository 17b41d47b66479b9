from dataclasses import replace
import math

import numpy as np
import pytest
from solids import seeded

from depth_nodes.data.synthetic.camera_path import FreeSpace
from depth_nodes.data.synthetic.ray_caster import cast
from depth_nodes.data.synthetic.street import build_street
from depth_nodes.data.synthetic.street_path import (
    Carrier,
    poses_along,
    street_path,
    street_views,
)
from depth_nodes.data.synthetic.street_plan import StreetPlan
from depth_nodes.messages.camera import Camera

MOST_NEAR = 0.4


@pytest.mark.parametrize('is_scattered', [False, True])
@pytest.mark.parametrize('seed', range(2))
def test_camera_is_outside_all_solids_and_sees_past_half_a_metre(
    seed: int, is_scattered: bool
) -> None:
    draw = seeded(seed)
    plan = StreetPlan.drawn(draw, 20.0)
    scene = build_street(draw, plan)
    poses = (street_views if is_scattered else street_path)(draw, scene, plan, 4)
    space = FreeSpace(scene)
    for pose in poses:
        assert space.clearance(pose[:3, 3]) > 0.1
        depth = cast(scene.primitives, Camera.from_fov(24, 14, 80.0), pose).depth
        assert (depth < 0.5).mean() < MOST_NEAR


def test_most_cameras_are_on_cars_and_look_ahead() -> None:
    plan = StreetPlan.drawn(seeded(0), 20.0)
    draw = seeded(1)
    carriers = [Carrier.drawn(draw, plan) for _ in range(400)]
    ahead = [
        abs(carrier.gaze.yaw) < 0.4 and 1.15 < carrier.height_m < 1.95 for carrier in carriers
    ]
    assert 0.6 < np.mean(ahead) < 0.9
    assert min(carrier.height_m for carrier in carriers) < 0.8
    assert max(carrier.height_m for carrier in carriers) > 2.2


def test_path_advances_evenly_along_the_road() -> None:
    draw = seeded(3)
    plan = StreetPlan.drawn(draw, 18.0)
    poses = street_path(draw, build_street(draw, plan), plan, 10)
    steps = np.linalg.norm(np.diff([pose[:3, 3] for pose in poses], axis=0), axis=1)
    np.testing.assert_allclose(steps, 2.0, atol=0.35)


def test_height_is_measured_from_the_road() -> None:
    draw = seeded(4)
    plan = StreetPlan.drawn(draw, 20.0)
    carrier = replace(Carrier.car(draw, plan), height_m=1.65)
    along = np.array([0.0, 10.0, 20.0])
    heights = [pose[2, 3] for pose in poses_along(plan, carrier, along)]
    ground = plan.line.points(along, carrier.across_m)[0][:, 2]
    np.testing.assert_allclose(heights - ground, 1.65)


def test_turned_around_looks_back_from_the_other_lane() -> None:
    draw = seeded(0)
    plan = StreetPlan.drawn(draw, 20.0)
    while not plan.other_lanes:
        plan = StreetPlan.drawn(draw, 20.0)
    carrier = Carrier.car(draw, plan)
    back = carrier.turned_around(plan)
    assert back.across_m in plan.other_lanes
    assert math.cos(back.gaze.yaw - carrier.gaze.yaw) == pytest.approx(-1)
