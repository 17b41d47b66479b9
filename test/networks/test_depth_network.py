"""What holds of every network, whatever is inside."""

import pytest
from tiny_networks import TINY_NETWORKS
import torch

from depth_nodes.networks.depth_network import DepthNetwork, NUM_LEVELS
from depth_nodes.networks.registry import NETWORKS


@pytest.fixture(scope='module', params=NETWORKS)
def network(request) -> DepthNetwork:
    torch.manual_seed(0)
    return NETWORKS[request.param].network(TINY_NETWORKS[request.param]).eval()


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
