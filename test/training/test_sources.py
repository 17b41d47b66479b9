"""Sources load what is recorded, and render what is not there yet."""

import numpy as np
import pytest

from depth_nodes.data.synthetic.scene import DOMAINS
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


def test_the_first_frames_can_be_left_out(shared_dir, tmp_path):
    config = SourceConfig(sequence='middlebury_2005_06', first_frame=3, num_frames=2)
    source = load_source(config, shared_dir / 'data/train', tmp_path)
    assert [sample.name for sample in source.samples] == ['000003', '000004']


def test_a_first_frame_beyond_the_last_is_told(shared_dir, tmp_path):
    config = SourceConfig(sequence='middlebury_2005_06', first_frame=999)
    with pytest.raises(InputError, match='first_frame 999 is beyond'):
        load_source(config, shared_dir / 'data/train', tmp_path)
