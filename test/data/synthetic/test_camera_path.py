import math

import numpy as np
import pytest

from depth_nodes.data.synthetic.camera_path import FreeSpace, Gaze, pose_from_gaze
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.render import build_scene
from depth_nodes.data.synthetic.scene import (
    box,
    DOMAINS,
    Light,
    Material,
    placed,
    Scene,
    SceneConfig,
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


@pytest.mark.parametrize('domain', DOMAINS)
@pytest.mark.parametrize('is_scattered', [False, True])
def test_cameras_keep_their_distance(domain: str, is_scattered: bool) -> None:
    for seed in range(5):
        config = SceneConfig(
            domain=domain,
            seed=seed,
            num_frames=6,
            height_px=8,
            width_px=8,
            is_scattered=is_scattered,
        )
        draws = [Draw(np.random.Generator(np.random.PCG64([seed, i]))) for i in range(2)]
        scene, poses = build_scene(config, *draws)
        space = FreeSpace(scene)
        assert len(poses) == 6
        assert min(space.clearance(pose[:3, 3]) for pose in poses) > 0.2
