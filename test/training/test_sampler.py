"""Batches mix their sources, and depend on seed, step and the number of the view alone."""

from dataclasses import replace

import pytest
from tiny_training import as_affine, CONFIG, make_source, with_neighbours
import torch

from depth_nodes.data.transforms import AugmentationConfig
from depth_nodes.errors import InputError
from depth_nodes.training.sampler import BatchReader, BatchSampler

# Three views of step 0, drawn before views had neighbours.
FOCAL_PX = [128.53333, 138.53033, 116.39407]
DEPTH_M = [3.6815927, 0.0, 0.0]
BRIGHTNESS = [96.2502, 86.6225, 128.4283]


def test_every_batch_mixes_the_sources_by_weight():
    near, far = make_source('near', 3.0, 1.0), make_source('far', 1.0, 30.0)
    sampler = BatchSampler([near, far], replace(CONFIG, batch_size=400))
    batch = sampler.batch(0)
    is_near = batch.depth_m.amax(dim=(1, 2, 3)) < 5
    assert is_near.float().mean().item() == pytest.approx(0.75, abs=0.08)
    assert torch.equal(sampler.batch(0).image, batch.image)
    assert not torch.equal(sampler.batch(1).image[:1, :, :96, :96], batch.image[:1, :, :96, :96])
    sizes = {tuple(sampler.batch(step).image.shape[-2:]) for step in range(6)}
    assert sizes == set(CONFIG.view_sizes)


def test_batches_mix_kinds_of_labels():
    unsure = replace(make_source(), supervision='scale_invariant')
    config = replace(CONFIG, batch_size=60)
    batch = BatchSampler([make_source(), unsure, as_affine(make_source())], config).batch(0)
    rows = batch.affine.row
    assert 8 <= len(rows) <= 32
    assert (batch.depth_m.amax(dim=(1, 2, 3)) == 0).nonzero()[:, 0].tolist() == rows.tolist()
    assert (batch.affine.disparity_px > 0).all()
    assert not batch.is_metric[rows].any()
    assert not batch.has_sky.any()
    assert 8 <= batch.is_metric.sum() <= 32
    assert BatchSampler([make_source()], config).batch(0).affine is None


def test_a_view_has_sky_where_its_source_has():
    near, far = make_source('near', 1.0, 1.0), replace(make_source('far', 1.0, 30.0), has_sky=True)
    batch = BatchSampler([near, far], replace(CONFIG, batch_size=20)).batch(0)
    assert batch.has_sky.tolist() == (batch.depth_m.amax(dim=(1, 2, 3)) > 5).tolist()
    assert 0 < batch.has_sky.sum() < 20


def test_the_numbers_of_a_step_stay_what_they_were():
    config = replace(CONFIG, batch_size=3, augmentation=AugmentationConfig(noise_probability=0.5))
    batch = BatchSampler([make_source(), as_affine(make_source())], config).batch(0)
    # A resumed training draws what the first half of it would have drawn.
    assert batch.focal_px.flatten().tolist() == pytest.approx(FOCAL_PX)
    assert batch.depth_m.mean((1, 2, 3)).tolist() == pytest.approx(DEPTH_M, rel=1e-5)
    assert batch.image.float().mean((1, 2, 3)).tolist() == pytest.approx(BRIGHTNESS, abs=0.1)


def test_neighbours_come_with_their_views():
    compared = with_neighbours(make_source(), distance_m=0.5)
    config = replace(CONFIG, batch_size=20)
    batch = BatchSampler([compared, as_affine(make_source())], config).batch(0)
    row = batch.neighbours.row
    assert sorted(set(row.tolist())) == sorted(set(range(20)) - set(batch.affine.row.tolist()))
    # The toy neighbours have the images of the frames themselves, and so of the views.
    assert torch.equal(batch.neighbours.image, batch.image[row])
    assert batch.neighbours.neighbour_from_view[:, 0, 3].abs().unique().tolist() == [0.5]
    assert BatchSampler([make_source()], config).batch(0).neighbours is None


def test_views_without_labels_have_no_depth_that_counts():
    compared = with_neighbours(make_source(), distance_m=0.5)
    samples = [replace(sample, depth_m=None) for sample in compared.samples]
    source = replace(compared, samples=samples, supervision='none')
    batch = BatchSampler([source], CONFIG).batch(0)
    assert not batch.depth_m.any()
    assert not batch.is_metric.any()
    assert batch.affine is None
    assert len(batch.neighbours.row) == 2 * CONFIG.batch_size


def test_views_can_be_drawn_larger_than_the_config_has_them():
    sources = [make_source()]
    sizes = {
        scale: [
            tuple(BatchSampler(sources, CONFIG, 0, scale).batch(step).image.shape[-2:])
            for step in range(6)
        ]
        for scale in (1.0, 1.5)
    }
    scaled = {(96, 96): (128, 128), (96, 128): (128, 192)}
    # 144 lies between 128 and 160, and Python rounds 4.5 to 4.
    assert sizes[1.5] == [scaled[size] for size in sizes[1.0]]
    assert set(sizes[1.0]) == set(CONFIG.view_sizes)


def test_processes_share_the_views_of_one_batch():
    whole = BatchSampler([make_source()], replace(CONFIG, batch_size=4)).batch(3)
    halves = [BatchSampler([make_source()], CONFIG, first).batch(3) for first in (0, 2)]
    for part, value in enumerate(whole[:4]):
        assert torch.equal(torch.cat([half[part] for half in halves]), value)
    assert not torch.equal(halves[0].image, halves[1].image)


def test_weights_change_over_the_training():
    near, far = make_source('near', 1.0, 3.0, 0.0), make_source('far', 0.0, 30.0, 0.5)
    sampler = BatchSampler([near, far], replace(CONFIG, batch_size=200))
    shares = []
    for progress in (0.0, 0.5, 1.0, 1.2):
        depth = sampler.batch(0, progress).depth_m.amax(dim=(1, 2, 3))
        shares.append((depth < 8).float().mean().item())
    assert shares == [1.0, pytest.approx(2 / 3, abs=0.1), 0.0, 0.0]


def test_the_reader_gives_what_the_sampler_draws():
    sampler = BatchSampler([make_source()], CONFIG)
    asked = []

    def read(step):
        asked.append(step)
        return sampler.batch(step)

    with BatchReader(read, num_threads=2) as reader:
        for step in range(5, 9):
            assert torch.equal(reader.batch(step).image, sampler.batch(step).image)
    assert sorted(asked) == sorted(set(asked)), 'no batch is made twice'
    assert set(range(5, 9)) <= set(asked) <= set(range(5, 13))


def test_what_stops_a_reader_stops_the_training():
    damaged = replace(make_source().samples[0], camera=None)
    sampler = BatchSampler([replace(make_source(), samples=[damaged])], CONFIG)
    with BatchReader(sampler.batch, 1) as reader, pytest.raises(InputError, match='no camera'):
        reader.batch(0)
