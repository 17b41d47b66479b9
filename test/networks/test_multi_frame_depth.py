"""MultiFrameDepth: the single-frame network where nothing is known, and more where there is."""

from dataclasses import replace

import pytest
from tiny_networks import TINY_HQDEC_V2, TINY_MULTI_FRAME_DEPTH
import torch

from depth_nodes.errors import ConfigError
from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.networks.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from depth_nodes.networks.multi_frame_depth import (
    MatchingConfig,
    MultiFrameDepth,
    PreviousFrames,
)
from depth_nodes.networks.registry import deployed_form

SINGLES = ['small_depth', 'hqdec_v2']
INTRINSICS = torch.tensor([[120.0, 0, 63.5], [0, 120, 47.5], [0, 0, 1]])


@pytest.fixture(scope='module', params=SINGLES)
def network(request) -> MultiFrameDepth:
    """One whose residual branch says something."""
    torch.manual_seed(0)
    network = MultiFrameDepth(replace(TINY_MULTI_FRAME_DEPTH, single=request.param)).eval()
    torch.nn.init.normal_(network.reduce[-1].weight, std=0.1)
    return network


def step(*translations_m):
    """Previous frames so far to the left of each of the current ones."""
    poses = torch.eye(4).repeat(len(translations_m), 1, 1, 1)
    poses[:, 0, 0, 3] = torch.tensor(translations_m)
    images = torch.rand(len(translations_m), 1, 3, 96, 128)
    return PreviousFrames(images, poses, INTRINSICS.repeat(len(translations_m), 1, 1))


@torch.no_grad()
def test_without_motion_it_is_the_single_network_bit_by_bit(network):
    image = torch.rand(1, 3, 96, 128)
    single = network.single(image)
    for output in (network(image), network(image, step(0.0)), network(image, step(1e-4))):
        for head, expected in zip(output, single, strict=True):
            assert torch.equal(head, expected)
    assert not torch.equal(network(image, step(0.1)).full, single.full)


@torch.no_grad()
def test_a_new_network_starts_as_the_single_one():
    network = MultiFrameDepth(TINY_MULTI_FRAME_DEPTH).eval()
    image = torch.rand(1, 3, 96, 128)
    assert torch.equal(network(image, step(0.2)).full, network.single(image).full)


@torch.no_grad()
def test_a_missing_frame_takes_nothing_from_the_others(network):
    image, both = torch.rand(1, 3, 96, 128), step(0.1)
    missing = PreviousFrames(
        torch.cat([both.image, torch.rand(1, 1, 3, 96, 128)], dim=1),
        torch.cat([both.previous_from_current, torch.eye(4)[None, None]], dim=1),
        both.intrinsics,
    )
    torch.testing.assert_close(network(image, missing).full, network(image, both).full)


@torch.no_grad()
def test_planes_have_the_same_canonical_depth_on_every_camera(network):
    image, previous = torch.rand(2, 3, 96, 128), step(0.1, 0.1)
    scale = torch.tensor([1.0, 3.0]).view(2, 1, 1)
    zoomed = torch.cat([previous.intrinsics[:, :2] * scale, previous.intrinsics[:, 2:]], dim=1)
    _, matching = network.predict_matched(image, previous._replace(intrinsics=zoomed))
    canonical = CanonicalCamera().canonical_from_depth(matching.planes_m, zoomed[:, 0, :1])
    torch.testing.assert_close(canonical[0], canonical[1])


@torch.no_grad()
def test_the_range_follows_what_is_predicted(network):
    focal = torch.full((2, 1, 1, 1), 256.0)
    depth = torch.linspace(1, 8, 96).view(1, 1, 96, 1).repeat(2, 1, 1, 128)
    depth[1] *= 4
    last = depth[1, 0, 92, 0].item()
    for _ in range(600):
        network.follow_range(depth, focal)
    nearest, farthest = 256 * network.nearest_m_per_px, 256 * network.farthest_m_per_px
    assert nearest.item() == pytest.approx(1.0 / 1.1, rel=0.01)
    assert farthest.item() == pytest.approx(1.1 * last, rel=0.01)


def test_everything_learns_but_what_is_believed_to_be_unknown(network):
    network.zero_grad()
    network(torch.rand(1, 3, 96, 128), step(0.1)).full.mean().backward()
    reached = {name for name, value in network.named_parameters() if value.grad is not None}
    assert {'match.0.weight', 'match.2.weight', 'reduce.0.weight'} <= reached
    network.zero_grad()
    network(torch.rand(1, 3, 96, 128), step(0.0)).full.mean().backward()
    assert network.reduce[0].weight.grad.abs().max() == 0


@torch.no_grad()
def test_checkpoints_and_engines(network, tmp_path):
    path = tmp_path / 'm.safetensors'
    save_checkpoint(
        path,
        Checkpoint(network=network, network_name='multi_frame_depth', canonical=CanonicalCamera()),
    )
    loaded = load_checkpoint(path).network
    assert loaded.config == network.config
    image, previous = torch.rand(1, 3, 96, 128), step(0.1)
    assert torch.equal(loaded(image, previous).full, network(image, previous).full)
    torch.testing.assert_close(
        deployed_form(network)(image), network(image).full, rtol=1e-4, atol=1e-5
    )


def test_settings_that_make_no_network():
    with pytest.raises(ConfigError, match='num_planes 2'):
        MatchingConfig(num_planes=2)
    with pytest.raises(ConfigError, match='min_known_share'):
        MatchingConfig(min_known_share=0.0)
    foreign = replace(TINY_HQDEC_V2, backbone='test_resnet')
    with pytest.raises(ConfigError, match='EfficientNet'):
        MultiFrameDepth(replace(TINY_MULTI_FRAME_DEPTH, single='hqdec_v2', hqdec_v2=foreign))
