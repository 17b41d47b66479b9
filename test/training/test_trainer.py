"""The trainer: it learns, and it resumes as if it had never stopped."""

from dataclasses import replace

import numpy as np
import pytest
from safetensors import safe_open
from tiny_training import (
    as_affine,
    CONFIG,
    make_source,
    make_trainer,
    read_curves,
    WHOLE_METHOD,
    with_neighbours,
)
import torch

from depth_nodes.errors import CheckpointError, ConfigError
from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.networks.checkpoints import load_checkpoint
from depth_nodes.training.process_group import joined_process_group
from depth_nodes.training.trainer import Trainer, TrainingRun
from depth_nodes.training.validation import validate


def tensors_of(path):
    with safe_open(path, framework='pt') as file:
        return {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118


def test_a_resumed_training_never_stopped(tmp_path):
    mix = [make_source('near', 1.0, 3.0, 0.0), as_affine(make_source('far', 0.2, 20.0, 1.0))]
    make_trainer(tmp_path / 'whole', sources=mix).train()
    first = make_trainer(tmp_path / 'parts', sources=mix)
    for _ in range(4):
        first.learner.learn(first.read_batch(first.step), first.step, first.progress)
        first.step += 1
    first.save()
    second = make_trainer(tmp_path / 'parts', sources=mix)
    assert second.step == 4
    second.train()
    whole, parts = (tensors_of(tmp_path / run / 'state.safetensors') for run in ('whole', 'parts'))
    kinds = {name.split('.')[0] for name in whole}
    assert kinds == {'network', 'averaged', 'optimizer'}
    assert whole.keys() == parts.keys()
    for name, value in whole.items():
        assert torch.equal(value, parts[name]), name


def test_a_resumed_training_with_the_whole_method_never_stopped(tmp_path):
    config = replace(WHOLE_METHOD, num_steps=2)
    sources = [with_neighbours(make_source())]
    make_trainer(tmp_path / 'whole', config, sources).train()
    first = make_trainer(tmp_path / 'parts', config, sources)
    first.learner.learn(first.read_batch(0), 0, first.progress)
    first.step = 1
    first.save()
    make_trainer(tmp_path / 'parts', config, sources).train()
    whole, parts = (tensors_of(tmp_path / run / 'state.safetensors') for run in ('whole', 'parts'))
    assert {name.split('.')[0] for name in whole} == {'network', 'averaged', 'pose', 'optimizer'}
    assert whole.keys() == parts.keys()
    for name, value in whole.items():
        assert torch.equal(value, parts[name]), name
    # What comes out is the plain network, whatever its filters were the sums of.
    plain = load_checkpoint(tmp_path / 'whole' / 'tiny.safetensors').network
    assert plain.config == CONFIG.network


def test_the_number_of_reader_threads_changes_nothing(tmp_path):
    one = make_trainer(tmp_path / 'one')
    two = make_trainer(tmp_path / 'two', replace(CONFIG, num_reader_threads=3))
    one.train()
    two.train()
    for name, value in one.learner.network.state_dict().items():
        assert torch.equal(value, two.learner.network.state_dict()[name]), name


def test_learning_lowers_the_error(tmp_path):
    config = replace(CONFIG, num_steps=60, validation_interval=10)
    make_trainer(tmp_path, config).train()
    curves = read_curves(tmp_path)
    scores = [line['corridor/median'] for line in curves if 'corridor/median' in line]
    losses = [line['loss'] for line in curves if 'loss' in line]
    assert scores[-1] < 0.1 < scores[0]
    assert losses[-1] < 0.75 * losses[0]


def test_the_weights_that_come_out_say_what_they_are(tmp_path):
    path = make_trainer(tmp_path).train()
    checkpoint = load_checkpoint(path)
    assert path.name == 'tiny.safetensors'
    assert checkpoint.metadata == {
        'name': 'tiny',
        'license': 'Apache-2.0',
        'training_data': ['corridor'],
        'frames': 4,
        'steps': 8,
    }
    assert checkpoint.network.config == CONFIG.network
    assert not (tmp_path / 'state.safetensors.partial').exists()


def test_a_time_budget_ends_the_training(tmp_path):
    config = replace(CONFIG, num_steps=10_000_000)
    trainer = make_trainer(tmp_path, config, budget_minutes=0.02)
    trainer.train()
    assert 0 < trainer.step < 10_000
    assert trainer.progress >= 1


def test_training_goes_on_from_other_weights(tmp_path):
    path = make_trainer(tmp_path / 'first').train()
    config = replace(CONFIG, initial_checkpoint=str(path))
    start = make_trainer(tmp_path / 'second', config).learner.network.state_dict()
    for name, value in load_checkpoint(path).network.state_dict().items():
        assert torch.equal(start[name], value)
    other = replace(config, network=replace(CONFIG.network, last_width=4))
    with pytest.raises(CheckpointError, match='another network'):
        make_trainer(tmp_path / 'third', other)


def test_a_foreign_state_is_not_resumed(tmp_path):
    make_trainer(tmp_path).train()
    other = replace(CONFIG, network=replace(CONFIG.network, last_width=4))
    with pytest.raises(CheckpointError, match='cannot resume'):
        make_trainer(tmp_path, other)
    other = replace(CONFIG, canonical=CanonicalCamera(focal_px=300.0))
    with pytest.raises(CheckpointError, match='canonical.focal_px was 256.0 and is now 300.0'):
        make_trainer(tmp_path, other)


def test_shapes_are_learnt_from_affine_labels_alone(tmp_path):
    config = replace(CONFIG, num_steps=60, validation_interval=10)
    source, truth = as_affine(make_source()), make_source()
    make_trainer(tmp_path, config, [source]).train()
    curves = read_curves(tmp_path)
    scores = [line['corridor/median'] for line in curves if 'corridor/median' in line]
    assert scores[-1] < 0.1 < scores[0]
    with pytest.raises(ConfigError, match='no depth to validate on'):
        Trainer(config, [truth], [source], TrainingRun(output=tmp_path / 'other'))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason='there is no GPU')
