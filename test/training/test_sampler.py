"""Batches mix their sources, and depend on seed, step and the number of the view alone."""

from dataclasses import replace

import pytest
from tiny_training import as_affine, CONFIG, make_source
import torch

from depth_nodes.errors import InputError
from depth_nodes.training.sampler import BatchReader, BatchSampler


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
    assert 8 <= batch.is_metric.sum() <= 32
    assert BatchSampler([make_source()], config).batch(0).affine is None


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
