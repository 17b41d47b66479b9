"""One step: what changes, by how much, and what does not."""

from dataclasses import replace

import pytest
from tiny_training import CONFIG, make_source, WHOLE_METHOD, with_neighbours
import torch
from torch import nn

from depth_nodes.networks.blocks.etm import FilterSum
from depth_nodes.training.depth_learner import DepthLearner
from depth_nodes.training.learner import learning_rate
from depth_nodes.training.process_group import ProcessGroup
from depth_nodes.training.run_config import OptimizerConfig
from depth_nodes.training.sampler import BatchSampler

BATCH = BatchSampler([make_source()], CONFIG).batch(0)


def learnt(config=CONFIG, progress=0.5):
    learner = DepthLearner(config, ProcessGroup())
    return learner, learner.learn(BATCH, 0, progress)


def test_the_learning_rate_rises_and_falls_to_zero():
    settings = OptimizerConfig(learning_rate=3e-3, warm_up=0.03)
    rates = [learning_rate(settings, progress) for progress in (0.0, 0.015, 0.03, 0.5, 1.0)]
    assert rates[0] < rates[1] < rates[2] == pytest.approx(3e-3)
    assert rates[2] > rates[3] > rates[4] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize('is_frozen', [False, True])
def test_frozen_norms_keep_their_statistics_and_nothing_else(is_frozen):
    learner, _ = learnt(replace(CONFIG, has_frozen_norms=is_frozen))
    start = DepthLearner(CONFIG, ProcessGroup()).network
    norms = [module for module in learner.network.modules() if isinstance(module, nn.BatchNorm2d)]
    assert all((norm.running_mean == 0).all().item() == is_frozen for norm in norms)
    changed = [
        not torch.equal(old, new)
        for old, new in zip(start.parameters(), learner.network.parameters(), strict=True)
    ]
    assert all(changed)


def test_the_average_goes_part_of_the_way():
    learner, _ = learnt()
    start = DepthLearner(CONFIG, ProcessGroup()).network.state_dict()
    for name, value in learner.network.state_dict().items():
        if value.is_floating_point():
            expected = start[name].lerp(value, 0.9)
            torch.testing.assert_close(learner.averaged.state_dict()[name], expected)


def test_terms_are_those_of_the_batch():
    _, terms = learnt()
    assert terms['loss'].item() == pytest.approx(
        terms['scale_invariant'].item() + 0.5 * terms['gradient_matching'].item(), rel=1e-6
    )
    assert terms['gradient_norm'] > 0


def test_bfloat16_learns_the_same_a_little_rounded():
    (exact, terms), (rounded, others) = (
        learnt(replace(CONFIG, precision=precision)) for precision in ('auto', 'bfloat16')
    )
    assert others['loss'].item() == pytest.approx(terms['loss'].item(), rel=0.05)
    assert others['loss'] != terms['loss']
    for value in rounded.network.parameters():
        assert value.dtype == torch.float32


def test_branches_drop_alike_each_time_and_apart_in_each_process():
    config = replace(CONFIG, max_drop_probability=0.9)
    losses = []
    for rank in (0, 0, 1):
        learner = DepthLearner(config, ProcessGroup(rank=rank))
        losses.append(learner.learn(BATCH, 0, 1.0)['loss'].item())
    assert losses[0] == losses[1] != losses[2]


def test_every_level_and_every_term_is_recorded_and_adds_up():
    learner = DepthLearner(WHOLE_METHOD, ProcessGroup())
    pyramid = WHOLE_METHOD.pyramid
    source = with_neighbours(make_source())
    batch = BatchSampler([source], WHOLE_METHOD, 0, pyramid.drawn_scale).batch(0)
    terms = learner.learn(batch, 0, 0.5)
    weights = {
        'scale_invariant': 1.0,
        'gradient_matching': WHOLE_METHOD.objective.gradient_weight,
        **{
            name: getattr(WHOLE_METHOD.self_supervision, f'{name}_weight')
            for name in ('photometric', 'structure', 'feature', 'smoothness', 'motion')
        },
    }
    total = sum(weight * terms[name].item() for name, weight in weights.items())
    for level in pyramid.levels:
        of_level = pyramid.weights(level)
        own = sum(weight * terms[f'{level}/{name}'].item() for name, weight in weights.items())
        total += of_level.loss * own
        total += of_level.features * terms[f'{level}/consistency_features'].item()
        total += of_level.inverse_depth * terms[f'{level}/consistency_inverse_depth'].item()
    assert terms['loss'].item() == pytest.approx(total, rel=1e-5)


def test_a_batch_without_neighbours_records_the_same_terms():
    config = replace(WHOLE_METHOD, pyramid=CONFIG.pyramid)
    learner = DepthLearner(config, ProcessGroup())
    alone = learner.learn(BATCH, 0, 0.5)
    beside = BatchSampler([with_neighbours(make_source())], config).batch(0)
    assert alone.keys() == learner.learn(beside, 1, 0.5).keys()
    assert alone['photometric'] == 0


def test_branches_drop_more_and_more():
    learner = DepthLearner(WHOLE_METHOD, ProcessGroup())
    batch = BatchSampler([make_source()], CONFIG).batch(0)
    for progress in (0.0, 0.5):
        learner.learn(batch, 0, progress)
        sums = [one for one in learner.network.modules() if isinstance(one, FilterSum)]
        assert {one.branch_drop for one in sums} == {WHOLE_METHOD.etm.branch_drop * progress}
