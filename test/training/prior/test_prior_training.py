"""Learning with a bank: what begins as it was, what stays, what changes and what is told."""

from dataclasses import replace

import numpy as np
import pytest
from tiny_networks import TINY_MULTI_FRAME_DEPTH, TINY_SMALL_DEPTH
from tiny_training import CONFIG, make_source, make_trainer, with_neighbours
import torch

from depth_nodes.errors import CheckpointError, ConfigError
from depth_nodes.networks.checkpoints import (
    Checkpoint,
    checkpoint_metadata,
    load_checkpoint,
    save_checkpoint,
)
from depth_nodes.networks.multi_frame_depth import MultiFrameDepth
from depth_nodes.networks.prior.bank import PriorBank, save_bank
from depth_nodes.networks.small_depth import SmallDepth
from depth_nodes.training.depth_learner import DepthLearner
from depth_nodes.training.prior.config import GuidedConfig, PriorConfig
from depth_nodes.training.process_group import ProcessGroup
from depth_nodes.training.sampler import BatchSampler
from depth_nodes.training.source_config import SourceConfig

BATCH = BatchSampler([make_source()], CONFIG).batch(0)


def write_bank(path, num_entries=12):
    torch.manual_seed(3)
    bank = PriorBank(
        features=torch.randn(num_entries, 5).half().float(),
        log_depth=torch.randn(num_entries),
        log_count=torch.zeros(num_entries),
        provenance={'teacher': 'large', 'training_data': ['alley']},
    )
    save_bank(path, bank)
    return bank


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp('prior')
    write_bank(path / 'bank.safetensors')
    torch.manual_seed(4)
    plain = Checkpoint(
        network=SmallDepth(TINY_SMALL_DEPTH),
        network_name='small_depth',
        canonical=CONFIG.canonical,
        metadata={'training_data': ['yard']},
    )
    save_checkpoint(path / 'plain.safetensors', plain)
    return path


@pytest.fixture
def config(folder):
    prior = PriorConfig(bank=str(folder / 'bank.safetensors'))
    return replace(
        CONFIG,
        architecture='small_depth_prior',
        prior=prior,
        initial_checkpoint=str(folder / 'plain.safetensors'),
    )


def guided(config, folder, **weights):
    settings = GuidedConfig(teacher=str(folder / 'plain.safetensors'), scale=2.0, **weights)
    return replace(config, prior=replace(config.prior, guided=settings))


def test_learning_begins_as_the_plain_network_with_the_bank(config, folder):
    network = DepthLearner(config, ProcessGroup()).network
    plain = load_checkpoint(folder / 'plain.safetensors').network
    image = torch.rand(1, 3, 96, 128)
    with torch.no_grad():
        assert torch.equal(network.eval()(image).full, plain(image).full)
    assert network.config.num_entries == 12
    assert torch.equal(network.fusion.features, write_bank(folder / 'same.safetensors').features)


@pytest.mark.parametrize('is_frozen', [True, False])
def test_a_frozen_network_leaves_learning_to_its_fusion(config, is_frozen):
    settings = replace(config, prior=replace(config.prior, is_network_frozen=is_frozen))
    learner = DepthLearner(settings, ProcessGroup())
    before = {name: one.clone() for name, one in learner.network.state_dict().items()}
    for step in range(2):
        learner.learn(BATCH, step, 0.5)
    after, averaged = learner.network.state_dict(), learner.averaged.state_dict()
    changed = {name for name, one in after.items() if not torch.equal(one, before[name])}
    fusion = {f'fusion.{name}' for name, _ in learner.network.fusion.named_parameters()}
    bank = {f'fusion.{name}' for name, _ in learner.network.fusion.named_buffers()}
    # A bias of all keys alike changes no row.
    assert fusion - {'fusion.key.bias'} <= changed
    assert not bank & changed
    assert (changed <= fusion) == is_frozen
    if is_frozen:
        kept = before.keys() - fusion
        assert all(torch.equal(averaged[name], before[name]) for name in kept)


