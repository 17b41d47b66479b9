"""Backbones: by name, without a network, and without timm where nobody asks for one."""

import ast
import logging
from pathlib import Path

import huggingface_hub
import pytest
import torch
from torch import nn
import torch.nn.functional as F

from depth_nodes.errors import BackendError, ConfigError
from depth_nodes.networks.blocks import backbone
from depth_nodes.networks.blocks.backbone import (
    channels_of,
    create_backbone,
    feature_sizes,
    strides_of,
)
from depth_nodes.networks.blocks.sparse import Conv1x1

TINY = 'test_efficientnet'


def test_features_come_by_level():
    network = create_backbone(TINY, in_channels=6)
    features = network(torch.rand(2, 6, 96, 160))
    widths, strides = channels_of(network), strides_of(network)
    assert strides == (2, 4, 8, 16, 32)
    for feature, channels, stride in zip(features, widths, strides, strict=True):
        assert feature.shape == (2, channels, 96 // stride, 160 // stride)


@pytest.mark.parametrize('name', ['no_such_model', 'test_mambaout_unknown'])
def test_an_unknown_name_is_a_config_error(name):
    with pytest.raises(ConfigError, match=name):
        create_backbone(name)


def test_sizes_are_found_without_a_trace():
    network = create_backbone(TINY)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    random = torch.get_rng_state()
    assert feature_sizes(network, TINY, (3, 96, 160))[-1] == (3, 5)
    assert torch.equal(torch.get_rng_state(), random)
    assert all(module.training for module in network.modules())
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name]), name


@pytest.mark.parametrize(
    ('name', 'message'),
    [
        ('test_vit2', 'takes no image of 24x40 px .*choose another backbone'),
        ('botnet26t_256', r'\(AssertionError\); choose another backbone'),
        ('mambaout_femto', 'not channels first; choose another backbone'),
    ],
)
def test_backbones_that_refuse_small_images_are_refused(name, message):
    with torch.device('meta'):
        network = create_backbone(name)
    with pytest.raises(ConfigError, match=message) as raised:
        feature_sizes(network, name, (3, 24, 40))
    assert '\n' not in str(raised.value)


def test_strided_filters_of_a_pixel_slice_their_image_first():
    """Torch's own would write a gradient over other memory, at times."""
    network = create_backbone('repvgg_a0', num_levels=1)
    strided = [
        module
        for module in network.modules()
        if isinstance(module, nn.Conv2d)
        and (module.kernel_size, module.stride) == ((1, 1), (2, 2))
    ]
    assert strided
    features = torch.rand(2, 3, 9, 14)
    for conv in strided:
        assert isinstance(conv, Conv1x1)
        expected = F.conv2d(features, conv.weight, conv.bias, stride=2)
        torch.testing.assert_close(conv(features), expected)


def test_without_the_hub_weights_are_random_and_one_warning_says_so(monkeypatch, tmp_path, caplog):
    monkeypatch.setattr(huggingface_hub.constants, 'ENDPOINT', 'http://127.0.0.1:9')
    monkeypatch.setattr(huggingface_hub.constants, 'HF_HUB_CACHE', str(tmp_path))
    with caplog.at_level(logging.WARNING):
        network = create_backbone(TINY, is_pretrained=True)
    assert sum(value.numel() for value in network.parameters()) > 0
    (record,) = caplog.records
    assert 'random' in record.getMessage()


def test_a_missing_timm_says_what_to_install(monkeypatch):
    def fail():
        raise ImportError("No module named 'timm'")

    monkeypatch.setattr(backbone, '_imported_timm', fail)
    backbone.load_timm.cache_clear()
    with pytest.raises(BackendError, match=r"pip install 'depth_nodes\[train\]'"):
        create_backbone(TINY)


def test_naming_the_networks_needs_no_timm():
    """It takes seconds to import, and no robot has it."""
    files = list(Path(backbone.__file__).parents[1].rglob('*.py'))
    assert len(files) > 10
    for file in files:
        for statement in ast.parse(file.read_text()).body:
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                assert 'timm' not in ast.unparse(statement), file
