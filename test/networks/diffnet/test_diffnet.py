"""DIFFNet: the published count, its features and what it refuses."""

import pytest
from tiny_networks import TINY_DIFFNET as TINY
import torch
from torch.utils.flop_counter import FlopCounterMode

from depth_nodes.errors import ConfigError
from depth_nodes.networks.diffnet.diffnet import DiffNet, DiffNetConfig


@pytest.fixture(scope='module')
def network() -> DiffNet:
    """With batch norms that have seen images, and heads that tell pixels apart."""
    torch.manual_seed(0)
    network = DiffNet(TINY)
    with torch.no_grad():
        network(torch.rand(2, 3, 96, 96))
        for head in network.heads:
            head.weight *= 20
    return network.eval()


def test_parameters_of_the_paper():
    with torch.device('meta'):
        network = DiffNet(DiffNetConfig())
    total = sum(value.numel() for value in network.parameters())
    fourth_head = 128 * 9 + 1
    assert total + fourth_head == pytest.approx(10.85e6, rel=0.005)


def test_multiply_adds_of_the_document():
    network = DiffNet(DiffNetConfig()).eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network.predict(torch.zeros(1, 3, 128, 416))
    # The counter takes a multiplication and an addition for two.
    assert counter.get_total_flops() / 2 == pytest.approx(5.13e9, rel=0.005)


def test_skips_are_the_features_of_all_stages_side_by_side(network):
    with torch.no_grad():
        encoded = network.predict(torch.rand(1, 3, 96, 96)).features.encoder
    widths = network.encoder.hrnet.stage4_cfg['num_channels']
    expected = [64, 64 + 3 * widths[0], 3 * widths[1], 2 * widths[2], widths[3]]
    assert [one.shape[1] for one in encoded] == expected == list(network.encoder.channels)


def test_heads_say_the_initial_value_at_first():
    torch.manual_seed(0)
    with torch.no_grad():
        output = DiffNet(TINY).eval()(torch.rand(1, 3, 96, 96))
    for head in output:
        assert head.logit().mean() == pytest.approx(-4.5, abs=0.5)


def test_training_reaches_every_parameter(network):
    """In float64, with the statistics frozen."""
    copied = DiffNet(TINY).eval().double()
    copied.load_state_dict(network.state_dict())
    image = torch.rand(2, 3, 96, 96, dtype=torch.float64)
    sum(head.log().mean() for head in copied(image)).backward()
    gradients = {name: value.grad for name, value in copied.named_parameters()}
    assert not [name for name, one in gradients.items() if one is None or not one.abs().max()]


def test_what_is_no_hrnet_is_refused():
    with pytest.raises(ConfigError, match="'test_efficientnet' is no HRNet; choose one"):
        DiffNet(DiffNetConfig(backbone='test_efficientnet'))


def test_a_logit_that_is_no_number_is_refused():
    with pytest.raises(ConfigError, match='initial_sigmoid_logit'):
        DiffNetConfig(initial_sigmoid_logit=float('nan'))
