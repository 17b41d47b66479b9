"""The large network learns, is saved, predicts, and teaches the small one."""

from dataclasses import replace

import pytest
from tiny_networks import TINY_HQDEC_V2
from tiny_training import CONFIG, make_trainer
import torch

from depth_nodes.networks.checkpoints import load_checkpoint
from depth_nodes.networks.hqdec_v2 import HqDecV2
from depth_nodes.training.function_approximation import ApproximationConfig

ONE_STEP = replace(CONFIG, view_sizes=((96, 96),), num_steps=1)


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """The trainer of one step, and the checkpoint that it wrote."""
    folder = tmp_path_factory.mktemp('hqdec')
    trainer = make_trainer(
        folder, replace(ONE_STEP, architecture='hqdec_v2', hqdec_v2=TINY_HQDEC_V2)
    )
    before = {
        name: value.detach().clone() for name, value in trainer.learner.network.named_parameters()
    }
    return before, trainer, trainer.train()


def test_a_step_moves_the_weights_of_every_part(trained):
    before, trainer, _ = trained
    moved = {
        name.split('.')[0]
        for name, value in trainer.learner.network.named_parameters()
        if not torch.equal(value, before[name])
    }
    assert moved == {'backbone', 'decoder', 'heads'}


def test_the_checkpoint_holds_the_averaged_weights_and_predicts(trained):
    _, trainer, path = trained
    checkpoint = load_checkpoint(path)
    assert checkpoint.network_name == 'hqdec_v2'
    assert isinstance(checkpoint.network, HqDecV2)
    assert checkpoint.network.config == TINY_HQDEC_V2
    averaged = trainer.learner.averaged
    weights = averaged.state_dict()
    for name, value in checkpoint.network.state_dict().items():
        assert torch.equal(value, weights[name]), name
    image = torch.rand(1, 3, 96, 128)
    with torch.no_grad():
        predicted, expected = (one.eval()(image).full for one in (checkpoint.network, averaged))
    torch.testing.assert_close(predicted, expected, rtol=1e-4, atol=0)


def test_it_teaches_the_small_network(trained, tmp_path):
    *_, path = trained
    config = replace(ONE_STEP, approximation=ApproximationConfig(teacher=str(path)))
    student = make_trainer(tmp_path, config)
    teacher = load_checkpoint(path).network.state_dict()
    terms = student.learner.learn(student.read_batch(0), 0, 0.0)
    for part in ('encoder', 'decoder', 'output'):
        assert terms[f'approximation_{part}'] > 0
    approximation = student.learner.criterion.approximation
    for name, value in approximation.teacher.state_dict().items():
        assert torch.equal(value, teacher[name]), name
