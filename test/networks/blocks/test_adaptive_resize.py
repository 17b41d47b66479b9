"""Fractions and doubles of every size, and every pixel at its place."""

import pytest
import torch

from depth_nodes.networks.blocks.adaptive_resize import AdaptiveUpsample, AxialDownsample
from depth_nodes.networks.blocks.global_context import ContextConfig

CONTEXT = ContextConfig(num_levels=1, width=8, num_heads=2, num_layers=1)


@pytest.mark.parametrize('factor', [2, 4, 8])
@pytest.mark.parametrize('size', [(16, 16), (24, 40)])
def test_downsampling_divides_the_size(factor, size):
    block = AxialDownsample(6, factor, 8)
    shape = block(torch.rand(2, 6, *size)).shape
    assert shape == (2, 6, size[0] // factor, size[1] // factor)


def test_downsampling_looks_at_its_own_place():
    torch.manual_seed(0)
    block = AxialDownsample(4, 4, 8).eval()
    features = torch.rand(1, 4, 32, 48, requires_grad=True)
    with torch.no_grad():
        before = block(features)
        changed = features.clone()
        changed[..., 16:20, 24:28] += 1
        difference = (block(changed) - before).abs().amax(dim=(0, 1))
    assert difference.argmax() == 4 * 12 + 6


def test_upsampling_doubles_the_size_and_reaches_every_parameter():
    torch.manual_seed(0)
    block = AdaptiveUpsample(4, coefficient_width=8, context=CONTEXT)
    # In training batch norms take away the constants before them.
    output = block.double().eval()(torch.rand(2, 4, 6, 10, dtype=torch.float64))
    assert output.shape == (2, 4, 12, 20)
    output.square().mean().backward()
    for name, value in block.named_parameters():
        assert value.grad.abs().max() > 1e-12, name
