"""SmallDepth with a bank: it begins as SmallDepth, and its bank can come later."""

from dataclasses import replace
import math

import pytest
from tiny_networks import TINY_SMALL_DEPTH as PLAIN
from tiny_networks import TINY_SMALL_DEPTH_PRIOR as TINY
import torch
from torch import nn

from depth_nodes.errors import CheckpointError, ConfigError
from depth_nodes.networks.prior.bank import BankFile, PriorBank
from depth_nodes.networks.prior.small_prior import (
    prior_config,
    SmallDepthPrior,
    with_prior_bank,
)
from depth_nodes.networks.registry import deployed_form
from depth_nodes.networks.small_depth import SmallDepth


def make_bank(num_entries=20, channels=6):
    torch.manual_seed(1)
    return PriorBank(
        features=torch.randn(num_entries, channels),
        log_depth=torch.randn(num_entries),
        log_count=torch.rand(num_entries),
    )


def make_network(gate=0.0, config=TINY, bank=None):
    torch.manual_seed(0)
    network = SmallDepthPrior(config).eval()
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            module.weight.data *= 2  # spreads the output over 0..1
    network.fusion.take_over(bank or make_bank())
    network.fusion.gate.data.fill_(gate)
    return network


@pytest.fixture
def image():
    torch.manual_seed(2)
    return torch.rand(2, 3, 96, 128)


def test_a_closed_gate_is_small_depth_bit_by_bit(image):
    network = make_network()
    plain = SmallDepth(PLAIN).eval()
    plain.load_state_dict(network.state_dict(), strict=False)
    with torch.no_grad():
        for head, expected in zip(network(image), plain(image), strict=True):
            assert torch.equal(head, expected)
        assert torch.equal(deployed_form(network)(image), deployed_form(plain)(image))


def test_the_deployed_form_tells_the_mean_entropy(image):
    network, image = make_network(gate=0.7).double(), image.double()
    network.fusion.query.weight.data *= 5
    with torch.no_grad():
        expected = network.predict(image)
        output, entropy = deployed_form(network).double().with_entropy(image)
    torch.testing.assert_close(output, expected.output.full, rtol=1e-9, atol=1e-12)
    mean = expected.retrieved.entropy.mean(dim=(1, 2, 3))
    assert (mean < 0.9 * math.log(20)).all()
    torch.testing.assert_close(entropy, mean, rtol=1e-9, atol=1e-12)


def test_a_bank_of_one_entry_says_one_depth(image):
    bank = replace(make_bank(1), log_depth=torch.tensor([0.4]))
    network = make_network(gate=0.5, config=replace(TINY, num_entries=1), bank=bank)
    with torch.no_grad():
        found = network.predict(image).retrieved
    assert torch.equal(found.log_depth, torch.full((2, 1, 6, 8), 0.4))
    assert (found.entropy == 0).all()


def test_learning_opens_the_gate_first_and_then_reaches_every_weight(image):
    network = make_network().train()
    for gate, is_reached in ((0.0, False), (0.1, True)):
        network.fusion.gate.data.fill_(gate)
        network.zero_grad()
        sum(head.log().mean() for head in network(image)).backward()
        assert network.fusion.gate.grad.abs() > 0
        for part in (network.fusion.query, network.fusion.merge):
            assert bool(part.weight.grad.abs().max() > 0) == is_reached


def test_a_plain_network_with_the_file_of_a_bank_is_the_trained_one(image):
    network = make_network(gate=0.7)
    plain = SmallDepth(PLAIN)
    plain.load_state_dict(network.state_dict(), strict=False)
    fusion = {name: one.detach() for name, one in network.fusion.named_parameters()}
    found = with_prior_bank(plain, BankFile(make_bank(), fusion))
    with torch.no_grad():
        assert torch.equal(found(image).full, network(image).full)


def test_a_bank_of_another_network_or_without_fusion_is_refused():
    network = make_network()
    fusion = {name: one.detach() for name, one in network.fusion.named_parameters()}
    wide = SmallDepth(replace(PLAIN, widths=(8, 8, 16, 24, 32)))
    with pytest.raises(CheckpointError, match='other widths'):
        with_prior_bank(wide, BankFile(make_bank(), fusion))
    with pytest.raises(CheckpointError, match='other widths'):
        with_prior_bank(SmallDepth(PLAIN), BankFile(make_bank(), {'gate': fusion['gate']}))
    with pytest.raises(CheckpointError, match='train one'):
        with_prior_bank(SmallDepth(PLAIN), BankFile(make_bank(), {}))


def test_sizes_are_those_of_the_bank():
    config = prior_config(PLAIN, make_bank(5, 3), key_channels=2)
    assert (config.num_entries, config.bank_channels, config.key_channels) == (5, 3, 2)
    assert config.widths == PLAIN.widths
    with pytest.raises(ConfigError, match='num_entries'):
        replace(config, num_entries=0)
