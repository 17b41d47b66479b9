"""Settings of a refiner's training that cannot work are refused by name."""

from dataclasses import replace

import pytest
from tiny_refinement import refiner_config

from depth_nodes.data.transforms import AugmentationConfig
from depth_nodes.errors import ConfigError
from depth_nodes.training.refiner.config import DetailConfig
from depth_nodes.training.source_config import SourceConfig


@pytest.mark.parametrize(
    ('changes', 'name'),
    [
        ({'tiles_per_frame': 0}, 'tiles_per_frame'),
        ({'tile_size': (60, 96)}, 'tile_size'),
        ({'coarse_size': (64, 192)}, 'coarse_size'),
        ({'edge_share': 1.5}, 'edge_share'),
        ({'min_frame_scale': 0.0}, 'min_frame_scale'),
        ({'noisy_pretraining': 1.0}, 'noisy_pretraining'),
        ({'encoder_rate': 0.0}, 'encoder_rate'),
        ({'coarse_rate': -0.1}, 'coarse_rate'),
        ({'num_steps': 0}, 'num_steps'),
        ({'augmentation': AugmentationConfig()}, 'max_zoom'),
        ({'sources': (SourceConfig(sequence='a', supervision='affine'),)}, 'supervision'),
        ({'validation': (SourceConfig(sequence='a', neighbour_step=1),)}, 'neighbour_step'),
        (
            {'noisy_pretraining': 0.5, 'detail': DetailConfig(teacher='x.safetensors')},
            'noisy_pretraining',
        ),
    ],
)
def test_settings_that_cannot_work_are_named(tmp_path, changes, name):
    config = refiner_config(tmp_path)
    with pytest.raises(ConfigError, match=name):
        replace(config, **changes)


@pytest.mark.parametrize(
    ('changes', 'name'),
    [
        ({'weight': 0.0}, 'weight'),
        ({'max_depth_m': 0.0}, 'max_depth_m'),
        ({'losses': ()}, 'losses'),
        ({'losses': ('ssigm', 'ssigm')}, 'losses'),
    ],
)
def test_a_teacher_that_is_not_listened_to_is_refused(changes, name):
    with pytest.raises(ConfigError, match=name):
        DetailConfig(**changes)


def test_the_weights_know_what_their_checkpoints_knew(tmp_path):
    config = refiner_config(tmp_path)
    assert config.known_checkpoints == (config.coarse,)
    assert config.known_backbones == ()
    pretrained = replace(config.network, is_pretrained=True)
    whole = replace(
        config,
        network=pretrained,
        initial_checkpoint='first.safetensors',
        detail=DetailConfig(teacher='teacher.safetensors'),
    )
    assert whole.known_checkpoints == (
        'first.safetensors',
        config.coarse,
        'teacher.safetensors',
    )
    assert whole.known_backbones == (pretrained.encoder,)
