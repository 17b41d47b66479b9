"""The refiner's encoder: blind to the depth at first, at five strides whatever the backbone."""

from copy import deepcopy
import logging
from types import ModuleType

import pytest
import torch

from depth_nodes.errors import ConfigError
from depth_nodes.networks.blocks import backbone
from depth_nodes.networks.patch_refiner_v2.encoder import (
    create_encoder,
    SmallDepthEncoder,
    TimmEncoder,
)
from depth_nodes.networks.small_depth import SmallDepth, SmallDepthConfig


@torch.no_grad()
@pytest.mark.parametrize('name', ['test_resnet', 'test_convnext', 'test_efficientnet'])
def test_features_at_five_strides(name):
    torch.manual_seed(0)
    encoder = TimmEncoder(name).eval()
    features = encoder(torch.rand(1, 3, 96, 160), torch.rand(1, 1, 96, 160))
    assert [tuple(level.shape[1:]) for level in features] == [
        (channels, 96 // stride, 160 // stride)
        for channels, stride in zip(encoder.channels, (2, 4, 8, 16, 32), strict=True)
    ]


@torch.no_grad()
def test_small_depth_gives_the_features_that_its_weights_know():
    torch.manual_seed(0)
    network = SmallDepth(SmallDepthConfig()).eval()
    encoder = create_encoder('small_depth').eval()
    encoder.load_state_dict(SmallDepthEncoder(deepcopy(network)).state_dict())
    tiles = torch.rand(1, 3, 96, 128)
    features = network.predict(tiles).features
    found = encoder(tiles, torch.rand(1, 1, 96, 128))
    assert [level.shape[1] for level in found] == list(encoder.channels)
    for one, expected in zip(found, (*features.decoder[1:], features.encoder[-1]), strict=True):
        torch.testing.assert_close(one, expected)


@torch.no_grad()
@pytest.mark.parametrize('name', ['test_convnext', 'test_efficientnet'])
def test_it_starts_as_the_backbone_that_saw_no_depth(name):
    torch.manual_seed(0)
    plain = backbone.create_backbone(name).eval()
    torch.manual_seed(0)
    encoder = TimmEncoder(name).eval()
    tiles = torch.rand(1, 3, 96, 128)
    mean, std = (torch.tensor(plain.pretrained_cfg[key]).view(3, 1, 1) for key in ('mean', 'std'))
    expected = plain((tiles - mean) / std)
    for depth in (torch.zeros(1, 1, 96, 128), torch.rand(1, 1, 96, 128)):
        found = encoder(tiles, depth)[-len(expected) :]
        for one, other in zip(found, expected, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_it_learns_to_see_the_depth():
    encoder = TimmEncoder('test_resnet').eval()
    features = encoder(torch.rand(1, 3, 96, 128), torch.rand(1, 1, 96, 128))
    sum(level.square().mean() for level in features).backward()
    stem = next(value for value in encoder.parameters() if value.ndim == 4)
    assert stem.shape[1] == 4
    assert (stem[:, 3] == 0).all()
    assert stem.grad[:, 3].abs().max() > 0


def test_pretrained_weights_are_asked_for_only_on_request(monkeypatch, caplog):
    asked = []

    def weights_source(timm: ModuleType, name: str) -> None:
        asked.append(name)
        backbone._warn_of_random_weights(name, 'this is a test')

    monkeypatch.setattr(backbone, '_weights_source', weights_source)
    TimmEncoder('test_resnet')
    assert not asked
    with caplog.at_level(logging.WARNING):
        TimmEncoder('test_resnet', is_pretrained=True)
    assert asked == ['test_resnet']
    assert 'random' in caplog.text


def test_an_encoder_of_other_strides_is_refused():
    with pytest.raises(ConfigError, match=r'strides \(16'):
        TimmEncoder('test_vit')
