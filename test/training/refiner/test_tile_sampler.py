"""Which tiles are drawn, and that the same step always draws the same."""

from dataclasses import replace

import numpy as np
import pytest
from tiny_refinement import drive_source, refiner_config, TILE
import torch

from depth_nodes.errors import InputError
from depth_nodes.evaluation.boundaries import depth_edges
from depth_nodes.training.refiner.tile_sampler import TileSampler


@pytest.fixture
def sampler(tmp_path):
    def sampler(rank=0, source=None, **changes):
        config = refiner_config(tmp_path, **changes)
        return TileSampler([source or drive_source()], config, rank)

    return sampler


def same(first, second):
    return all(torch.equal(a, b) for a, b in zip(first[:3], second[:3], strict=True))


def test_a_step_is_always_the_same_batch_and_no_other_is(sampler):
    assert same(sampler().batch(3), sampler().batch(3))
    assert not same(sampler().batch(3), sampler().batch(4))
    assert not same(sampler().batch(3), sampler(rank=1).batch(3))


@pytest.mark.parametrize('noisy_pretraining', [0.0, 0.5])
def test_processes_share_a_batch(sampler, noisy_pretraining):
    settings = {'noisy_pretraining': noisy_pretraining}
    whole = sampler(batch_size=2, **settings).batch(3)
    parts = [sampler(rank, **settings).batch(3) for rank in (0, 1)]
    assert torch.equal(whole.image, torch.cat([part.image for part in parts]))


def test_tiles_are_parts_of_their_frames(sampler):
    batch = sampler(batch_size=3, tiles_per_frame=2).batch(0)
    assert batch.image.shape == (6, 3, *TILE)
    assert batch.frames.image.shape == (3, 3, 96, 192)
    assert batch.frames.focal_px.shape == (3, 1, 1, 1)
    # Of 72x192, which fills 72 of the 96 rows of the coarse network's input.
    assert (batch.boxes[:, 2:] - batch.boxes[:, :2]).tolist() == [
        pytest.approx([96 / 192, 64 / 96])
    ] * 6
    assert batch.boxes.min() >= 0
    assert batch.boxes[:, 3].max() <= 0.75


def test_frames_are_shrunk_at_random_and_hold_a_tile(sampler):
    source = drive_source(1)
    draws = sampler(source=source, tile_size=(32, 64), min_frame_scale=0.2, tiles_per_frame=1)
    batches = [draws.batch(step) for step in range(40)]
    boxes = torch.cat([batch.boxes for batch in batches])
    # Of a frame of 72x192 a tile is 64/192 of the width, and of the smallest 32 of its 32 rows.
    shares = boxes[:, 2] - boxes[:, 0]
    assert 1 / 3 <= shares.min() < 0.4
    assert 0.7 < shares.max() <= 64 / (192 * 32 / 72) + 0.01
    # Walls and floor are where they were: the nearest thing is as near as in the whole frame.
    nearest = min(batch.depth_m[batch.depth_m > 0].min().item() for batch in batches)
    assert nearest >= source.samples[0].depth_m[source.samples[0].depth_m > 0].min()
    focal = torch.cat([batch.frames.focal_px for batch in batches]).flatten()
    assert focal.min() == pytest.approx(focal.max().item(), rel=0.02)


def test_noisy_pretraining_sees_whole_frames_alone(sampler):
    noisy = sampler(noisy_pretraining=0.5)
    first, later = noisy.batch(0, 0.49), noisy.batch(0, 0.5)
    assert first.frames is None
    assert first.boxes.tolist() == [[0.0, 0.0, 1.0, 1.0]] * 2
    assert first.image.shape == later.image.shape
    assert later.frames is not None


def test_edges_are_preferred_as_often_as_asked_for(sampler):
    source = drive_source(1)
    frame = source.samples[0]
    depth = np.full_like(frame.depth_m, 5.0)
    depth[2:5, 3:6] = 1.0  # in a corner, where few tiles lie
    edged = replace(source, samples=[replace(frame, depth_m=depth)])
    shares = []
    for edge_share in (0.0, 1.0):
        draws = sampler(source=edged, edge_share=edge_share, tiles_per_frame=1, tile_size=(32, 32))
        tiles = [draws.batch(step).depth_m[0, 0].numpy() for step in range(60)]
        shares.append(np.mean([depth_edges(tile).any() for tile in tiles]))
    assert shares[0] < 0.3
    assert shares[1] == 1


def test_tiles_have_something_to_learn_where_the_frame_has(sampler):
    source = drive_source(1)
    frame = source.samples[0]
    depth = np.zeros_like(frame.depth_m)
    depth[70, 190] = 2.0
    lonely = replace(source, samples=[replace(frame, depth_m=depth)])
    draws = sampler(source=lonely, tile_size=(32, 32), edge_share=0.5)
    assert all((draws.batch(step).depth_m > 0).sum(dim=(1, 2, 3)).min() == 1 for step in range(20))
    sky = replace(source, samples=[replace(frame, depth_m=np.zeros_like(depth))])
    assert not sampler(source=sky).batch(0).depth_m.any()


def test_frames_smaller_than_a_tile_are_told(sampler):
    with pytest.raises(InputError, match='less than a tile'):
        sampler(tile_size=(96, 96)).batch(0)
