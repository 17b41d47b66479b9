import functools
import math

import numpy as np
from solids import clip_config

from depth_nodes.data.synthetic.camera_path import FreeSpace
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.ray_caster import cast
from depth_nodes.data.synthetic.room import build_room
from depth_nodes.data.synthetic.room_path import room_path, room_views
from depth_nodes.data.synthetic.scene import Scene
from depth_nodes.messages.camera import Camera

SEEDS = range(5)
WIDE = Camera.from_fov(32, 24, 90.0)


@functools.cache
def built(seed: int) -> tuple[Scene, tuple[np.ndarray, ...]]:
    draw = Draw(np.random.default_rng(seed))
    scene = build_room(draw)
    return scene, tuple(room_views(draw, scene, 6))


def pitch_deg(pose: np.ndarray) -> float:
    return math.degrees(math.asin(pose[2, 2]))


def test_cameras_are_outside_of_solids_and_inside_the_room() -> None:
    for seed in SEEDS:
        scene, poses = built(seed)
        space = FreeSpace(scene)
        assert scene.interior is not None
        for pose in poses:
            assert space.clearance(pose[:3, 3], num_ignored=1) > 0.15
            assert (np.array(scene.interior[1]) > pose[:3, 3]).all()


def test_nothing_near_fills_a_view() -> None:
    for seed in SEEDS:
        scene, poses = built(seed)
        for pose in poses:
            assert (cast(scene.primitives, WIDE, pose).depth < 0.5).mean() < 0.4


def test_cameras_look_from_all_heights_at_all_pitches() -> None:
    poses = [pose for seed in SEEDS for pose in built(seed)[1]]
    heights = np.array([pose[2, 3] for pose in poses])
    pitches = np.array([pitch_deg(pose) for pose in poses])
    assert 0.15 < heights.min() < 0.6
    assert 1.3 < heights.max() < 2.6
    assert pitches.min() > -51
    assert pitches.max() < 26
    assert pitches.min() < -25
    assert np.median(pitches) < 0


def test_paths_are_smooth() -> None:
    for seed in range(3):
        scene, _ = built(seed)
        poses = np.stack(room_path(Draw(np.random.default_rng(seed)), scene, clip_config(12)))
        steps = np.linalg.norm(np.diff(poses[:, :3, 3], axis=0), axis=1)
        assert steps.max() < 0.25
        turns = np.einsum('nij,nij->n', poses[1:, :3, :3], poses[:-1, :3, :3])
        assert np.degrees(np.arccos(np.clip((turns - 1) / 2, -1, 1))).max() < 12
