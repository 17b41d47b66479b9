from built_yards import built_yard
import numpy as np
from solids import clip_config, seeded

from depth_nodes.data.synthetic.camera_path import FreeSpace
from depth_nodes.data.synthetic.ray_caster import cast
from depth_nodes.data.synthetic.yard_ground import Ground
from depth_nodes.data.synthetic.yard_path import yard_path
from depth_nodes.messages.camera import Camera

SEEDS = range(3)
WIDE = Camera.from_fov(32, 24, 90.0)


def test_cameras_stand_clear_above_the_ground() -> None:
    for seed in SEEDS:
        scene, poses = built_yard(seed)
        space, ground = FreeSpace(scene), Ground.of_scene(scene)
        for pose in poses:
            x, y, z = pose[:3, 3]
            assert 0.25 < z - ground.height_m(x, y) < 1.9
            assert space.clearance(pose[:3, 3], len(ground.parts)) > 0.3
            assert (cast(scene.primitives, WIDE, pose).depth < 0.5).mean() < 0.4


def test_paths_follow_the_ground() -> None:
    for seed in range(3):
        scene, _ = built_yard(seed)
        poses = np.stack(yard_path(seeded(seed), scene, clip_config(10)))
        ground = Ground.of_scene(scene)
        above = [z - ground.height_m(x, y) for x, y, z in poses[:, :3, 3]]
        assert max(above) - min(above) < 0.4
        assert np.linalg.norm(np.diff(poses[:, :3, 3], axis=0), axis=1).max() < 0.5
