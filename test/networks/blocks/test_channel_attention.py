"""Channel weights come from channel means and lie between 0 and 1."""

import pytest
import torch

from depth_nodes.networks.blocks.channel_attention import (
    ChannelAttention,
    ChannelInteraction,
    SqueezeExcitation,
)


@pytest.mark.parametrize('kind', [ChannelAttention, SqueezeExcitation])
@pytest.mark.parametrize('channels', [3, 48])
def test_one_weight_a_channel(kind, channels):
    torch.manual_seed(0)
    block = kind(channels)
    features = 1 + torch.rand(2, channels, 5, 7)
    with torch.no_grad():
        ratio = block(features) / features
        mirrored = block(features.flip(-1)) / features.flip(-1)
    assert (ratio.amax(dim=(2, 3)) - ratio.amin(dim=(2, 3))).max() < 1e-6
    assert 0 < ratio.min() < ratio.max() < 1
    torch.testing.assert_close(ratio, mirrored)


def test_every_channel_hears_all_others():
    torch.manual_seed(0)
    block = ChannelInteraction(6, 4).eval()
    features = torch.rand(1, 6, 8, 8, requires_grad=True)
    block(features)[0, 1, 4, 4].backward()
    assert (features.grad.abs().amax(dim=(0, 2, 3)) > 0).all()
