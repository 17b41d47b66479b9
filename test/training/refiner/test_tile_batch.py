"""Tiles and the coarse view of their frame show the same at the same place."""

from dataclasses import replace

import numpy as np
import pytest
from tiny_refinement import drive_source
import torch

from depth_nodes.data.sample import Sample
from depth_nodes.errors import InputError
from depth_nodes.messages.camera import Camera
from depth_nodes.networks.patch_refiner_v2.region import sample_regions
from depth_nodes.training.refiner.tile_batch import (
    batch_from_tiles,
    coarse_view,
    require_tile,
    tile_at,
    whole_tile,
)


def ramp_frame(height=240, width=320):
    """Red tells the column, green the row; depth as well."""
    columns, rows = np.meshgrid(np.arange(width) / width, np.arange(height) / height)
    image = np.stack([200 * columns, 200 * rows, 0 * rows], axis=-1).astype(np.uint8)
    depth = (1 + columns + 10 * rows).astype(np.float32)
    return Sample(name='0', image=image, camera=Camera.from_fov(width, height, 60), depth_m=depth)


@pytest.mark.parametrize('size', [(96, 128), (96, 192), (160, 128)])
def test_a_tiles_box_finds_it_in_the_coarse_view(size):
    frame = ramp_frame()
    tiles = [tile_at(frame, 50, 200, (64, 96)), tile_at(frame, 176, 0, (64, 96))]
    batch = batch_from_tiles([tiles], [coarse_view(frame, size)])
    seen = batch.frames.image.float()
    found = sample_regions(seen, batch.boxes, (64, 96))
    # Half a step of bytes each, and the outermost pixels are nearest ones.
    inside = np.s_[:, :, 4:-4, 4:-4]
    assert (found - batch.image.float())[inside].abs().max() < 2.1
    np.testing.assert_array_equal(batch.depth_m[0, 0], frame.depth_m[50:114, 200:296])


def test_the_coarse_view_is_the_frame_and_its_continued_border():
    frame = ramp_frame()
    view = coarse_view(frame, (96, 192))
    assert view.image.shape == (96, 192, 3)
    assert view.share == (1.0, 128 / 192)
    assert view.focal_px == pytest.approx(frame.camera.fx_px * 0.4)
    assert (view.image[:, 128:] == view.image[:, 127:128]).all()


def test_a_whole_tile_takes_depth_as_it_is():
    frame = ramp_frame()
    tile = whole_tile(frame, (64, 96))
    assert tile.image.shape == (64, 96, 3)
    assert np.isin(tile.depth_m, frame.depth_m).all()
    batch = batch_from_tiles([[tile], [tile]])
    assert batch.frames is None
    assert batch.boxes.tolist() == [[0.0, 0.0, 1.0, 1.0]] * 2


def test_all_tensors_are_mapped():
    frame = drive_source(1).samples[0]
    batch = batch_from_tiles([[tile_at(frame, 0, 0, (64, 96))]], [coarse_view(frame, (96, 192))])
    doubled = batch.mapped(lambda value: value.double())
    tensors = (*doubled[:3], *doubled.frames)
    assert {value.dtype for value in tensors} == {torch.float64}
    alone = batch._replace(frames=None)
    assert alone.mapped(torch.clone).frames is None


def test_a_frame_smaller_than_a_tile_is_told():
    frame = replace(ramp_frame(), name='000007')
    require_tile(frame, (240, 320))
    with pytest.raises(InputError, match='000007 is 240x320'):
        require_tile(frame, (256, 320))
