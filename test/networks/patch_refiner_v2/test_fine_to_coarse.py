"""The fine-to-coarse module: nothing to add at first, and everything has a say in it."""

import pytest
from tiny_refiner import TINY
import torch
from torch import nn

from depth_nodes.networks.patch_refiner_v2.fine_to_coarse import FineToCoarse

FINE = (8, 8, 8, 12, 16, 24)


def make_inputs() -> tuple[list[torch.Tensor], list[torch.Tensor], torch.Tensor]:
    guides, features = (
        [torch.randn(2, n, 64 >> k, 96 >> k) for k, n in enumerate(channels)]
        for channels in (TINY.coarse_channels, FINE)
    )
    return guides, features, 1 + torch.rand(2, 2, 64, 96)


def make_module() -> FineToCoarse:
    torch.manual_seed(0)
    return FineToCoarse(FINE, TINY)


@torch.no_grad()
def test_the_residual_starts_at_zero():
    assert torch.equal(make_module()(*make_inputs()), torch.zeros(2, 1, 64, 96))


@torch.no_grad()
@pytest.mark.parametrize('level', range(6))
@pytest.mark.parametrize('branch', ['guides', 'features'])
def test_every_level_of_both_branches_counts(level, branch):
    module = make_module()
    nn.init.normal_(module.residual.weight)
    guides, features, depths = make_inputs()
    before = module(guides, features, depths)
    changed = {'guides': guides, 'features': features}[branch]
    changed[level] = changed[level] + torch.randn_like(changed[level])
    assert (module(guides, features, depths) - before).std() > 0.01 * before.std()


@torch.no_grad()
@pytest.mark.parametrize('index', [0, 1])
def test_both_depths_count(index):
    module = make_module()
    nn.init.normal_(module.residual.weight)
    guides, features, depths = make_inputs()
    before = module(guides, features, depths)
    depths[:, index] *= 2
    assert (module(guides, features, depths) - before).std() > 0.01 * before.std()