def test_another_bank_takes_the_place_of_the_one_learnt_with(config, folder, tmp_path):
    trained = make_trainer(tmp_path / 'run', replace(config, num_steps=4)).train()
    metadata = checkpoint_metadata(trained)
    assert metadata['training_data'] == ['corridor', 'yard', 'alley']
    assert metadata['prior_bank']['teacher'] == 'large'
    assert len(metadata['prior_bank']['bank_sha256']) == 64
    assert 'network_sha256' not in metadata['prior_bank']
    write_bank(tmp_path / 'small.safetensors', 7)
    prior = PriorConfig(bank=str(tmp_path / 'small.safetensors'), is_network_frozen=True)
    settings = replace(config, prior=prior, initial_checkpoint=str(trained))
    learner = DepthLearner(settings, ProcessGroup())
    before = load_checkpoint(trained).network
    assert learner.network.fusion.features.shape == (7, 5)
    assert torch.equal(learner.network.fusion.gate, before.fusion.gate)
    assert torch.equal(learner.network.fusion.query.weight, before.fusion.query.weight)
    (checkpoint,) = learner.checkpoints().values()
    assert len(checkpoint.metadata['prior_bank']['network_sha256']) == 64


def test_the_guided_loss_adds_its_terms(config, folder):
    settings = guided(config, folder)
    source = with_neighbours(make_source(), distance_m=0.1)
    # What looks the same without any warp tells nothing.
    moved = tuple(
        tuple(one._replace(image=np.roll(one.image, 5, axis=1)) for one in neighbours)
        for neighbours in source.neighbours
    )
    source = replace(source, neighbours=moved)
    batch = BatchSampler([source], settings, 0, settings.drawn_scale).batch(0)
    assert batch.image.shape[-2:] in [(192, 192), (192, 256)]
    learner = DepthLearner(settings, ProcessGroup())
    terms = learner.learn(batch, 0, 0.5)
    names = ('guided_view', 'guided_consistency', 'guided_retrieval')
    assert all(terms[name] > 0 for name in names)
    labels = terms['scale_invariant'] + 0.5 * terms['gradient_matching']
    expected = labels + sum(terms[name] for name in names)
    assert terms['loss'].item() == pytest.approx(expected.item(), rel=1e-5)
    weights = {'view_weight': 0.0, 'consistency_weight': 0.2, 'retrieval_weight': 0.5}
    others = DepthLearner(guided(config, folder, **weights), ProcessGroup()).learn(batch, 0, 0.5)
    assert others['guided_view'] == 0
    for name, factor in (('guided_consistency', 2), ('guided_retrieval', 0.5)):
        assert others[name].item() == pytest.approx(factor * terms[name].item(), rel=1e-5)


def test_neighbours_may_serve_the_guided_loss_alone(config, folder):
    is_off = replace(CONFIG.self_supervision, is_on=False)
    sources = [with_neighbours(make_source())]
    unused = replace(CONFIG, self_supervision=is_off)
    assert BatchSampler(sources, unused).batch(0).neighbours is None
    settings = replace(guided(config, folder), self_supervision=is_off)
    assert BatchSampler(sources, settings, 0, settings.drawn_scale).batch(0).neighbours is not None


def test_a_network_without_a_bank_is_guided_too(folder):
    settings = guided(CONFIG, folder)
    batch = BatchSampler([make_source()], settings, 0, settings.drawn_scale).batch(0)
    terms = DepthLearner(settings, ProcessGroup()).learn(batch, 0, 0.5)
    assert terms['guided_consistency'] > 0
    assert terms['guided_view'] == 0
    assert 'guided_retrieval' not in terms


