import functools

import numpy as np

from depth_nodes.data.synthetic.camera_path import FreeSpace, Gaze, pose_from_gaze
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.ray_caster import cast
from depth_nodes.data.synthetic.scene import Scene
from depth_nodes.data.synthetic.street_material import lawn
from depth_nodes.data.synthetic.yard import build_yard
from depth_nodes.data.synthetic.yard_ground import draw_ground, Ground
from depth_nodes.data.synthetic.yard_path import yard_path, yard_views
from depth_nodes.messages.camera import Camera

SEEDS = range(3)
WIDE = Camera.from_fov(32, 24, 90.0)


def drawn(seed: int) -> Draw:
    return Draw(np.random.default_rng(seed))


@functools.cache
def built(seed: int) -> tuple[Scene, tuple[np.ndarray, ...]]:
    draw = drawn(seed)
    scene = build_yard(draw)
    return scene, tuple(yard_views(draw, scene, 5))


def test_ground_height_is_where_a_plumb_line_ends() -> None:
    draw = drawn(4)
    ground = draw_ground(draw, (15.0, 12.0), lawn(draw), hilliness=0.95)
    mounds = [part for part in ground.parts if part.shape == 'ellipsoid']
    assert len(mounds) > 2
    solids = (ground.parts[0], *mounds)
    line = Camera(width_px=1, height_px=1, fx_px=1, fy_px=1, cx_px=0, cy_px=0)
    for _ in range(40):
        x, y = draw.uniform(-14, 14), draw.uniform(-11, 11)
        down = pose_from_gaze(np.array([x, y, 10.0]), Gaze(yaw=0.0, pitch=-np.pi / 2))
        depth = float(cast(solids, line, down).depth[0, 0])
        assert abs(10 - depth - ground.height_m(x, y)) < 2e-3


def test_the_ground_is_found_again_in_the_scene() -> None:
    for seed in SEEDS:
        scene, _ = built(seed)
        ground = Ground.of_scene(scene)
        assert ground.parts[0].centre[2] + ground.parts[0].half_size[2] == 0
        assert all(part.casts_shadow for part in scene.primitives[len(ground.parts) :][:1])
        assert min(ground.half_m) > 4
        assert max(ground.half_m) < 45


def test_cameras_stand_clear_above_the_ground() -> None:
    for seed in SEEDS:
        scene, poses = built(seed)
        space, ground = FreeSpace(scene), Ground.of_scene(scene)
        for pose in poses:
            x, y, z = pose[:3, 3]
            assert 0.25 < z - ground.height_m(x, y) < 1.9
            assert space.clearance(pose[:3, 3], len(ground.parts)) > 0.3
            assert (cast(scene.primitives, WIDE, pose).depth < 0.5).mean() < 0.4


def test_the_sky_is_seen_but_houses_and_trees_stand_before_it() -> None:
    shares = []
    for seed in SEEDS:
        scene, poses = built(seed)
        for pose in poses:
            hits = cast(scene.primitives, WIDE, pose)
            shares.append((hits.index < 0).mean())
    assert 0.05 < np.mean(shares) < 0.45
    assert min(shares) < 0.1


def test_paths_follow_the_ground() -> None:
    for seed in range(3):
        scene, _ = built(seed)
        poses = np.stack(yard_path(drawn(seed), scene, 10, 10.0))
        ground = Ground.of_scene(scene)
        above = [z - ground.height_m(x, y) for x, y, z in poses[:, :3, 3]]
        assert max(above) - min(above) < 0.4
        assert np.linalg.norm(np.diff(poses[:, :3, 3], axis=0), axis=1).max() < 0.5
