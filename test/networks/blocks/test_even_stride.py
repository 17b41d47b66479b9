"""Other padding, the same function of images of even sizes."""

import pytest
import torch

from depth_nodes.networks.blocks.backbone import create_backbone
from depth_nodes.networks.blocks.even_stride import for_even_sizes, HalvingConv


@pytest.mark.parametrize('name', ['test_efficientnet', 'tf_mobilenetv3_small_minimal_100'])
def test_the_features_stay_as_they_were(name):
    torch.manual_seed(0)
    network = create_backbone(name).eval()
    replaced = for_even_sizes(network)
    assert sum(isinstance(part, HalvingConv) for part in replaced.modules()) == 5
    assert not any(isinstance(part, HalvingConv) for part in network.modules())
    image = torch.rand(1, 3, 96, 160)
    with torch.no_grad():
        for feature, expected in zip(replaced(image), network(image), strict=True):
            torch.testing.assert_close(feature, expected, rtol=1e-4, atol=1e-5)
