"""The trainer: it learns, it resumes as if it had never stopped, and it mixes its sources."""

from dataclasses import replace
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from depth_nodes.data.sample import Sample
from depth_nodes.data.synthetic.scene import RENDERER_VERSION
from depth_nodes.data.transforms import AugmentationConfig
from depth_nodes.errors import CheckpointError, ConfigError, InputError
from depth_nodes.messages.camera import Camera
from depth_nodes.networks.checkpoints import load_checkpoint
from depth_nodes.networks.small_depth import SmallDepthConfig
from depth_nodes.training import sources
from depth_nodes.training.config import (
    ObjectiveConfig,
    OptimizerConfig,
    SourceConfig,
    TrainingConfig,
)
from depth_nodes.training.sources import BatchSampler, FrameSource, load_source
from depth_nodes.training.trainer import Trainer, TrainingRun

CONFIG = TrainingConfig(
    name='tiny',
    license='Apache-2.0',
    data_root='.',
    sources=(SourceConfig(sequence='unused'),),
    view_sizes=((96, 96), (96, 128)),
    batch_size=2,
    num_steps=8,
    validation_interval=4,
    checkpoint_interval=4,
    max_drop_probability=0.3,
    # The toy scene tells its depth by brightness alone, so colours must stay as they are.
    augmentation=AugmentationConfig(
        max_zoom=1.2, color_strength=0.0, gray_probability=0.0, noise_probability=0.0
    ),
    network=SmallDepthConfig(widths=(8, 8, 16, 16, 32), last_width=8, num_blocks=(0, 0, 1, 1, 1)),
    optimizer=OptimizerConfig(learning_rate=3e-3, ema_decay=0.9),
)


def make_source(name='corridor', weight=1.0, depth_m=3.0):
    """Frames whose lower half is a floor that comes nearer and brighter towards the bottom."""
    random = np.random.default_rng(0)
    rows = np.linspace(0, 1, 120, dtype=np.float32)[:, None]
    depth = np.broadcast_to(depth_m / (0.4 + rows), (120, 160)).astype(np.float32)
    samples = []
    for index in range(4):
        texture = random.uniform(0, 60, (120, 160, 3))
        image = (180 * rows[..., None] + texture).clip(0, 255).astype(np.uint8)
        camera = Camera.from_fov(160, 120, 70.0)
        samples.append(Sample(name=str(index), image=image, camera=camera, depth_m=depth))
    return FrameSource(name=name, samples=samples, weight=weight)


def make_trainer(folder, config=CONFIG, **run):
    source = make_source()
    return Trainer(config, [source], [source], TrainingRun(output=folder, **run))


def read_curves(folder):
    return [json.loads(line) for line in (folder / 'curves.jsonl').read_text().splitlines()]


def test_a_resumed_training_never_stopped(tmp_path):
    whole = make_trainer(tmp_path / 'whole')
    whole.train()
    first = make_trainer(tmp_path / 'parts')
    for _ in range(4):
        first._train_step()
        first.step += 1
    first._save()
    second = make_trainer(tmp_path / 'parts')
    assert second.step == 4
    second.train()
    for name, value in whole.averaged.state_dict().items():
        assert torch.equal(value, second.averaged.state_dict()[name]), name


def test_learning_lowers_the_error(tmp_path):
    config = replace(CONFIG, num_steps=100, validation_interval=10)
    make_trainer(tmp_path, config).train()
    curves = read_curves(tmp_path)
    scores = [line['corridor/median'] for line in curves if 'corridor/median' in line]
    losses = [line['loss'] for line in curves if 'loss' in line]
    assert scores[-1] < 0.1 < scores[0]
    assert losses[-1] < 0.6 * losses[0]


