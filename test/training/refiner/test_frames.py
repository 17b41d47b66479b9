"""Large frames are read when they are drawn."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_drive import tiny_drive
from tiny_refinement import coarse_checkpoint
import torch

from depth_nodes.data.sequence import write_sequence
from depth_nodes.errors import CheckpointError, InputError
from depth_nodes.training.refiner.fitted_depth import FittedDepth
from depth_nodes.training.refiner.frames import open_source
from depth_nodes.training.source_config import SourceConfig


@pytest.fixture(scope='module')
def drive():
    return tiny_drive(4)


@pytest.fixture(scope='module')
def fit(tmp_path_factory):
    coarse = coarse_checkpoint(tmp_path_factory.mktemp('coarse'))
    return FittedDepth(Path(coarse), (96, 192))


@pytest.fixture
def opened(tmp_path, fit):
    def opened(**settings):
        return open_source(SourceConfig(**settings), tmp_path, tmp_path / 'kept', fit)

    return opened


def test_frames_are_rendered_once_and_read_from_their_folder(opened):
    config = {'render': 'room', 'num_scenes': 1, 'views_per_scene': 2, 'frame_size': (96, 128)}
    source = opened(**config, weight=3.0)
    assert source.name == 'rendered_room'
    assert source.weight == 3
    first = [sample.depth_m for sample in source.samples]
    assert len(first) == len(source.samples) == 2
    again = opened(**config).samples[1]
    assert again.image.shape == (96, 128, 3)
    np.testing.assert_array_equal(first[1], again.depth_m)


def test_frames_without_depth_are_left_out(tmp_path, opened, drive):
    some = [drive[0], replace(drive[1], depth_m=None), *drive[2:]]
    write_sequence(tmp_path / 'drive', some, name='drive')
    whole = opened(sequence='drive').samples
    assert [sample.name for sample in whole] == ['000000', '000002', '000003']
    part = opened(sequence='drive', first_frame=1, num_frames=2).samples
    assert [sample.name for sample in part] == ['000002']


def test_between_the_samples_of_a_coarser_grid_nothing_is_known(tmp_path, opened, drive):
    coarser = replace(drive[0], depth_m=drive[0].depth_m[::2, ::2], depth_stride=2)
    write_sequence(tmp_path / 'drive', [coarser], name='drive', depth_scale_m=1e-3)
    sample = opened(sequence='drive').samples[0]
    assert sample.depth_stride == 1
    assert sample.depth_m.shape == drive[0].depth_m.shape
    np.testing.assert_allclose(sample.depth_m[::2, ::2], drive[0].depth_m[::2, ::2], atol=1e-3)
    assert not sample.depth_m[1::2].any()
    assert not sample.depth_m[:, 1::2].any()


def test_without_such_disparity_no_coarse_network_is_read(tmp_path, drive):
    write_sequence(tmp_path / 'drive', drive, name='drive')
    fit = FittedDepth(tmp_path / 'gone.safetensors', (96, 192))
    source = open_source(SourceConfig(sequence='drive'), tmp_path, tmp_path / 'kept', fit)
    assert len(source.samples) == len(drive)
    with pytest.raises(CheckpointError, match=r'gone\.safetensors'):
        fit(replace(drive[0], depth_m=None, disparity_px=drive[0].depth_m))


@pytest.mark.parametrize('missing', ['depth_m', 'camera'])
def test_a_folder_that_teaches_nothing_is_told(tmp_path, opened, drive, missing):
    write_sequence(tmp_path / 'drive', [replace(drive[0], **{missing: None})], name='drive')
    with pytest.raises(InputError, match='both depth and intrinsics'):
        opened(sequence='drive')


def test_disparity_up_to_an_offset_becomes_depth_by_what_the_coarse_network_sees(fit, drive):
    seen_m = np.float32(1) / coarse_inverse_depth(fit, drive[0])
    known = drive[0].depth_m > 0
    disparity = np.where(known, 300 / seen_m - 2, 0).astype(np.float32)
    assert disparity[known].min() > 0
    fitted = fit(replace(drive[0], depth_m=None, disparity_px=disparity))
    assert fitted.disparity_px is None
    np.testing.assert_allclose(fitted.depth_m, np.where(known, seen_m, 0), rtol=1e-3)


@pytest.mark.parametrize('factor', [0.0, -300.0])
def test_disparity_that_the_coarse_network_sees_the_other_way_around_teaches_nothing(
    fit, drive, factor
):
    disparity = 1e4 + factor * coarse_inverse_depth(fit, drive[0])
    disparity *= factor != 0
    fitted = fit(replace(drive[0], depth_m=None, disparity_px=disparity.astype(np.float32)))
    assert not fitted.depth_m.any()


def coarse_inverse_depth(fit, frame):
    """What the coarse network sees of a frame of 72x192 [1/m], by its parts."""
    image = np.pad(frame.image, ((0, 24), (0, 0), (0, 0)), mode='edge')
    with torch.inference_mode():
        output = fit.coarse.network(torch.from_numpy(image).permute(2, 0, 1)[None] / 255).full
    canonical = fit.coarse.canonical
    inverse = canonical.inverse_depth_from_sigmoid(output[0, 0, :72].numpy())
    return inverse * (canonical.focal_px / frame.camera.fx_px)
