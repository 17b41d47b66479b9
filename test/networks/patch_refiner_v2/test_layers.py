"""What the layers of the refiner do to pixels."""

import torch
from torch import nn

from depth_nodes.networks.patch_refiner_v2.layers import ChannelNorm, resized


def test_every_pixel_is_normalised_by_itself():
    norm, features = ChannelNorm(16), 5 + 3 * torch.randn(2, 16, 4, 6)
    found = norm(features)
    torch.testing.assert_close(found.mean(dim=1), torch.zeros(2, 4, 6), rtol=0, atol=1e-5)
    torch.testing.assert_close(found.var(dim=1, correction=0), torch.ones(2, 4, 6))
    nn.init.constant_(norm.weight, 2.0)
    nn.init.constant_(norm.bias, 1.0)
    torch.testing.assert_close(norm(features), 2 * found + 1)


def test_sixteen_bits_are_normalised_in_thirty_two():
    """100 and a little: in 16 bits nothing would be left of the little but noise."""
    torch.manual_seed(0)
    features = (100 + torch.randn(1, 64, 8, 8)).half()
    found = ChannelNorm(64).half()(features)
    assert found.dtype == torch.float16
    exact = ChannelNorm(64)(features.float())
    assert torch.equal(found, exact.half())


def test_a_pointwise_filter_commutes_with_the_resize():
    """So it comes first, where pixels are fewer."""
    torch.manual_seed(0)
    mix, features = nn.Conv2d(8, 8, 1), torch.randn(1, 8, 6, 10)
    difference = resized(mix(features), (12, 20)) - mix(resized(features, (12, 20)))
    assert difference.abs().max() < 1e-6


def test_corners_stay_where_they_are():
    ramp = torch.arange(5.0).view(1, 1, 1, 5).expand(1, 1, 3, 5)
    assert torch.equal(resized(ramp, (5, 9))[0, 0, 0], torch.arange(9.0) / 2)
