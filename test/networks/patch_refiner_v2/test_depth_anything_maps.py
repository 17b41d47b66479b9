"""Depth Anything V2's hand-over, on a network of its make that is small and has learnt nothing."""

from dataclasses import replace
import sys

import pytest
from tiny_refiner import TINY
import torch

from depth_nodes.errors import CheckpointError
from depth_nodes.networks.blocks import backbone
from depth_nodes.networks.patch_refiner_v2.depth_anything_maps import (
    coarse_maps_from_depth_anything,
    load_depth_anything,
    MEAN,
    STD,
)
from depth_nodes.networks.patch_refiner_v2.patch_refiner import PatchRefiner


@pytest.fixture(scope='module')
def transformers():
    backbone.load_timm()
    return pytest.importorskip('transformers', reason='transformers is not installed')


def make_network(transformers, kind: str) -> torch.nn.Module:
    torch.manual_seed(0)
    vision = transformers.Dinov2Config(
        hidden_size=16,
        num_hidden_layers=4,
        num_attention_heads=2,
        out_indices=[1, 2, 3, 4],
        reshape_hidden_states=False,
        apply_layernorm=True,
    )
    config = transformers.DepthAnythingConfig(
        backbone_config=vision,
        reassemble_hidden_size=16,
        neck_hidden_sizes=[8, 8, 16, 16],
        fusion_hidden_size=8,
        head_hidden_size=8,
        depth_estimation_type=kind,
        max_depth=20,
    )
    return transformers.DepthAnythingForDepthEstimation(config).eval()


@torch.no_grad()
def test_features_by_stride_and_metres(transformers):
    network = make_network(transformers, 'metric')
    image = torch.rand(2, 3, 70, 98)
    coarse = coarse_maps_from_depth_anything(network, image)
    assert coarse.depth.shape == (2, 1, 70, 98)
    assert (coarse.depth > 0).all()
    assert (coarse.depth < 20).all()
    sizes = [tuple(features.shape[1:]) for features in coarse.features]
    assert sizes == [(4, 70, 98), (8, 40, 56), (8, 20, 28), (8, 10, 14), (8, 5, 7), (8, 3, 4)]
    again = coarse_maps_from_depth_anything(network, image)
    assert all(torch.equal(*pair) for pair in zip(coarse.features, again.features, strict=True))


@torch.no_grad()
def test_the_refiner_takes_them(transformers):
    coarse = coarse_maps_from_depth_anything(
        make_network(transformers, 'metric'), torch.rand(1, 3, 70, 98)
    )
    channels = tuple(features.shape[1] for features in coarse.features)
    refiner = PatchRefiner(replace(TINY, coarse_channels=channels, has_coarse_image=False)).eval()
    boxes = torch.tensor([[0.0, 0.0, 0.5, 1.0], [0.5, 0.0, 1.0, 1.0]])
    assert refiner(torch.rand(2, 3, 96, 128), boxes, coarse).depth.shape == (2, 1, 96, 128)


@torch.no_grad()
def test_relative_depth_takes_its_metres_from_the_reference(transformers):
    network = make_network(transformers, 'relative')
    network.head.conv3.weight *= 1e5
    network.head.conv3.bias.fill_(1.0)
    image = torch.rand(1, 3, 70, 98)
    with pytest.raises(CheckpointError, match='reference depth'):
        coarse_maps_from_depth_anything(network, image)
    mean, std = (torch.tensor(value).view(3, 1, 1) for value in (MEAN, STD))
    relative = network((image - mean) / std).predicted_depth[:, None]
    assert relative.std() > 0.01
    reference = 1 / (0.3 * relative + 0.1)
    found = coarse_maps_from_depth_anything(network, image, reference).depth
    torch.testing.assert_close(found, reference, rtol=1e-4, atol=0)
    # The farthest of an unrelated reference bounds what the fit may say.
    noise = 2 + torch.rand(1, 1, 35, 49)
    assert coarse_maps_from_depth_anything(network, image, noise).depth.max() <= 3


def test_missing_weights_say_what_to_run(transformers, tmp_path):
    with pytest.raises(CheckpointError, match='hf download') as caught:
        load_depth_anything(str(tmp_path))
    assert '\n' not in str(caught.value)


def test_a_missing_package_says_what_to_run(monkeypatch):
    monkeypatch.setitem(sys.modules, 'transformers', None)
    with pytest.raises(CheckpointError, match='pip install transformers'):
        load_depth_anything('anything')


@torch.no_grad()
def test_a_folder_of_weights_loads(transformers, tmp_path):
    network = make_network(transformers, 'metric')
    network.save_pretrained(tmp_path)
    image = torch.rand(1, 3, 70, 98)
    loaded = coarse_maps_from_depth_anything(load_depth_anything(str(tmp_path)), image)
    assert torch.equal(loaded.depth, coarse_maps_from_depth_anything(network, image).depth)
