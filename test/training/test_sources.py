"""Sources load what is recorded, and render what is not there yet."""

from dataclasses import replace

import numpy as np
import pytest
from tiny_drive import tiny_drive, without_labels

from depth_nodes.data.sequence import write_sequence
from depth_nodes.data.synthetic.scene import DOMAINS
from depth_nodes.errors import InputError
from depth_nodes.training import rendered
from depth_nodes.training.source_config import SourceConfig
from depth_nodes.training.sources import load_source


@pytest.mark.parametrize('domain', DOMAINS)
def test_rendered_and_recorded_sources_load(tmp_path, domain):
    config = SourceConfig(render=domain, num_scenes=1, views_per_scene=2, frame_size=(96, 128))
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


@pytest.fixture(scope='module')
def drive():
    """Five posed frames with depth."""
    return tiny_drive(5)


def write_drive(folder, samples):
    write_sequence(folder / 'drive', samples, name='drive')
    return folder


def load_drive(folder, **settings):
    return load_source(SourceConfig(sequence='drive', **settings), folder, folder / 'kept')


def test_frames_without_labels_can_be_compared(tmp_path, drive):
    folder = write_drive(tmp_path, without_labels(drive))
    source = load_drive(folder, supervision='none', neighbour_step=2)
    assert source.supervision == 'none'
    assert [len(around) for around in source.neighbours] == [1, 1, 2, 1, 1]
    assert all(one.neighbour_from_view is None for around in source.neighbours for one in around)
    # Every image is in memory once.
    assert source.neighbours[0][0].image is source.samples[2].image
    assert not (folder / 'kept').exists(), 'no labels are made'


def test_labels_that_are_left_aside_leave_the_poses(tmp_path, drive):
    folder = write_drive(tmp_path, drive[:3])
    source = load_drive(folder, supervision='none', neighbour_step=1)
    assert all(sample.depth_m is None for sample in source.samples)
    ahead = source.neighbours[0][0].neighbour_from_view
    assert np.linalg.norm(ahead[:3, 3]) == pytest.approx(0.8)
    estimated = load_drive(folder, supervision='none', neighbour_step=1, poses='estimated')
    assert estimated.neighbours[0][0].neighbour_from_view is None


def test_labelled_frames_are_compared_with_unlabelled_ones_too(tmp_path, drive):
    frames = [drive[0], *without_labels(drive[1:3]), drive[3]]
    source = load_drive(write_drive(tmp_path, frames), neighbour_step=1)
    assert [sample.name for sample in source.samples] == ['000000', '000003']
    assert [len(around) for around in source.neighbours] == [1, 1]
    assert source.supervision == 'metric'
    assert load_drive(tmp_path).neighbours == ()


def test_right_images_outlive_the_labels(tmp_path, drive):
    left, right = drive[:2]
    pair = replace(left, right=right.image, stereo_baseline_m=0.5)
    source = load_drive(write_drive(tmp_path, [pair]), neighbour_step=1)
    ((neighbour,),) = source.neighbours
    np.testing.assert_array_equal(neighbour.image, right.image)
    assert neighbour.neighbour_from_view[0, 3] == -0.5
    assert source.samples[0].right is None


def test_a_drive_that_stands_is_told(tmp_path, drive):
    folder = write_drive(tmp_path, [replace(drive[0], name=name) for name in 'ab'])
    with pytest.raises(InputError, match=r'drive has no frame .* neighbour_step'):
        load_drive(folder, supervision='none', neighbour_step=1)


def test_rendered_neighbours_are_of_the_same_scene(tmp_path, drive, monkeypatch):
    monkeypatch.setattr(rendered, 'render_scenes', lambda scenes: (drive[:3] for _ in scenes))
    config = SourceConfig(render='street', num_scenes=2, views_per_scene=3, neighbour_step=1)
    source = load_source(config, tmp_path, tmp_path)
    assert [len(around) for around in source.neighbours] == [1, 2, 1] * 2
    first = source.neighbours[0][0]
    assert first.image is source.samples[1].image
    assert np.linalg.norm(first.neighbour_from_view[:3, 3]) == pytest.approx(0.8)
    assert all((sample.depth_m > 0).mean() > 0.5 for sample in source.samples)
