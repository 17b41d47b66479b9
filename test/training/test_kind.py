"""The architecture of a preset decides what is trained."""

import pytest

from depth_nodes.errors import ConfigError
from depth_nodes.training.config import TrainingConfig
from depth_nodes.training.kind import load_training_config
from depth_nodes.training.refiner.config import RefinerConfig

COMMON = 'name: a\nlicense: b\ndata_root: c\nsources: [{sequence: d}]\n'


@pytest.fixture
def preset(tmp_path):
    def preset(text=''):
        path = tmp_path / 'preset.yaml'
        path.write_text(COMMON + text)
        return path

    return preset


def test_the_architecture_decides(preset):
    assert type(load_training_config(preset())) is TrainingConfig
    assert type(load_training_config(preset('architecture: hqdec_v2'))) is TrainingConfig
    refiner = preset('architecture: patch_refiner_v2\nnoisy_pretraining: 0.5')
    assert load_training_config(refiner).noisy_pretraining == 0.5
    overrides = ['architecture=patch_refiner_v2', 'network.use_gates=false']
    config = load_training_config(preset(), overrides)
    assert type(config) is RefinerConfig
    assert not config.network.use_gates


def test_settings_of_the_other_kind_are_unknown(preset):
    with pytest.raises(ConfigError, match='view_sizes: unknown key'):
        load_training_config(preset('architecture: patch_refiner_v2\nview_sizes: [[96, 96]]'))
    with pytest.raises(ConfigError, match='tile_size: unknown key'):
        load_training_config(preset('tile_size: [96, 96]'))
    with pytest.raises(ConfigError, match='architecture'):
        load_training_config(preset('architecture: other'))
