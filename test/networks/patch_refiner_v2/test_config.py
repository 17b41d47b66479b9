"""Tables that make no network are refused; the presets make the networks that they describe."""

from dataclasses import replace
from pathlib import Path
import re

import pytest
import torch

from depth_nodes.config_loader import load_config
from depth_nodes.errors import ConfigError
from depth_nodes.networks.patch_refiner_v2.config import PatchRefinerConfig
from depth_nodes.networks.patch_refiner_v2.patch_refiner import PatchRefiner
from depth_nodes.networks.small_depth import SmallDepthConfig

CONFIG = Path(__file__).resolve().parents[3] / 'config'
PRESETS = sorted((CONFIG / 'networks').glob('patch_refiner_v2_*.yaml'))


@pytest.mark.parametrize('path', PRESETS, ids=lambda path: path.stem)
def test_presets_have_the_size_that_they_say(path):
    said = re.search(r'([\d.]+) M parameters', path.read_text())
    config = load_config(PatchRefinerConfig, path)
    with torch.device('meta'):
        network = PatchRefiner(replace(config, is_pretrained=False))
    total = sum(value.numel() for value in network.parameters())
    assert total / 1e6 == pytest.approx(float(said[1]), rel=0.002)


def test_there_are_presets_for_the_paper_and_for_robots():
    names = {path.stem.removeprefix('patch_refiner_v2_') for path in PRESETS}
    assert names == {'m', 'e', 'c', '64', '32', '24'}
    assert load_config(PatchRefinerConfig, PRESETS[-1]) == PatchRefinerConfig(is_pretrained=True)
    for path in PRESETS:
        config = load_config(PatchRefinerConfig, path)
        if config.has_coarse_image:
            assert config.coarse_channels[1:] == SmallDepthConfig().widths


@pytest.mark.parametrize(
    ('wrong', 'message'),
    [
        ({'coarse_channels': (8,) * 5}, 'coarse_channels .* 6 numbers'),
        ({'temp_channels': (8,) * 7}, 'temp_channels .* 6 numbers'),
        ({'decoder_channels': (8, 8, 8, 8, 0)}, 'decoder_channels .* 5 numbers of 1 or more'),
        ({'width': 1}, 'width is 1'),
    ],
)
def test_impossible_tables_are_refused(wrong, message):
    with pytest.raises(ConfigError, match=message):
        PatchRefinerConfig(**wrong)