def test_a_teacher_that_is_the_student_and_sees_the_same_has_nothing_to_say(config, folder):
    settings = replace(guided(CONFIG, folder), initial_checkpoint=config.initial_checkpoint)
    learner = DepthLearner(settings, ProcessGroup())
    learner.network.eval()
    prediction = learner.network.predict(BATCH.image.float() / 255)
    loss, terms = learner.guided(prediction, BATCH, BATCH)
    assert terms['guided_consistency'].item() == pytest.approx(0, abs=1e-7)
    assert loss.item() == pytest.approx(0, abs=1e-7)


def test_a_teacher_of_several_frames_says_more_where_poses_are_recorded(folder, tmp_path):
    plain = load_checkpoint(folder / 'plain.safetensors')
    teacher = MultiFrameDepth(TINY_MULTI_FRAME_DEPTH)
    teacher.single.load_state_dict(plain.network.state_dict())
    torch.nn.init.normal_(teacher.reduce[-1].weight, std=5.0)
    path = tmp_path / 'teacher.safetensors'
    save_checkpoint(path, replace(plain, network=teacher, network_name='multi_frame_depth'))
    guide = GuidedConfig(teacher=str(path), scale=1.0, view_weight=0.0)
    lonely = replace(
        CONFIG,
        prior=PriorConfig(guided=guide),
        self_supervision=replace(CONFIG.self_supervision, is_on=False),
    )
    with pytest.raises(ConfigError, match='give one a neighbour_step'):
        DepthLearner(lonely, ProcessGroup())
    settings = replace(lonely, sources=(SourceConfig(sequence='unused', neighbour_step=1),))
    learner = DepthLearner(settings, ProcessGroup())

    def consistency(neighbours):
        batch = BATCH._replace(neighbours=neighbours)
        prediction = plain.network.predict(batch.image.float() / 255)
        return learner.guided(prediction, batch, batch)[1]['guided_consistency'].item()

    source = with_neighbours(make_source(), distance_m=0.2)
    neighbours = BatchSampler([source], settings).batch(0).neighbours
    earlier = neighbours._replace(is_earlier=torch.tensor([True, False] * 2))
    unposed = earlier._replace(is_pose_known=torch.zeros(4, dtype=torch.bool))
    assert consistency(earlier) > 1e-5
    # Alone it is the student.
    for others in (None, neighbours, unposed):
        assert consistency(others) == pytest.approx(0, abs=1e-7)


def test_the_retrieval_teaches_which_entries_look_alike(config, folder):
    settings = guided(config, folder, view_weight=0.0, consistency_weight=0.0)
    batch = BatchSampler([make_source()], settings, 0, settings.drawn_scale).batch(0)
    learner = DepthLearner(settings, ProcessGroup())
    terms = [learner.learn(batch, step, 0.5)['guided_retrieval'].item() for step in range(30)]
    assert terms[-1] < 0.8 * terms[0]


def test_settings_that_do_not_belong_together_are_refused(config, folder):
    with pytest.raises(ConfigError, match='to no other'):
        replace(config, architecture='small_depth')
    with pytest.raises(ConfigError, match='to no other'):
        replace(config, prior=PriorConfig())
    with pytest.raises(ConfigError, match='initial_checkpoint'):
        replace(config, initial_checkpoint='', prior=replace(config.prior, is_network_frozen=True))
    with pytest.raises(ConfigError, match='multiples of 32'):
        replace(CONFIG, prior=PriorConfig(guided=GuidedConfig(teacher='large', scale=1.5)))
    with pytest.raises(ConfigError, match='scale'):
        GuidedConfig(scale=0.5)
    wide = replace(TINY_SMALL_DEPTH, widths=(8, 8, 16, 24, 32))
    with pytest.raises(CheckpointError, match='another network'):
        DepthLearner(replace(config, network=wide), ProcessGroup())
    missing = replace(config, prior=PriorConfig(bank='nowhere.safetensors'))
    with pytest.raises(CheckpointError, match='does not exist'):
        DepthLearner(missing, ProcessGroup())
