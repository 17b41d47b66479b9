"""Scenes come in order, and with the same bytes from one process or several."""

import numpy as np

from depth_nodes.data.synthetic.parallel import render_scenes
from depth_nodes.data.synthetic.scene import SceneConfig

SCENES = [
    SceneConfig(
        domain='room',
        seed=seed,
        num_frames=2,
        height_px=24,
        width_px=32,
        is_scattered=True,
        renderer='ray_caster',
    )
    for seed in (3, 1, 2)
]


def test_processes_render_what_one_renders():
    alone = list(render_scenes(SCENES, num_workers=1))
    together = list(render_scenes(SCENES, num_workers=2))
    assert [len(frames) for frames in together] == [2, 2, 2]
    for frames, others in zip(alone, together, strict=True):
        for frame, other in zip(frames, others, strict=True):
            np.testing.assert_array_equal(frame.image, other.image)
            np.testing.assert_array_equal(frame.depth_m, other.depth_m)
    assert not np.array_equal(alone[0][0].depth_m, alone[1][0].depth_m)


def test_no_scene_is_nothing():
    assert list(render_scenes([])) == []
