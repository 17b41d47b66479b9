"""Adaptive sums are means with weights that the branches themselves decide."""

import torch

from depth_nodes.networks.blocks.adaptive_sum import AdaptiveSum


def test_weights_add_up_to_one():
    torch.manual_seed(0)
    branch = torch.randn(2, 5, 8, 12)
    total = AdaptiveSum(3, 8)([branch] * 3)
    torch.testing.assert_close(total, branch)


def test_the_sum_stays_between_its_branches():
    torch.manual_seed(0)
    branches = [torch.randn(2, 5, 8, 12) for _ in range(4)]
    total = AdaptiveSum(4, 8)(branches)
    together = torch.stack(branches)
    assert (total <= together.amax(dim=0) + 1e-6).all()
    assert (total >= together.amin(dim=0) - 1e-6).all()


def test_weights_follow_the_pixel():
    torch.manual_seed(0)
    block = AdaptiveSum(2, 8)
    zeros, ones = torch.zeros(1, 1, 8, 8), torch.ones(1, 1, 8, 8)
    ones[..., 4:] = 3
    weights = block([zeros, ones]) / ones
    assert (weights[..., 1] - weights[..., -2]).abs().min() > 1e-3
