"""Sums of filters: one convolution, which folds to the plain network."""

from dataclasses import replace
import math

import pytest
from tiny_networks import TINY_NETWORKS
from tiny_networks import TINY_SMALL_DEPTH as SMALL
import torch
from torch import nn
import torch.nn.functional as F

from depth_nodes.errors import ConfigError
from depth_nodes.networks.blocks.etm import (
    add_etm,
    BRANCHES,
    EtmConfig,
    FilterSum,
    fold_etm,
    set_branch_drop,
)
from depth_nodes.networks.deployment import DeployedSmallDepth
from depth_nodes.networks.registry import NETWORKS
from depth_nodes.networks.small_depth import SmallDepth, SmallDepthConfig

FULL = EtmConfig(branches=BRANCHES)
CONVS = {
    'dense': lambda: nn.Conv2d(4, 4, 3, padding=1),
    'depthwise': lambda: nn.Conv2d(6, 6, 3, padding=1, groups=6),
    'grouped': lambda: nn.Conv2d(8, 8, 5, padding=2, groups=2),
    'dilated': lambda: nn.Conv2d(6, 6, 3, padding=2, dilation=2, groups=6),
    'strided': lambda: nn.Conv2d(4, 4, 3, padding=1, stride=2),
    'widening': lambda: nn.Conv2d(4, 8, 3, padding=1),
    'even': lambda: nn.Conv2d(4, 4, 4, stride=4),
}


def images(channels=3, size=96):
    return torch.rand(2, channels, size, size, generator=torch.Generator().manual_seed(1))


def trained_network():
    """A network whose branches and statistics have moved, as after some training."""
    torch.manual_seed(0)
    network = SmallDepth(SMALL)
    add_etm(network, FULL)
    with torch.no_grad():
        for value in network.parameters():
            value.add_(0.05 * torch.randn_like(value))
    network.train()
    for _ in range(3):
        network(images())
    return network


