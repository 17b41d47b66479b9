"""A head starts at its initial depth, whatever it sees, and its gate leaves the bias alone."""

import pytest
import torch

from depth_nodes.networks.blocks.attended_head import AttendedHead
from depth_nodes.networks.blocks.global_context import ContextConfig

CONTEXT = ContextConfig(num_levels=2, width=8, num_heads=2, num_layers=1)


def make_head(logit: float = -4.5) -> AttendedHead:
    torch.manual_seed(0)
    return AttendedHead(6, logit, CONTEXT).double()


@pytest.mark.parametrize('logit', [-8.0, -4.5])
def test_features_of_nothing_give_the_initial_logit(logit):
    output = make_head(logit).eval()(torch.zeros(1, 6, 8, 12, dtype=torch.float64))
    assert output.shape == (1, 1, 8, 12)
    torch.testing.assert_close(output.logit(), torch.full_like(output, logit))


def test_the_gate_lies_between_the_bias_and_the_ungated_logit():
    head = make_head().eval()
    features = torch.randn(1, 6, 8, 12, dtype=torch.float64)
    with torch.no_grad():
        gated = head(features).logit() - head.bias
        whole = head.filter(head.attention(features))
    ratio = gated / whole
    assert 0 < ratio.min() < ratio.max() < 1


def test_a_gradient_reaches_every_parameter():
    # In training batch norms take away the constants before them.
    head = make_head().eval()
    head(torch.rand(2, 6, 8, 12, dtype=torch.float64)).log().mean().backward()
    for name, value in head.named_parameters():
        assert value.grad.abs().max() > 1e-12, name
