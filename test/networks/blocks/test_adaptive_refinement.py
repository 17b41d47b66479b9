"""A refinement keeps the shape, hears its neighbourhood and the whole image, and learns whole."""

import pytest
import torch

from depth_nodes.networks.blocks.adaptive_refinement import (
    AdaptiveRefinement,
    DenseConv,
    MIN_SQUEEZED,
)
from depth_nodes.networks.blocks.global_context import ContextConfig

CONTEXT = ContextConfig(num_levels=1, width=8, num_heads=2, num_layers=1)


def make_block(squeeze: int = 2) -> AdaptiveRefinement:
    torch.manual_seed(0)
    return AdaptiveRefinement(12, squeeze=squeeze, coefficient_width=4, context=CONTEXT)


def test_a_dense_filter_knows_no_border():
    torch.manual_seed(0)
    output = DenseConv(3, 5)(torch.rand(2, 3, 1, 1).expand(2, 3, 6, 8))
    torch.testing.assert_close(output, output[..., :1, :1].expand_as(output))


@pytest.mark.parametrize('size', [(6, 6), (8, 14)])
def test_the_shape_stays_and_the_whole_image_is_heard(size):
    block = make_block().eval()
    features = torch.rand(1, 12, *size, requires_grad=True)
    output = block(features)
    assert output.shape == features.shape
    output[0, :, 0, 0].sum().backward()
    assert features.grad.abs()[0, :, -1, -1].max() > 0


def test_the_squeeze_has_a_floor():
    assert make_block(squeeze=100).local_filter.filter.in_channels == MIN_SQUEEZED
    assert make_block(squeeze=2).local_filter.filter.in_channels == 6


def test_a_gradient_reaches_every_parameter():
    # In training batch norms take away the constants before them.
    block = make_block().double().eval()
    block(torch.rand(2, 12, 8, 12, dtype=torch.float64)).square().mean().backward()
    for name, value in block.named_parameters():
        assert value.grad.abs().max() > 1e-12, name
