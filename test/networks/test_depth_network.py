"""What holds of every network, whatever is inside."""

from copy import deepcopy

import pytest
from tiny_networks import TINY_NETWORKS
import torch

from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.networks.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from depth_nodes.networks.depth_network import DepthNetwork, NUM_LEVELS
from depth_nodes.networks.registry import deployed_form, gpu_form, NETWORKS


@pytest.fixture(scope='module', params=NETWORKS)
def network(request) -> DepthNetwork:
    torch.manual_seed(0)
    return NETWORKS[request.param].network(TINY_NETWORKS[request.param]).eval()


@pytest.fixture(scope='module')
def woken(network) -> DepthNetwork:
    """Of what begins as 0 or 1, an empty bank or a norm, nobody could tell whether it is lost."""
    woken = deepcopy(network)
    with torch.no_grad():
        for value in woken.state_dict().values():
            if value.is_floating_point():
                value *= torch.empty_like(value).uniform_(0.8, 1.2)
                value += 0.1 * torch.randn_like(value) * (not value.any())
    return woken


def test_outputs_and_features_have_the_sizes_of_their_strides(network):
    with torch.no_grad():
        output, features, _ = network.predict(torch.rand(1, 3, 96, 160))
    for scale, head in enumerate(output):
        assert head.shape == (1, 1, 96 >> scale, 160 >> scale)
        assert (head > 0).all()
        assert (head < 1).all()
    assert len(features.encoder) == len(features.decoder) == NUM_LEVELS
    for level, (encoder, decoder) in enumerate(zip(*features, strict=True)):
        assert decoder.shape[2:] == (96 >> level, 160 >> level)
        assert encoder.shape[2:] == (48 >> level, 80 >> level)


def test_images_of_a_batch_do_not_see_each_other_in_use(network):
    images = torch.rand(2, 3, 96, 96)
    with torch.no_grad():
        together = network(images).full
        alone = torch.cat([network(image[None]).full for image in images])
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-6)


def test_heads_say_depth_in_full_precision_under_autocast(network):
    image = torch.rand(1, 3, 96, 96)
    with torch.no_grad():
        exact = network(image)
        with torch.autocast('cpu', torch.bfloat16):
            rounded = network(image)
    for head, expected in zip(rounded, exact, strict=True):
        assert head.dtype == torch.float32
        # Features have the 8 bits of bfloat16; what the heads make of them has 24.
        assert not torch.equal(head, head.bfloat16().float())
        torch.testing.assert_close(head.log(), expected.log(), rtol=0, atol=0.1)


def test_a_checkpoint_brings_the_network_back(woken, tmp_path):
    (name,) = (name for name, kind in NETWORKS.items() if kind.network is type(woken))
    path, canonical = tmp_path / 'tiny.safetensors', CanonicalCamera(focal_px=300.0)
    save_checkpoint(path, Checkpoint(network=woken, network_name=name, canonical=canonical))
    loaded = load_checkpoint(path).network
    assert loaded.config == woken.config == TINY_NETWORKS[name]
    image = torch.rand(1, 3, 96, 96)
    with torch.no_grad():
        assert torch.equal(loaded(image).full, woken(image).full)


@pytest.mark.parametrize('form', [deployed_form, gpu_form])
def test_engines_run_the_same_function_on_weights_of_their_own(woken, form):
    network = deepcopy(woken).double()
    deployed = form(network).double()
    own = {value.data_ptr() for value in network.parameters()}
    assert not own & {value.data_ptr() for value in deployed.parameters()}
    image = torch.rand(1, 3, 96, 160, dtype=torch.float64)
    with torch.no_grad():
        expected = network(image).full
        torch.testing.assert_close(deployed(image), expected, rtol=1e-9, atol=1e-12)
