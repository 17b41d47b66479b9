"""The pose network: small motions at first, and it learns which way the view moved."""

import pytest
import torch
import torch.nn.functional as F

from depth_nodes.errors import ConfigError
from depth_nodes.networks.pose_network import PoseNetwork, PoseNetworkConfig

TINY = 'test_efficientnet'


def test_the_default_has_the_published_backbone():
    with torch.device('meta'):
        network = PoseNetwork(PoseNetworkConfig())
    total = sum(value.numel() for value in network.parameters())
    assert total == pytest.approx(3.95e6, rel=0.005)


def test_motions_are_small_before_training_and_full_precision_under_autocast():
    torch.manual_seed(0)
    network = PoseNetwork(PoseNetworkConfig(backbone=TINY)).eval()
    view, neighbour = torch.rand(2, 2, 3, 96, 128)
    with torch.no_grad(), torch.autocast('cpu', torch.bfloat16):
        rotation, translation = network(view, neighbour)
    for motion in (rotation, translation):
        assert motion.shape == (2, 3)
        assert motion.dtype == torch.float32
        assert 0 < motion.abs().max() < 0.1


def test_scales_are_units_of_the_output():
    motions = []
    for scale in (0.01, 0.02):
        torch.manual_seed(0)
        config = PoseNetworkConfig(backbone=TINY, translation_scale=scale, rotation_scale=0.5)
        network = PoseNetwork(config).eval()
        with torch.no_grad():
            motions.append(network(*torch.full((2, 1, 3, 96, 96), 0.3)))
    (rotation, translation), (same_rotation, twice) = motions
    torch.testing.assert_close(rotation, same_rotation)
    torch.testing.assert_close(2 * translation, twice)


def test_half_size_sees_the_mean_of_every_four_pixels():
    torch.manual_seed(0)
    half = PoseNetwork(PoseNetworkConfig(backbone=TINY, image_scale=0.5)).eval()
    full = PoseNetwork(PoseNetworkConfig(backbone=TINY)).eval()
    full.load_state_dict(half.state_dict())
    small = torch.rand(2, 1, 3, 64, 96)
    large = small.repeat_interleave(2, dim=-1).repeat_interleave(2, dim=-2)
    with torch.no_grad():
        for motion, expected in zip(half(*large), full(*small), strict=True):
            torch.testing.assert_close(motion, expected)


def test_it_learns_which_way_the_view_moved():
    torch.manual_seed(0)
    network = PoseNetwork(PoseNetworkConfig(backbone=TINY))
    optimiser = torch.optim.AdamW(network.parameters(), lr=5e-3)
    wide = F.interpolate(torch.rand(4, 3, 16, 28), scale_factor=4, mode='bilinear')
    view, moved = wide[..., 8:104], wide[..., :96]
    forth = torch.tensor([0.02, 0.0, 0.0]).expand(4, 3)
    losses = []
    for _ in range(20):
        _, translation = network(torch.cat((view, moved)), torch.cat((moved, view)))
        loss = (translation - torch.cat((forth, -forth))).abs().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.25 * losses[0]


def test_a_backbone_for_larger_images_than_it_will_see_is_refused():
    with pytest.raises(ConfigError, match='takes no image of 24x40 px'):
        PoseNetwork(PoseNetworkConfig(backbone='test_vit', image_scale=0.25))


@pytest.mark.parametrize('settings', [{'image_scale': 0.0}, {'rotation_scale': -1.0}])
def test_impossible_scales_are_refused(settings):
    with pytest.raises(ConfigError):
        PoseNetworkConfig(**settings)
