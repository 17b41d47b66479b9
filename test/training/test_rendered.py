"""Rendered frames are kept under a name that says all that their pixels depend on."""

import pytest

from depth_nodes.data.synthetic.scene import RENDERER_VERSION
from depth_nodes.training import rendered
from depth_nodes.training.config import SourceConfig


@pytest.fixture(autouse=True)
def small_pictures(monkeypatch):
    monkeypatch.setattr(rendered, 'RENDERED_SIZE_PX', (96, 128))


def test_another_size_or_renderer_is_rendered_anew(tmp_path, monkeypatch):
    config = SourceConfig(render='room', num_scenes=1, views_per_scene=1)
    monkeypatch.setattr(rendered, 'has_gl', lambda: False)
    assert next(rendered.rendered_frames(config, tmp_path)).image.shape == (96, 128, 3)
    monkeypatch.setattr(rendered, 'RENDERED_SIZE_PX', (96, 160))
    assert next(rendered.rendered_frames(config, tmp_path)).image.shape == (96, 160, 3)
    monkeypatch.setattr(rendered, 'RENDERER_VERSION', 0)
    list(rendered.rendered_frames(config, tmp_path))
    names = {path.name for path in tmp_path.iterdir()}
    version = f'ray_caster_v{RENDERER_VERSION}'
    sizes = (f'96x128_{version}', f'96x160_{version}', '96x160_ray_caster_v0')
    assert names == {f'room_0_1x1_{size}' for size in sizes}


def test_kept_frames_are_not_rendered_again(tmp_path, monkeypatch):
    config = SourceConfig(render='room', num_scenes=1, views_per_scene=2)
    first = list(rendered.rendered_frames(config, tmp_path))
    assert [sample.name for sample in first] == ['000000_0', '000000_1']
    monkeypatch.setattr(rendered, 'render_scenes', lambda scenes: pytest.fail('rendered again'))
    assert len(list(rendered.rendered_frames(config, tmp_path))) == 2
