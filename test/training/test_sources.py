"""Sources load what is recorded, and render what is not there yet."""

import numpy as np
import pytest

from depth_nodes.data.synthetic.scene import DOMAINS, RENDERER_VERSION
from depth_nodes.errors import InputError
from depth_nodes.training import rendered
from depth_nodes.training.config import SourceConfig
from depth_nodes.training.sources import load_source


@pytest.fixture(autouse=True)
def small_pictures(monkeypatch):
    monkeypatch.setattr(rendered, 'RENDERED_SIZE_PX', (96, 128))


@pytest.mark.parametrize('domain', DOMAINS)
def test_rendered_and_recorded_sources_load(tmp_path, domain):
    config = SourceConfig(render=domain, num_scenes=1, views_per_scene=2)
    first = load_source(config, tmp_path, tmp_path / 'rendered').samples
    (folder,) = (tmp_path / 'rendered').iterdir()
    again = load_source(SourceConfig(sequence=folder.name), folder.parent, tmp_path).samples
    assert len(first) == len(again) == 2
    np.testing.assert_array_equal(first[1].image, again[1].image)
    np.testing.assert_array_equal(first[1].depth_m, again[1].depth_m)


def test_a_missing_folder_is_told(tmp_path):
    with pytest.raises(InputError, match=r'sequence\.json'):
        load_source(SourceConfig(sequence='absent'), tmp_path, tmp_path)


def test_another_size_or_renderer_is_rendered_anew(tmp_path, monkeypatch):
    config = SourceConfig(render='room', num_scenes=1, views_per_scene=1)
    monkeypatch.setattr(rendered, 'has_gl', lambda: False)
    assert load_source(config, tmp_path, tmp_path).samples[0].image.shape == (96, 128, 3)
    monkeypatch.setattr(rendered, 'RENDERED_SIZE_PX', (96, 160))
    assert load_source(config, tmp_path, tmp_path).samples[0].image.shape == (96, 160, 3)
    monkeypatch.setattr(rendered, 'RENDERER_VERSION', 0)
    load_source(config, tmp_path, tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    version = f'ray_caster_v{RENDERER_VERSION}'
    sizes = (f'96x128_{version}', f'96x160_{version}', '96x160_ray_caster_v0')
    assert names == {f'room_0_1x1_{size}' for size in sizes}


def test_the_first_frames_can_be_left_out(shared_dir, tmp_path):
    config = SourceConfig(sequence='middlebury_2005_06', first_frame=3, num_frames=2)
    source = load_source(config, shared_dir / 'data/train', tmp_path)
    assert [sample.name for sample in source.samples] == ['000003', '000004']
