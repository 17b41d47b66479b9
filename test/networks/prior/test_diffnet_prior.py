"""DIFFNet with a bank begins as DIFFNet, and listens to the bank once it has learnt."""

from exported_network import assert_exported_agrees
import pytest
from tiny_networks import TINY_DIFFNET, TINY_DIFFNET_PRIOR
import torch

from depth_nodes.errors import ConfigError
from depth_nodes.networks.diffnet.diffnet import DiffNet
from depth_nodes.networks.prior.bank import PriorBank
from depth_nodes.networks.prior.diffnet_prior import (
    DiffNetPrior,
    DiffNetPriorConfig,
)


@pytest.fixture
def network() -> DiffNetPrior:
    """With a bank, but a fusion that has learnt nothing."""
    torch.manual_seed(0)
    network = DiffNetPrior(TINY_DIFFNET_PRIOR)
    num_entries, channels = TINY_DIFFNET_PRIOR.num_entries, TINY_DIFFNET_PRIOR.bank_channels
    bank = PriorBank(
        features=torch.randn(num_entries, channels),
        log_depth=torch.randn(num_entries),
        log_count=torch.rand(num_entries),
    )
    network.fusion.take_over(bank)
    return network.eval()


@pytest.fixture
def trained(network) -> DiffNetPrior:
    """As if the fusion had learnt to listen, and the heads to tell pixels apart."""
    with torch.no_grad():
        network.fusion.merge.weight.add_(0.3 * torch.randn_like(network.fusion.merge.weight))
        network.fusion.query.weight *= 5
        for head in network.heads:
            head.weight *= 20
    return network


def test_it_begins_as_diffnet_bit_by_bit(network):
    plain = DiffNet(TINY_DIFFNET).eval()
    left = plain.load_state_dict(network.state_dict(), strict=False)
    assert not left.missing_keys
    assert all(name.startswith('fusion.') for name in left.unexpected_keys)
    image = torch.rand(1, 3, 96, 160)
    with torch.no_grad():
        for head, expected in zip(network(image), plain(image), strict=True):
            assert torch.equal(head, expected)


def test_depth_is_retrieved_at_stride_16(trained):
    with torch.no_grad():
        retrieved = trained.predict(torch.rand(2, 3, 96, 160)).retrieved
    assert retrieved.log_depth.shape == (2, 1, 6, 10)
    assert retrieved.log_depth.std() > 0


def test_the_bank_is_heard_at_full_resolution(trained):
    image = torch.rand(1, 3, 96, 96)
    with torch.no_grad():
        before = trained(image).full
        trained.fusion.log_depth += 1
        assert (trained(image).full - before).abs().max() > 1e-6


def test_mass_of_two_images_is_the_mean_of_theirs(trained):
    images = torch.rand(2, 3, 96, 96)
    with torch.no_grad():
        both = trained.attention_mass(images)
        each = torch.stack([trained.attention_mass(image[None]) for image in images])
    assert both.sum().item() == pytest.approx(2, abs=1e-5)
    torch.testing.assert_close(both, each.mean(dim=0))


@pytest.mark.slow
def test_onnx_runtime_agrees_with_torch_at_every_size(trained, tmp_path):
    assert_exported_agrees(trained, tmp_path / 'tiny.onnx', lambda image: trained(image).full)


@pytest.mark.parametrize(
    ('wrong', 'message'),
    [
        ({'num_entries': 0}, 'num_entries is 0'),
        ({'bank_channels': 0}, 'bank_channels is 0'),
        ({'num_heads': 0}, 'num_heads is 0'),
        ({'num_heads': 3}, 'num_heads 3 must divide key_channels 64'),
        ({'initial_sigmoid_logit': float('inf')}, 'initial_sigmoid_logit'),
    ],
)
def test_impossible_sizes_are_refused(wrong, message):
    with pytest.raises(ConfigError, match=message):
        DiffNetPriorConfig(**wrong)
