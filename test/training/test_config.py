"""Settings that cannot work are refused by name."""

from dataclasses import replace
from pathlib import Path

import pytest
from tiny_training import CONFIG

from depth_nodes.data.transforms import AugmentationConfig
from depth_nodes.errors import ConfigError
from depth_nodes.networks.small_depth import SmallDepthConfig
from depth_nodes.training.objective import ObjectiveConfig
from depth_nodes.training.run_config import OptimizerConfig
from depth_nodes.training.source_config import SourceConfig
from depth_nodes.training.trainer import TrainingRun


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
        (lambda: replace(CONFIG, seed=2**64), 'seed'),
        (lambda: replace(CONFIG, name=''), 'name'),
        (lambda: replace(CONFIG, name='state'), 'name'),
        (lambda: replace(CONFIG, name='../other'), 'name'),
        (lambda: SmallDepthConfig(widths=(8,) * 6, num_blocks=(0,) * 6), 'widths'),
        (lambda: SmallDepthConfig(widths=(8, 8, 8, 8, 0)), 'widths'),
        (lambda: SmallDepthConfig(last_width=0), 'last_width'),
        (lambda: SmallDepthConfig(num_blocks=(0, 0, 0, 0, -1)), 'num_blocks'),
        (lambda: SmallDepthConfig(expansion=float('nan')), 'expansion'),
        (lambda: SmallDepthConfig(initial_sigmoid_logit=float('nan')), 'initial_sigmoid_logit'),
        (lambda: SourceConfig(sequence='a', weight=1e308), 'weight'),
        (lambda: replace(CONFIG, num_reader_threads=0), 'num_reader_threads'),
        (lambda: SourceConfig(sequence='a', weight=0.0), 'weight'),
        (lambda: SourceConfig(sequence='a', weight=float('nan')), 'weight'),
        (lambda: SourceConfig(sequence='a', weight=1.0, final_weight=-1.0), 'final_weight'),
        (lambda: SourceConfig(sequence='a', first_frame=-1), 'first_frame'),
        (lambda: SourceConfig(render='room'), 'num_scenes'),
        (lambda: OptimizerConfig(warm_up=1.0), 'warm_up'),
        (lambda: OptimizerConfig(learning_rate=0.0), 'learning_rate'),
        (lambda: OptimizerConfig(ema_decay=-0.1), 'ema_decay'),
        (lambda: ObjectiveConfig(gradient_weight=-1.0), 'gradient_weight'),
        (lambda: ObjectiveConfig(head_weights=(1.0, 1.0)), 'head_weights'),
        (lambda: ObjectiveConfig(head_weights=(0.0, 0.0, 0.0)), 'head_weights'),
        (lambda: AugmentationConfig(flip_probability=1.5), 'flip_probability'),
        (lambda: AugmentationConfig(jpeg_probability=-0.1), 'jpeg_probability'),
        (lambda: AugmentationConfig(max_zoom=0.5), 'max_zoom'),
        (lambda: AugmentationConfig(color_strength=-1.0), 'color_strength'),
        (lambda: AugmentationConfig(max_zoom=1e9), 'max_zoom'),
        (lambda: AugmentationConfig(color_strength=1e3), 'color_strength'),
        (lambda: TrainingRun(output=Path(), budget_minutes=-1.0), 'budget'),
    ],
)  # fmt: skip
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


def test_some_source_must_have_a_weight_at_either_end():
    fading, growing = (
        SourceConfig(sequence='a', weight=weight, final_weight=1 - weight) for weight in (1.0, 0.0)
    )
    replace(CONFIG, sources=(fading, growing))
    with pytest.raises(ConfigError, match='every final_weight'):
        replace(CONFIG, sources=(fading,))
    with pytest.raises(ConfigError, match='every weight'):
        replace(CONFIG, sources=(growing,))
