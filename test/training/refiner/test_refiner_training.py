"""A refiner is trained by the loop that trains every network."""

from dataclasses import replace

import pytest
from tiny_refinement import drive_source, refiner_config
from tiny_training import read_curves
import torch

from depth_nodes.errors import CheckpointError
from depth_nodes.networks.checkpoints import load_checkpoint
from depth_nodes.networks.registry import REFINERS
from depth_nodes.training.process_group import joined_process_group
from depth_nodes.training.trainer import Trainer, TrainingRun


def trainer(config, folder, validation=()):
    source = drive_source(1)
    return Trainer(config, [source], list(validation), TrainingRun(output=folder))


def test_one_scene_is_learnt(tmp_path):
    config = refiner_config(tmp_path, num_steps=30, noisy_pretraining=0.2, validation_interval=60)
    path = trainer(config, tmp_path / 'run', [drive_source(1)]).train()
    scores = read_curves(tmp_path / 'run')[-1]
    assert scores['drive/refined_abs_rel'] < 0.8 * scores['drive/coarse_abs_rel']
    assert scores['drive/refined_rmse_m'] < scores['drive/coarse_rmse_m']
    shipped = load_checkpoint(path, REFINERS)
    assert shipped.network.config == config.network
    assert shipped.metadata == {
        'name': 'tiny',
        'license': 'Apache-2.0',
        'training_data': ['drive', 'elsewhere'],
        'frames': 1,
        'steps': 30,
        'coarse': 'coarse',
        'coarse_size': [96, 192],
        'tile_size': [64, 96],
    }


def test_a_resumed_training_is_as_if_never_stopped(tmp_path):
    # Stopped in noisy pretraining, at its end, and after it.
    config = refiner_config(
        tmp_path, num_steps=6, noisy_pretraining=0.5, checkpoint_interval=1, tiles_per_frame=1
    )
    whole = trainer(config, tmp_path / 'whole')
    whole.train()
    for stop in (2, 3, 5):
        broken = trainer(config, tmp_path / 'broken')
        learn = broken.learner.learn

        def stopping(batch, step, progress, learn=learn, stop=stop):
            if step == stop:
                raise KeyboardInterrupt
            return learn(batch, step, progress)

        broken.learner.learn = stopping
        with pytest.raises(KeyboardInterrupt):
            broken.train()
    resumed = trainer(config, tmp_path / 'broken')
    assert resumed.step == 5
    resumed.train()
    for name, network in whole.learner.networks.items():
        others = resumed.learner.networks[name].state_dict()
        for key, value in network.state_dict().items():
            assert torch.equal(value, others[key]), f'{name}.{key}'


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason='there is no GPU')
def test_a_gpu_learns_what_a_cpu_learns(tmp_path):
    config = refiner_config(tmp_path, num_steps=30, validation_interval=60, precision='float32')
    source = drive_source(1)
    with joined_process_group('cuda') as group:
        run = TrainingRun(output=tmp_path / 'gpu')
        Trainer(config, [source], [source], run, group).train()
    trainer(config, tmp_path / 'cpu', [source]).train()
    score, other = (
        read_curves(tmp_path / run)[-1]['drive/refined_abs_rel'] for run in ('gpu', 'cpu')
    )
    assert score == pytest.approx(other, abs=0.05)


def test_another_coarse_network_is_not_resumed(tmp_path):
    config = refiner_config(tmp_path, num_steps=1)
    trainer(config, tmp_path / 'run').train()
    with pytest.raises(CheckpointError, match='coarse_size was'):
        trainer(replace(config, coarse_size=(96, 224)), tmp_path / 'run')
