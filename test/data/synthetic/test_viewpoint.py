import math

import numpy as np
import pytest
from solids import clip_config, seeded

from depth_nodes.data.synthetic.camera_path import Gaze
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.scene import box, Light, Material, Scene
from depth_nodes.data.synthetic.viewpoint import (
    best_viewpoint,
    Carrier,
    gaze_towards,
    path_from,
    Surroundings,
    Viewpoint,
)
from depth_nodes.data.synthetic.yard_ground import Ground

GREY = Material(pattern='noise', palette=((0.5, 0.5, 0.5),))
LIGHT = Light(towards_sun=(0, 0, 1), sun=(1, 1, 1), ambient_up=(1, 1, 1), ambient_down=(1, 1, 1))
ROBOT = Carrier(
    height_m=(0.5, 1.0), clearance_m=0.4, speed_mps=(0.5, 1.0), pitch_deg=(-10, 10), is_robot=True
)
HIGH = (5.0, 5.0, 2.5)


@pytest.fixture(scope='module')
def around() -> Surroundings:
    """A room of 10 m with a wall at its end and a block in the middle."""
    solids = (
        box((-5, -5, -0.5), (5, 5, 0), GREY),
        box((4.8, -5, 0), (5, 5, 2.5), GREY),
        box((-0.5, -0.5, 0), (0.5, 0.5, 1.5), GREY),
    )
    scene = Scene(primitives=solids, light=LIGHT, interior=((-5.0, -5.0, 0.0), HIGH))
    return Surroundings(scene, Ground(solids[:1]), near_m=1.0)


def at(x: float, y: float, z: float, yaw: float = 0.0) -> Viewpoint:
    return Viewpoint(position=np.array([x, y, z]), gaze=Gaze(yaw=yaw), carrier=ROBOT)


def test_the_ground_is_no_obstacle_but_solids_and_walls_are(around: Surroundings) -> None:
    assert around.clearance(np.array([-3.0, 0, 0.2])) == pytest.approx(2.0)
    assert around.clearance(np.array([-1.5, 0, 0.2])) == pytest.approx(1.0)
    assert around.clearance(np.array([0.0, 0, 0.7])) < 0


def test_a_view_too_near_to_a_solid_is_of_no_interest(around: Surroundings) -> None:
    assert around.interest(at(-3, 0.1, 0.8)) > 0
    assert around.interest(at(-0.8, 0.1, 0.8)) == 0


def test_free_points_keep_the_clearance(around: Surroundings) -> None:
    draw = seeded(0)
    for _ in range(50):
        point = around.free_point(draw, ROBOT)
        assert around.clearance(point) > ROBOT.clearance_m
        assert ROBOT.height_m[0] <= point[2] <= ROBOT.height_m[1]


def test_what_is_looked_at_is_in_reach(around: Surroundings) -> None:
    thing = around.thing_nearby(seeded(0), np.array([-3.0, 0, 1.0]), (1.0, 4.0))
    np.testing.assert_allclose(thing, (0, 0, 0.75))
    assert around.thing_nearby(seeded(0), np.array([-3.0, 0, 1.0]), (0.1, 0.2)) is None


def test_gazes_keep_to_what_the_carrier_can() -> None:
    for seed in range(20):
        gaze = gaze_towards(seeded(seed), ROBOT, np.array([0.0, 2.0, 0.0]), 40.0, roll_share=1.0)
        assert math.degrees(gaze.pitch) == pytest.approx(10)
        assert abs(math.degrees(gaze.roll)) <= 25
        assert gaze.yaw == pytest.approx(math.pi / 2, abs=0.6)


def test_the_second_proposal_takes_over_where_the_first_finds_nothing(
    around: Surroundings,
) -> None:
    def inside(draw: Draw, around: Surroundings) -> Viewpoint:
        return at(0, 0, 0.5)

    def free(draw: Draw, around: Surroundings) -> Viewpoint:
        return at(-3, 0.1, 0.8)

    found = best_viewpoint(seeded(0), around, (inside, free))
    assert found.position[0] == -3
    assert best_viewpoint(seeded(0), around, (inside, inside)).position[0] == 0


def test_paths_begin_at_the_view_and_keep_clear(around: Surroundings) -> None:
    for seed in range(5):
        start = at(-3, 0.1, 0.8)
        poses = path_from(seeded(seed), around, start, clip_config(20))
        np.testing.assert_allclose(poses[0], start.pose, atol=1e-12)
        assert len(poses) == 20
        assert min(around.clearance(pose[:3, 3]) for pose in poses) > ROBOT.clearance_m - 0.04
        steps = np.linalg.norm(np.diff([pose[:3, 3] for pose in poses], axis=0), axis=1)
        assert steps.max() < 0.25


def test_frames_of_a_path_can_be_that_far_apart(around: Surroundings) -> None:
    for seed in range(5):
        poses = path_from(seeded(seed), around, at(-3, 0.1, 0.8), clip_config(6, 0.1))
        steps = np.linalg.norm(np.diff([pose[:2, 3] for pose in poses], axis=0), axis=1)
        assert 0.03 < steps.mean() <= 0.1001
        np.testing.assert_allclose(steps, steps.mean(), rtol=1e-6)
        assert min(around.clearance(pose[:3, 3]) for pose in poses) > ROBOT.clearance_m - 0.04
