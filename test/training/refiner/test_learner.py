"""What a refiner's step changes, and where learning with the coarse network begins."""

from dataclasses import replace

import pytest
from tiny_networks import TINY_SMALL_DEPTH
from tiny_refinement import drive_source, refiner_config
import torch

from depth_nodes.errors import CheckpointError, ConfigError
from depth_nodes.losses.scale_invariant import absolute_log_loss, silog_loss
from depth_nodes.networks.checkpoints import load_checkpoint, save_checkpoint
from depth_nodes.networks.patch_refiner_v2 import encoder
from depth_nodes.networks.patch_refiner_v2.region import sample_regions
from depth_nodes.networks.registry import NETWORKS, REFINERS
from depth_nodes.training.process_group import ProcessGroup
from depth_nodes.training.refiner.config import DetailConfig
from depth_nodes.training.refiner.learner import RefinerLearner
from depth_nodes.training.refiner.tile_sampler import TileSampler

RESIDUAL = 'fine_to_coarse.residual.weight'


@pytest.fixture
def learner(tmp_path):
    def learner(**changes):
        return RefinerLearner(refiner_config(tmp_path, **changes), ProcessGroup())

    return learner


def batch_of(learner, step=0, progress=0.9):
    return TileSampler([drive_source()], learner.config).batch(step, progress)


def learn(learner, steps, progress):
    for step in steps:
        terms = learner.learn(batch_of(learner, step, progress), step, progress)
    return terms


def weights(network):
    return {name: value.clone() for name, value in network.state_dict().items()}


def changed(before, after):
    return {name for name, value in before.items() if not torch.equal(value, after[name])}


def test_after_noisy_pretraining_learning_begins_at_the_coarse_depth(learner):
    noisy = learner(noisy_pretraining=0.5)
    start = weights(noisy.network.refiner)
    first = learn(noisy, [0], 0.0)['silog']
    assert learn(noisy, range(1, 8), 0.25)['silog'] < first
    moved = changed(start, noisy.network.refiner.state_dict())
    assert {name.split('.')[0] for name in moved} == {
        'encoder', 'coarse_stem', 'coarse_to_fine', 'fine_to_coarse'
    }  # fmt: skip
    assert RESIDUAL not in moved
    batch = batch_of(noisy)
    maps = noisy.coarse_maps(batch)
    depth = noisy.refined_depth(batch, maps)
    coarse = sample_regions(maps.depth, batch.boxes, depth.shape[-2:])
    torch.testing.assert_close(depth, coarse)
    terms = noisy.learn(batch, 8, 0.5)
    truth = silog_loss(coarse, batch.depth_m, batch.depth_m > 0)
    torch.testing.assert_close(terms['silog'], truth)
    assert RESIDUAL in changed(start, noisy.network.refiner.state_dict())


def test_noisy_pretraining_sees_nothing_coarse_and_says_depth_over_its_median(learner):
    noisy = learner(noisy_pretraining=0.5)
    batch = batch_of(noisy, progress=0.0)
    assert batch.frames is None
    # Before the first step it says the median everywhere.
    known = torch.where(batch.depth_m > 0, batch.depth_m, torch.nan)
    medians = known.flatten(1).nanmedian(dim=1).values[:, None, None, None]
    expected = silog_loss(
        torch.ones_like(batch.depth_m), batch.depth_m / medians, batch.depth_m > 0
    )
    near, far = (
        noisy.learn(batch._replace(depth_m=scale * batch.depth_m), 0, 0.0)['silog']
        for scale in (1.0, 0.5)
    )
    torch.testing.assert_close(near, expected)
    assert far < near  # it has learnt in between, and the scale makes no difference
    assert far > 0.5 * near


def test_the_coarse_depth_is_brought_to_the_truth(learner):
    one = learner()
    batch = batch_of(one)
    for factor in (1.0, 7.0):
        depth_m = factor * batch.frames.depth_m
        frames = batch.frames._replace(depth_m=depth_m)
        maps = one.coarse_maps(batch._replace(frames=frames))
        ratio = torch.where(
            depth_m > 0, depth_m / maps.depth[:: one.config.tiles_per_frame], torch.nan
        )
        torch.testing.assert_close(ratio.nanmedian(), torch.tensor(1.0))
    unknown = batch.frames._replace(depth_m=torch.zeros_like(batch.frames.depth_m))
    own = one.network.coarse_maps(batch.frames).depth
    maps = one.coarse_maps(batch._replace(frames=unknown))
    torch.testing.assert_close(maps.depth[: len(own)], own)


def test_an_encoder_of_the_coarse_networks_kind_starts_from_it(learner, monkeypatch):
    monkeypatch.setattr(encoder, 'SmallDepthConfig', lambda: TINY_SMALL_DEPTH)
    one = learner(network=replace(learner().config.network, encoder='small_depth'))
    start, coarse = one.network.refiner.encoder.backbone, one.network.coarse
    assert not changed(weights(start), coarse.state_dict())
    deeper = replace(TINY_SMALL_DEPTH, num_blocks=(1, 1, 1, 1, 1))
    monkeypatch.setattr(encoder, 'SmallDepthConfig', lambda: deeper)
    with pytest.raises(CheckpointError, match='another network'):
        learner(network=one.config.network)


def test_each_stage_has_a_cycle_of_the_learning_rate(learner):
    cycle = learner(noisy_pretraining=0.25).cycle_progress
    assert [cycle(progress) for progress in (0.0, 0.125, 0.25, 0.625, 1.0)] == [0, 0.5, 0, 0.5, 1]
    assert learner().cycle_progress(0.25) == 0.25


