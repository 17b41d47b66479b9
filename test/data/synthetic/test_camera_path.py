import math

import numpy as np
import pytest

from depth_nodes.data.synthetic.camera_path import (
    FreeSpace,
    Gaze,
    pose_from_gaze,
    sway,
    there_and_back,
)
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.scene import (
    box,
    Light,
    Material,
    placed,
    Scene,
)

GREY = Material(pattern='noise', palette=((0.5, 0.5, 0.5), (0.6, 0.6, 0.6)))
LIGHT = Light(
    towards_sun=(0.0, 0.0, 1.0), sun=(1, 1, 1), ambient_up=(1, 1, 1), ambient_down=(1, 1, 1)
)


def test_camera_axes_are_right_down_forward() -> None:
    pose = pose_from_gaze(np.array([1.0, 2.0, 3.0]), Gaze(yaw=0.0))
    np.testing.assert_allclose(pose[:3, 0], [0, -1, 0], atol=1e-15)
    np.testing.assert_allclose(pose[:3, 1], [0, 0, -1], atol=1e-15)
    np.testing.assert_allclose(pose[:3, 2], [1, 0, 0], atol=1e-15)
    np.testing.assert_allclose(pose[:3, 3], [1, 2, 3])


def test_pitch_raises_the_gaze_and_yaw_turns_it_left() -> None:
    pose = pose_from_gaze(np.zeros(3), Gaze(yaw=math.pi / 2, pitch=0.3))
    np.testing.assert_allclose(pose[:3, 2], [0, math.cos(0.3), math.sin(0.3)], atol=1e-15)


def test_roll_turns_the_camera_clockwise() -> None:
    pose = pose_from_gaze(np.zeros(3), Gaze(yaw=0.0, roll=0.2))
    np.testing.assert_allclose(pose[:3, 0], [0, -math.cos(0.2), -math.sin(0.2)], atol=1e-15)


def test_clearance_is_the_distance_to_a_box() -> None:
    solids = placed([box((-1, -2, 0), (1, 2, 1), GREY)], (5.0, 0.0, 0.0), math.pi / 2)
    space = FreeSpace(Scene(primitives=tuple(solids), light=LIGHT))
    assert space.clearance(np.array([5.0, 4.0, 0.5])) == pytest.approx(3)
    assert space.clearance(np.array([10.0, 5.0, 0.5])) == pytest.approx(5)
    assert space.clearance(np.array([5.0, 0.0, 0.9])) == pytest.approx(-0.1)


def test_the_ground_of_a_robot_is_no_obstacle() -> None:
    floor, crate = box((-9, -9, -1), (9, 9, 0), GREY), box((1, -1, 0), (2, 1, 1), GREY)
    room = Scene(primitives=(floor, crate), light=LIGHT, interior=((-9, -9, 0), (9, 9, 3)))
    space = FreeSpace(room)
    assert space.clearance(np.array([0.0, 0.0, 0.2])) == pytest.approx(0.2)
    assert space.clearance(np.array([0.0, 0.0, 0.2]), num_ignored=1) == pytest.approx(1)
    assert space.clearance(np.array([-8.5, 0.0, 0.2]), num_ignored=1) == pytest.approx(0.5)


def test_there_and_back_starts_and_turns_at_its_ends() -> None:
    start, goal = np.zeros(3), np.array([2.0, 0.0, 0.0])
    line = there_and_back(start, goal, length=4.0, count=41)
    np.testing.assert_allclose(line[0], start)
    np.testing.assert_allclose(line[20], goal)
    np.testing.assert_allclose(line[40], start, atol=1e-12)
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    assert steps.max() < 1.6 * steps.mean()


def test_sway_is_smooth_and_of_the_size_asked_for() -> None:
    time = np.arange(0, 60, 0.1)
    draws = [Draw(np.random.default_rng(seed)) for seed in range(20)]
    motions = np.stack([sway(draw, time, 0.1) for draw in draws])
    assert 0.02 < motions.std() < 0.15
    assert np.abs(np.diff(motions, axis=1)).max() < 0.03
