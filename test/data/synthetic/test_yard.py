from built_yards import built_yard
import numpy as np

from depth_nodes.data.synthetic.ray_caster import cast
from depth_nodes.messages.camera import Camera

SEEDS = range(3)
WIDE = Camera.from_fov(32, 24, 90.0)


def test_the_sky_is_seen_but_houses_and_trees_stand_before_it() -> None:
    shares = []
    for seed in SEEDS:
        scene, poses = built_yard(seed)
        for pose in poses:
            hits = cast(scene.primitives, WIDE, pose)
            shares.append((hits.index < 0).mean())
    assert 0.05 < np.mean(shares) < 0.45
    assert min(shares) < 0.1