def test_the_coarse_network_stays_as_it_is(learner):
    one = learner()
    coarse = weights(one.network.coarse)
    learn(one, range(2), 0.5)
    assert not changed(coarse, one.network.coarse.state_dict())
    assert not changed(coarse, one.averaged.coarse.state_dict())
    assert list(one.checkpoints()) == ['tiny']


def test_a_coarse_network_that_learns_is_shipped_too(learner, tmp_path):
    one = learner(coarse_rate=0.1, encoder_rate=0.5)
    factors = {group['factor'] for group in one.optimizer.param_groups}
    assert factors == {0.1, 0.5, 1.0}
    coarse = weights(one.network.coarse)
    # The residual filter is 0 at the first step, and lets no gradient of features through.
    learn(one, range(2), 0.5)
    moved = changed(coarse, one.network.coarse.state_dict())
    assert any(name.startswith('upsamples') for name in moved)
    assert not any('running' in name for name in moved)
    shipped = one.checkpoints()
    assert list(shipped) == ['tiny', 'tiny_coarse']
    assert shipped['tiny'].metadata['coarse'] == 'tiny_coarse'
    save_checkpoint(tmp_path / 'c.safetensors', shipped['tiny_coarse'])
    assert load_checkpoint(tmp_path / 'c.safetensors', NETWORKS).network_name == 'small_depth'


def test_tiles_of_one_frame_share_its_maps(learner):
    one = learner(batch_size=2)
    batch = batch_of(one)
    second = batch._replace(
        image=batch.image[2:],
        boxes=batch.boxes[2:],
        frames=type(batch.frames)(*(part[1:] for part in batch.frames)),
    )
    one.set_mode(0.5)
    one.network.eval()
    whole = one.refined_depth(batch, one.coarse_maps(batch))
    torch.testing.assert_close(whole[2:], one.refined_depth(second, one.coarse_maps(second)))


def test_unknown_depth_teaches_nothing(learner):
    one = learner()
    batch = batch_of(one)
    terms = one.learn(batch._replace(depth_m=torch.zeros_like(batch.depth_m)), 0, 0.5)
    assert terms['loss'] == 0
    assert terms['gradient_norm'] == 0


def test_the_absolute_error_takes_the_place_of_silog(learner):
    one = learner(label_loss='absolute')
    batch = batch_of(one)
    terms = one.add_gradients(batch, 0.5, torch.Generator())
    assert set(terms) == {'absolute', 'loss'}
    coarse = sample_regions(one.coarse_maps(batch).depth, batch.boxes, batch.image.shape[-2:])
    truth = absolute_log_loss(coarse, batch.depth_m, batch.depth_m > 0)
    torch.testing.assert_close(terms['absolute'], truth)


def test_a_ramp_in_place_of_an_edge_costs_gradient(learner):
    one = learner(gradient_weight=10.0)
    batch = batch_of(one)
    terms = one.add_gradients(batch, 0.5, torch.Generator())
    assert set(terms) == {'silog', 'gradient', 'loss'}
    torch.testing.assert_close(terms['loss'], terms['silog'] + terms['gradient'])
    step = torch.ones(4, 1, 64, 96)
    step[..., 48:] = 4.0
    ramp = torch.nn.functional.avg_pool2d(step, (1, 9), 1, (0, 4), count_include_pad=False)
    assert one._terms(step, step)['gradient'] == 0
    assert one._terms(ramp, step)['gradient'] > one._terms(2 * step, step)['gradient'] + 0.05


def test_a_teacher_adds_its_detail(learner, tmp_path):
    teacher = learner()
    learn(teacher, range(3), 0.5)
    path = tmp_path / 'teacher.safetensors'
    save_checkpoint(path, teacher.checkpoints()['tiny'])
    detail = DetailConfig(teacher=str(path), weight=0.5)
    student = learner(detail=detail)
    terms = student.learn(batch_of(student), 0, 0.5)
    assert set(terms) == {'silog', 'ssigm', 'local_ssigm', 'ranking', 'loss', 'gradient_norm'}
    parts = [terms[name] for name in ('silog', 'ssigm', 'local_ssigm', 'ranking')]
    torch.testing.assert_close(terms['loss'], torch.stack(parts).sum())
    stronger = learner(detail=replace(detail, weight=1.0, losses=('ssigm',)))
    again = stronger.learn(batch_of(stronger), 0, 0.5)
    torch.testing.assert_close(again['ssigm'], 2 * terms['ssigm'])
    # Of a refiner that says what the teacher says, the detail is right.
    same = learner(detail=replace(detail, losses=('ssigm',)), initial_checkpoint=str(path))
    same.network.eval()
    same.set_mode = lambda progress: None
    assert same.learn(batch_of(same), 0, 0.5)['ssigm'] < 1e-4 * terms['ssigm']


def test_other_weights_are_refused(learner, tmp_path):
    path = tmp_path / 'narrow.safetensors'
    other = learner()
    save_checkpoint(path, other.checkpoints()['tiny'])
    wide = replace(other.config.network, width=24)
    with pytest.raises(CheckpointError, match='another network'):
        learner(initial_checkpoint=str(path), network=wide)
    meant = replace(other.config.network, is_residual_logarithmic=True)
    with pytest.raises(CheckpointError, match='learnt with is_residual_logarithmic False, not Tr'):
        learner(initial_checkpoint=str(path), network=meant)
    with pytest.raises(CheckpointError, match='patch_refiner_v2'):
        learner(coarse=str(path))
    channels = (8, 8, 8, 16, 16, 64)
    wrong = learner(network=replace(other.config.network, coarse_channels=channels))
    with pytest.raises(ConfigError, match='coarse network'):
        wrong.learn(batch_of(wrong), 0, 0.5)
    assert load_checkpoint(path, REFINERS).metadata['coarse'] == 'coarse'
