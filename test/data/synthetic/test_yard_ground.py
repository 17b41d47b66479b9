from built_yards import built_yard
import numpy as np
from solids import seeded

from depth_nodes.data.synthetic.camera_path import Gaze, pose_from_gaze
from depth_nodes.data.synthetic.ray_caster import cast
from depth_nodes.data.synthetic.street_material import lawn
from depth_nodes.data.synthetic.yard_ground import draw_ground, Ground
from depth_nodes.messages.camera import Camera

SEEDS = range(3)


def test_ground_height_is_where_a_plumb_line_ends() -> None:
    draw = seeded(4)
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
        scene, _ = built_yard(seed)
        ground = Ground.of_scene(scene)
        assert ground.parts[0].centre[2] + ground.parts[0].half_size[2] == 0
        assert all(part.casts_shadow for part in scene.primitives[len(ground.parts) :][:1])
        assert min(ground.half_m) > 4
        assert max(ground.half_m) < 45
