"""Large frames are read when they are drawn."""

from dataclasses import replace

import numpy as np
import pytest
from tiny_drive import tiny_drive

from depth_nodes.data.sequence import write_sequence
from depth_nodes.errors import InputError
from depth_nodes.training.config import SourceConfig
from depth_nodes.training.refiner.frames import open_source


@pytest.fixture(scope='module')
def drive():
    return tiny_drive(4)


def test_frames_are_rendered_once_and_read_from_their_folder(tmp_path):
    config = SourceConfig(
        render='room', num_scenes=1, views_per_scene=2, frame_size=(96, 128), weight=3.0
    )
    source = open_source(config, tmp_path, tmp_path / 'kept')
    assert source.name == 'rendered_room'
    assert source.weight == 3
    first = [sample.depth_m for sample in source.samples]
    assert len(first) == len(source.samples) == 2
    again = open_source(config, tmp_path, tmp_path / 'kept').samples[1]
    assert again.image.shape == (96, 128, 3)
    np.testing.assert_array_equal(first[1], again.depth_m)


def test_frames_without_depth_are_left_out(tmp_path, drive):
    some = [drive[0], replace(drive[1], depth_m=None), *drive[2:]]
    write_sequence(tmp_path / 'drive', some, name='drive')
    whole = open_source(SourceConfig(sequence='drive'), tmp_path, tmp_path).samples
    assert [sample.name for sample in whole] == ['000000', '000002', '000003']
    part = SourceConfig(sequence='drive', first_frame=1, num_frames=2)
    assert [one.name for one in open_source(part, tmp_path, tmp_path).samples] == ['000002']


def test_between_the_samples_of_a_coarser_grid_nothing_is_known(tmp_path, drive):
    coarser = replace(drive[0], depth_m=drive[0].depth_m[::2, ::2], depth_stride=2)
    write_sequence(tmp_path / 'drive', [coarser], name='drive', depth_scale_m=1e-3)
    sample = open_source(SourceConfig(sequence='drive'), tmp_path, tmp_path).samples[0]
    assert sample.depth_stride == 1
    assert sample.depth_m.shape == drive[0].depth_m.shape
    np.testing.assert_allclose(sample.depth_m[::2, ::2], drive[0].depth_m[::2, ::2], atol=1e-3)
    assert not sample.depth_m[1::2].any()
    assert not sample.depth_m[:, 1::2].any()


@pytest.mark.parametrize('missing', ['depth_m', 'camera'])
def test_a_folder_that_teaches_nothing_is_told(tmp_path, drive, missing):
    write_sequence(tmp_path / 'drive', [replace(drive[0], **{missing: None})], name='drive')
    with pytest.raises(InputError, match='both depth and intrinsics'):
        open_source(SourceConfig(sequence='drive'), tmp_path, tmp_path)