def test_the_weights_that_come_out_say_what_they_are(tmp_path):
    path = make_trainer(tmp_path).train()
    checkpoint = load_checkpoint(path)
    assert path.name == 'tiny.safetensors'
    assert checkpoint.metadata == {
        'name': 'tiny',
        'license': 'Apache-2.0',
        'training_data': ['corridor'],
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


def test_the_learning_rate_rises_and_falls_to_zero(tmp_path):
    trainer = make_trainer(tmp_path)
    rates = [trainer._learning_rate(progress) for progress in (0.0, 0.015, 0.03, 0.5, 1.0)]
    assert rates[0] < rates[1] < rates[2] == pytest.approx(3e-3)
    assert rates[2] > rates[3] > rates[4] == pytest.approx(0, abs=1e-12)


def test_training_goes_on_from_other_weights(tmp_path):
    path = make_trainer(tmp_path / 'first').train()
    config = replace(CONFIG, initial_checkpoint=str(path))
    start = make_trainer(tmp_path / 'second', config).network.state_dict()
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


def test_rendered_and_recorded_sources_load(tmp_path):
    rendered = SourceConfig(render='room', num_scenes=2, views_per_scene=2)
    first = load_source(rendered, tmp_path, tmp_path / 'rendered').samples
    (folder,) = (tmp_path / 'rendered').iterdir()
    again = load_source(SourceConfig(sequence=folder.name), folder.parent, tmp_path).samples
    assert len(first) == len(again) == 4
    np.testing.assert_array_equal(first[3].image, again[3].image)
    with pytest.raises(InputError, match=r'sequence\.json'):
        load_source(SourceConfig(sequence='absent'), tmp_path, tmp_path)


def test_another_size_or_renderer_is_rendered_anew(tmp_path, monkeypatch):
    config = SourceConfig(render='room', num_scenes=1, views_per_scene=1)
    monkeypatch.setattr(sources, 'RENDERED_SIZE_PX', (96, 128))
    assert load_source(config, tmp_path, tmp_path).samples[0].image.shape == (96, 128, 3)
    monkeypatch.setattr(sources, 'RENDERED_SIZE_PX', (96, 160))
    assert load_source(config, tmp_path, tmp_path).samples[0].image.shape == (96, 160, 3)
    monkeypatch.setattr(sources, 'RENDERER_VERSION', 0)
    load_source(config, tmp_path, tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    sizes = (f'96x128_v{RENDERER_VERSION}', f'96x160_v{RENDERER_VERSION}', '96x160_v0')
    assert names == {f'room_0_1x1_{size}' for size in sizes}


@pytest.mark.parametrize(
    ('change', 'name'),
    [
        (lambda: replace(CONFIG, num_steps=0), 'num_steps'),
        (lambda: replace(CONFIG, batch_size=0), 'batch_size'),
        (lambda: replace(CONFIG, validation_interval=0), 'validation_interval'),
        (lambda: replace(CONFIG, checkpoint_interval=-1), 'checkpoint_interval'),
        (lambda: replace(CONFIG, max_drop_probability=1.0), 'max_drop_probability'),
        (lambda: replace(CONFIG, view_sizes=()), 'view_sizes'),
        (lambda: replace(CONFIG, seed=-1), 'seed'),
        (lambda: SourceConfig(sequence='a', weight=0.0), 'weight'),
        (lambda: SourceConfig(sequence='a', weight=float('nan')), 'weight'),
        (lambda: SourceConfig(sequence='a', first_frame=-1), 'first_frame'),
        (lambda: SourceConfig(render='room'), 'num_scenes'),
        (lambda: OptimizerConfig(warm_up=1.0), 'warm_up'),
        (lambda: OptimizerConfig(learning_rate=0.0), 'learning_rate'),
        (lambda: OptimizerConfig(ema_decay=-0.1), 'ema_decay'),
        (lambda: ObjectiveConfig(gradient_weight=-1.0), 'gradient_weight'),
        (lambda: ObjectiveConfig(head_weights=(1.0, 1.0)), 'head_weights'),
        (lambda: ObjectiveConfig(head_weights=(0.0, 0.0, 0.0)), 'head_weights'),
        (lambda: AugmentationConfig(flip_probability=1.5), 'flip_probability'),
        (lambda: AugmentationConfig(max_zoom=0.5), 'max_zoom'),
        (lambda: AugmentationConfig(color_strength=-1.0), 'color_strength'),
        (lambda: TrainingRun(output=Path(), budget_minutes=-1.0), 'budget'),
    ],
)
def test_settings_out_of_range_are_named(change, name):
    with pytest.raises(ConfigError, match=name):
        change()


def test_wrong_configurations_are_refused():
    with pytest.raises(ConfigError, match='either'):
        SourceConfig()
    with pytest.raises(ConfigError, match='multiples of 32'):
        replace(CONFIG, view_sizes=((100, 128),))
    with pytest.raises(ConfigError, match='sources'):
        replace(CONFIG, sources=())
