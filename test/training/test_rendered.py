"""Rendered frames are kept under a name that says all that their pixels depend on."""

from dataclasses import replace

import numpy as np
import pytest
from tiny_drive import tiny_drive

from depth_nodes.data.synthetic.scene import RENDERER_VERSION
from depth_nodes.training import rendered
from depth_nodes.training.source_config import SourceConfig

ROOM = SourceConfig(render='room', num_scenes=1, views_per_scene=1, frame_size=(96, 128))


def test_another_size_or_renderer_is_rendered_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(rendered, 'has_gl', lambda: False)
    assert next(rendered.rendered_frames(ROOM, tmp_path)).image.shape == (96, 128, 3)
    wide = replace(ROOM, frame_size=(96, 160))
    assert next(rendered.rendered_frames(wide, tmp_path)).image.shape == (96, 160, 3)
    monkeypatch.setattr(rendered, 'RENDERER_VERSION', 0)
    list(rendered.rendered_frames(wide, tmp_path))
    names = {path.name for path in tmp_path.iterdir()}
    version = f'ray_caster_v{RENDERER_VERSION}'
    sizes = (f'96x128_{version}', f'96x160_{version}', '96x160_ray_caster_v0')
    assert names == {f'room_0_1x1_{size}' for size in sizes}


def test_kept_frames_are_not_rendered_again(tmp_path, monkeypatch):
    config = replace(ROOM, views_per_scene=2)
    first = list(rendered.rendered_frames(config, tmp_path))
    assert [sample.name for sample in first] == ['000000_0', '000000_1']
    monkeypatch.setattr(rendered, 'render_scenes', lambda scenes: pytest.fail('rendered again'))
    assert len(list(rendered.rendered_frames(config, tmp_path))) == 2


def test_videos_are_kept_apart_and_in_their_order(tmp_path, monkeypatch):
    asked = []

    def render_scenes(configs):
        """Scenes whose frames show their number."""
        asked.extend(configs)
        frame = replace(tiny_drive(1)[0], depth_m=None)
        for _ in configs:
            numbers = range(configs[0].num_frames)
            yield [replace(frame, image=np.full((96, 128, 3), i, np.uint8)) for i in numbers]

    monkeypatch.setattr(rendered, 'render_scenes', render_scenes)
    views = replace(ROOM, render='street', num_scenes=2, views_per_scene=12)
    video = replace(views, neighbour_step=1)
    frames = [int(one.image[0, 0, 0]) for one in rendered.rendered_frames(video, tmp_path)]
    assert frames == [*range(12)] * 2
    assert {(one.is_scattered, one.frame_spacing_m) for one in asked} == {(False, 0.8)}
    asked.clear()
    assert len(list(rendered.rendered_frames(views, tmp_path))) == 24
    assert {(one.is_scattered, one.frame_spacing_m) for one in asked} == {(True, None)}
    names = sorted(path.name for path in tmp_path.iterdir())
    assert [name.split('_96x128_')[0] for name in names] == [
        'street_0_2x12_0.8m',
        'street_0_2x12',
    ]
