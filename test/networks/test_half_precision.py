import pytest
from random_model import CANONICAL, random_network
import torch
from torch import nn

from depth_nodes.networks.deployment import DeployedSmallDepth
from depth_nodes.networks.half_precision import HalfPrecision


@pytest.fixture(scope='module')
def deployed():
    return DeployedSmallDepth(random_network()).eval()


@pytest.fixture(scope='module')
def half(deployed):
    return HalfPrecision(deployed).eval()


@torch.inference_mode()
def test_depth_moves_by_less_than_half_a_percent(deployed, half):
    image = torch.rand(1, 3, 96, 128, generator=torch.Generator().manual_seed(0))
    output, expected = half(image), deployed(image)
    assert output.dtype == torch.float32
    assert not torch.equal(output, expected)
    inverse, exact = (CANONICAL.inverse_depth_from_sigmoid(one) for one in (output, expected))
    assert (inverse / exact - 1).abs().mean() < 0.005


def test_all_but_the_head_is_in_16_bits(deployed, half):
    head = dict(half.network.head.module.named_parameters())
    for name, parameter in deployed.head.named_parameters():
        assert torch.equal(head[name], parameter)
    others = [
        one.dtype for name, one in half.network.named_parameters() if not name.startswith('head.')
    ]
    assert set(others) == {torch.float16}


def test_the_network_itself_stays_as_it_was(deployed, half):
    own = {parameter.data_ptr() for parameter in deployed.parameters()}
    assert {parameter.dtype for parameter in deployed.parameters()} == {torch.float32}
    assert not own & {parameter.data_ptr() for parameter in half.parameters()}


def test_far_pixels_keep_their_digits():
    """Logits that differ by less than a step of float16, which is 1/128 from 8 on."""

    class Far(nn.Module):
        def __init__(self):
            super().__init__()
            self.head = nn.Conv2d(3, 1, 1)
            nn.init.constant_(self.head.weight, 1 / 3)
            nn.init.constant_(self.head.bias, -8.5)

        def forward(self, image):
            return torch.sigmoid(self.head(image))

    network = Far()
    image = torch.linspace(0, 1 / 128, 65).reshape(1, 1, 1, 65).expand(1, 3, 1, 65)
    with torch.inference_mode():
        output = HalfPrecision(network)(image)
        torch.testing.assert_close(output, network(image), rtol=1e-5, atol=0)
    assert (output.diff() > 0).all()
