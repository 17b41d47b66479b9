"""The deployed network is the trained one: in float64 the two differ by rounding alone."""

import pytest
from random_model import random_network
import torch

from depth_nodes.networks.deployment import DeployedSmallDepth, GpuSmallDepth
from depth_nodes.networks.small_depth import SmallDepthConfig

TINY = {'widths': (8, 8, 16, 16, 32), 'last_width': 8}


@pytest.mark.parametrize('num_blocks', [(0, 0, 1, 1, 1), (1, 0, 1, 0, 1), (0, 1, 0, 0, 0)])
@pytest.mark.parametrize('downsampling', ['shared', 'parallel'])
@pytest.mark.parametrize('form', [DeployedSmallDepth, GpuSmallDepth])
def test_the_deployed_form_is_the_same_function(num_blocks, downsampling, form):
    config = SmallDepthConfig(**TINY, num_blocks=num_blocks, downsampling=downsampling)
    network = random_network(config).double()
    deployed = form(network).double()
    image = torch.rand(1, 3, 96, 160, dtype=torch.float64)
    with torch.inference_mode():
        expected = network(image).full
        torch.testing.assert_close(deployed(image), expected, rtol=1e-9, atol=1e-12)


def test_the_network_itself_stays_as_it_was():
    network = random_network(SmallDepthConfig(**TINY))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    DeployedSmallDepth(network)
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())


def test_the_default_form_has_few_operations():
    deployed = DeployedSmallDepth(random_network())
    assert deployed.merged is not None
    convolutions = [one for one in deployed.modules() if isinstance(one, torch.nn.Conv2d)]
    assert len(convolutions) == 51


@pytest.mark.parametrize('form', [DeployedSmallDepth, GpuSmallDepth])
def test_every_filter_lies_in_the_usual_order(form):
    """One that does not would turn all that follows it, as torch picks kernels by it."""
    assert all(one.is_contiguous() for one in form(random_network()).parameters())
