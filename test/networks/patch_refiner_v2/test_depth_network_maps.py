"""What the depth networks of this package hand over to a refiner."""

from dataclasses import replace

import pytest
from tiny_networks import TINY_NETWORKS
from tiny_refiner import random_boxes, random_refiner, TINY
import torch

from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.networks.depth_network import DepthNetwork, IMAGE_MEAN, IMAGE_STD
from depth_nodes.networks.patch_refiner_v2.depth_network_maps import coarse_maps_from_depth_network
from depth_nodes.networks.registry import NETWORKS

CANONICAL = CanonicalCamera(focal_px=300.0, min_depth_m=0.05, max_depth_m=400.0)


@pytest.fixture(scope='module', params=NETWORKS)
def network(request) -> DepthNetwork:
    torch.manual_seed(0)
    return NETWORKS[request.param].network(TINY_NETWORKS[request.param]).eval()


@torch.no_grad()
def test_maps_by_stride_and_canonical_depth(network):
    image = torch.rand(2, 3, 96, 160)
    features, depth = coarse_maps_from_depth_network(network, image, CANONICAL)
    assert [tuple(level.shape[2:]) for level in features] == [
        (96 // stride, 160 // stride) for stride in (1, 2, 4, 8, 16, 32)
    ]
    torch.testing.assert_close(features[0] * IMAGE_STD + IMAGE_MEAN, image)
    sigmoid = CANONICAL.sigmoid_from_inverse_depth(1 / depth)
    torch.testing.assert_close(sigmoid, network(image).full, rtol=1e-3, atol=1e-6)


def test_the_refiner_takes_them_and_teaches_the_network(network):
    network.zero_grad()
    coarse = coarse_maps_from_depth_network(network, torch.rand(2, 3, 96, 160), CANONICAL)
    channels = (8, *(level.shape[1] for level in coarse.features[1:]))
    refiner = random_refiner(replace(TINY, coarse_channels=channels))
    output = refiner(torch.rand(2, 3, 64, 96), random_boxes(2), coarse)
    output.residual.square().mean().backward()
    heads = getattr(network, 'single', network).heads
    reached = [value.grad is not None for value in heads[0].parameters()]
    assert all(reached)
    assert refiner.coarse_stem.weight.grad.abs().max() > 0
