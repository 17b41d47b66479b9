"""Every fused block is its block: in float64 the two differ by rounding alone."""

import pytest
import torch
from torch import nn
import torch.nn.functional as F

from depth_nodes.networks.blocks.fused import (
    exponential_linear,
    FusedDownsample,
    FusedHead,
    FusedResidual,
    FusedUpsample,
    logistic,
)
from depth_nodes.networks.blocks.sparse import (
    DoubleScaleResidual,
    fold_batch_norm,
    SharedSparseDownsample,
    SparseUpsample,
)


def make_block(name: str) -> nn.Module:
    torch.manual_seed(0)
    block = {
        'downsample': lambda: SharedSparseDownsample(4, 6, True),
        'residual': lambda: DoubleScaleResidual(4, 5, True),
        'upsample': lambda: SparseUpsample(4, 6),
        'head': lambda: nn.Conv2d(4, 1, 3, padding=2, dilation=2),
    }[name]()
    for module in block.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias)
            nn.init.normal_(module.running_mean)
            nn.init.uniform_(module.running_var, 0.5, 2.0)
    return block.double().eval()


FUSED = {
    'downsample': FusedDownsample,
    'residual': FusedResidual,
    'upsample': FusedUpsample,
    'head': FusedHead,
}


@pytest.mark.parametrize('size', [(4, 4), (6, 10), (12, 8)])
@pytest.mark.parametrize('name', FUSED)
def test_a_fused_block_is_the_same_function(name, size):
    block = make_block(name)
    fused = FUSED[name](fold_batch_norm(block)).double()
    features = torch.randn(2, 4, *size, dtype=torch.float64)
    with torch.inference_mode():
        torch.testing.assert_close(fused(features), block(features), rtol=1e-12, atol=1e-12)


def test_a_fused_block_keeps_its_own_weights():
    block = fold_batch_norm(make_block('downsample'))
    before = block.context.conv.weight.clone()
    FusedDownsample(block)
    assert torch.equal(block.context.conv.weight, before)


def test_the_activations_are_elu_and_sigmoid():
    values = torch.linspace(-100, 100, 100_001)
    torch.testing.assert_close(exponential_linear(values), F.elu(values), rtol=1e-6, atol=1e-7)
    exact = torch.sigmoid(values.double()).float()
    torch.testing.assert_close(logistic(values), exact, rtol=1e-6, atol=1e-38)