def test_a_gpu_learns_what_a_cpu_learns_and_resumes(tmp_path):
    with joined_process_group('cuda') as group:
        run = TrainingRun(output=tmp_path / 'gpu')
        Trainer(replace(CONFIG, num_steps=4), [make_source()], [], run, group).train()
        resumed = Trainer(CONFIG, [make_source()], [make_source()], run, group)
        assert resumed.step == 4
        resumed.train()
    on_cpu = make_trainer(tmp_path / 'cpu', replace(CONFIG, max_drop_probability=0.0))
    on_cpu.train()
    score = [read_curves(tmp_path / run)[-1]['corridor/median'] for run in ('gpu', 'cpu')]
    assert score[0] == pytest.approx(score[1], abs=0.1)


@pytest.mark.parametrize('num_steps', [60, 6])
def test_a_training_that_diverges_is_stopped_and_ships_nothing(tmp_path, num_steps):
    optimizer = replace(CONFIG.optimizer, learning_rate=1e30)
    config = replace(CONFIG, num_steps=num_steps, checkpoint_interval=100, optimizer=optimizer)
    with pytest.raises(ConfigError, match='has diverged'):
        make_trainer(tmp_path, config).train()
    assert not (tmp_path / 'tiny.safetensors').exists()


@pytest.mark.parametrize('file', ['state.safetensors', 'tiny.safetensors'])
def test_a_file_that_cannot_be_written_is_told(tmp_path, file):
    (tmp_path / f'{file}.partial').mkdir()
    with pytest.raises(CheckpointError, match=f'{file} cannot be written'):
        make_trainer(tmp_path).save()


def test_thin_images_are_validated(tmp_path):
    (sample, *_), thin = make_source().samples, np.s_[:, :1]
    image, depth_m = (
        np.tile(sample.image[thin], (20, 1, 1)),
        np.tile(sample.depth_m[thin], (20, 1)),
    )
    tall = replace(make_source(), samples=[replace(sample, image=image, depth_m=depth_m)])
    assert validate(make_trainer(tmp_path).learner.averaged, [tall], CONFIG.canonical, 192)