@pytest.mark.parametrize('name', CONVS)
def test_one_convolution_is_the_sum_of_those_of_its_branches(name):
    torch.manual_seed(0)
    conv = CONVS[name]()
    holder = nn.Sequential(conv).eval()
    plain = conv.weight.detach().clone()
    add_etm(holder, replace(FULL, initialization='random', dropped_gain=0.5))
    features = torch.rand(1, conv.in_channels, 16, 16)
    height, width = conv.kernel_size
    options = {'stride': conv.stride, 'dilation': conv.dilation, 'groups': conv.groups}
    sums = conv.parametrizations.weight[0]
    pad = [conv.dilation[0] * side for side in (height // 2, width // 2)]
    if name == 'even':
        pad = [0, 0]
    expected = conv.bias[:, None, None] + F.conv2d(features, plain, padding=pad, **options)
    expected += F.conv2d(features, sums.dropped * 0.5, padding=pad, **options)
    if name == 'even':
        # The only row and the only column of an even filter are those that follow its middle.
        expected += F.conv2d(features[:, :, 2:], sums.row, **options)
        expected += F.conv2d(features[:, :, :, 2:], sums.column, **options)
    else:
        expected += F.conv2d(features, sums.row, padding=(0, pad[1]), **options)
        expected += F.conv2d(features, sums.column, padding=(pad[0], 0), **options)
    has_identity = name in ('dense', 'depthwise', 'grouped', 'dilated')
    assert (sums.identity is not None) == has_identity
    if has_identity:
        expected += features
    torch.testing.assert_close(holder(features), expected, atol=1e-5, rtol=1e-5)


def test_every_filter_larger_than_a_pixel_becomes_a_sum_and_no_other():
    network = SmallDepth(SMALL)
    add_etm(network, FULL)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            is_sum = hasattr(module, 'parametrizations')
            assert is_sum == (min(module.kernel_size) > 1)


def test_folding_is_exact_and_leaves_the_plain_network():
    network = trained_network()
    folded = fold_etm(network)
    plain = SmallDepth(SMALL)
    plain.load_state_dict(folded.state_dict())
    with torch.no_grad():
        expected = network.eval()(images()).full
        for other in (folded.eval(), plain.eval()):
            assert (other(images()).full - expected).abs().max() <= 1e-5
        assert (DeployedSmallDepth(plain).eval()(images()) - expected).abs().max() <= 1e-5


@pytest.mark.parametrize('name', NETWORKS)
def test_every_network_folds(name):
    torch.manual_seed(0)
    kind = NETWORKS[name]
    network = kind.network(TINY_NETWORKS[name]).train()
    names = set(network.state_dict())
    add_etm(network, FULL)
    with torch.no_grad():
        network(images())
        expected = network.eval()(images())
        folded = fold_etm(network)
        assert set(folded.state_dict()) == names
        for head, other in zip(expected, folded.eval()(images()), strict=True):
            assert (head - other).abs().max() <= 1e-5


def test_the_full_network_folds_to_exactly_its_own_counts():
    network = SmallDepth(SmallDepthConfig())
    shapes = {name: value.shape for name, value in network.state_dict().items()}
    num_plain = sum(value.numel() for value in network.parameters())
    add_etm(network, FULL)
    assert sum(value.numel() for value in network.parameters()) > num_plain
    folded = fold_etm(network)
    assert {name: value.shape for name, value in folded.state_dict().items()} == shapes
    assert sum(value.numel() for value in folded.parameters()) == num_plain


def test_a_trained_network_computes_the_same_with_branches():
    torch.manual_seed(0)
    network = SmallDepth(SMALL).eval()
    with torch.no_grad():
        before = network(images()).full
        add_etm(network, FULL, is_preserved=True)
        assert (network.eval()(images()).full - before).abs().max() <= 1e-6


def test_branches_are_cut_out_of_the_plain_filter():
    conv = nn.Conv2d(2, 3, 3)
    sums = FilterSum(conv, FULL)
    assert torch.equal(sums.row, conv.weight[:, :, 1:2])
    assert torch.equal(sums.column, conv.weight[:, :, :, 1:2])
    assert torch.equal(sums.dropped, conv.weight)
    drawn = FilterSum(conv, replace(FULL, initialization='random'))
    assert not torch.equal(drawn.dropped, conv.weight)


def test_drops_keep_the_mean_and_end_with_the_training():
    conv = nn.Conv2d(1, 1, 3)
    sums = FilterSum(conv, EtmConfig(branches=('row', 'dropped'), element_drop=0.4))
    sums.branch_drop = 0.3
    full = sums.eval()(conv.weight)
    assert torch.equal(full, sums(conv.weight))
    sums.train()
    torch.manual_seed(0)
    drawn = torch.stack([sums(conv.weight).detach() for _ in range(20_000)])
    # Of a product of two Bernoulli draws, each divided by its mean.
    spread = math.sqrt(1 / (0.7 * 0.6) - 1) * conv.weight.abs().max().item()
    tolerance = 5 * 2 * spread / math.sqrt(len(drawn))
    assert (drawn.mean(0) - full).abs().max() < tolerance


def test_a_branch_is_dropped_as_a_whole():
    conv = nn.Conv2d(4, 4, 3)
    sums = FilterSum(conv, EtmConfig(branches=('row',))).train()
    sums.branch_drop = 0.5
    torch.manual_seed(0)
    draws = [(sums(conv.weight) - conv.weight)[:, :, 1] for _ in range(200)]
    kept = [torch.allclose(one, 2 * sums.row[:, :, 0], atol=1e-6) for one in draws]
    gone = [bool((one == 0).all()) for one in draws]
    assert all(a != b for a, b in zip(kept, gone, strict=True))
    assert 60 < sum(kept) < 140


def test_every_branch_learns():
    network = nn.Sequential(nn.Conv2d(3, 3, 3, padding=1))
    add_etm(network, FULL)
    set_branch_drop(network, 0.0)
    network(images()).square().mean().backward()
    assert all(value.grad.abs().sum() > 0 for value in network.parameters())
    assert len(list(network.parameters())) == 5


def test_without_branches_nothing_changes():
    network = SmallDepth(SMALL)
    names = list(network.state_dict())
    add_etm(network, EtmConfig())
    assert list(network.state_dict()) == names


@pytest.mark.parametrize(
    'wrong', [{'branches': ('row', 'row')}, {'branch_drop': 1.0}, {'dropped_gain': 0.0}]
)
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ConfigError):
        EtmConfig(**wrong)
