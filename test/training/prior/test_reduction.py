"""Fewer channels and fewer entries keep what counts."""

import math

import pytest
import torch

from depth_nodes.errors import ConfigError
from depth_nodes.networks.prior.bank import PriorBank
from depth_nodes.training.prior.reduction import prototypes, whitened


def test_components_are_uncorrelated_of_variance_one_and_keep_a_plane():
    torch.manual_seed(0)
    plane = torch.randn(500, 2) * torch.tensor([5.0, 0.5])
    features = plane @ torch.linalg.qr(torch.randn(7, 7)).Q[:2] + 3
    found = whitened(features, 2)
    torch.testing.assert_close(found.features.T @ found.features / 500, torch.eye(2))
    assert found.explained == pytest.approx(1, abs=1e-6)
    # The two directions come back, up to their signs.
    centred = plane - plane.mean(dim=0)
    correlation = (found.features.T @ centred).abs() / (500 * centred.std(dim=0, correction=0))
    torch.testing.assert_close(correlation, torch.eye(2), atol=0.1, rtol=0)


def test_directions_without_variance_stay_near_zero():
    features = torch.cat([torch.randn(50, 1), torch.zeros(50, 2)], dim=1)
    found = whitened(features, 64)
    assert found.features.shape == (50, 3)
    assert found.features[:, 1:].abs().max() < 1e-3


def make_clusters():
    torch.manual_seed(0)
    centres = 10 * torch.eye(3)
    member = torch.tensor([0] * 4 + [1] * 7 + [2] * 1)
    return member, PriorBank(
        features=centres[member] + 0.01 * torch.randn(12, 3),
        log_depth=member.float(),
        log_count=torch.zeros(12),
        provenance={'teacher': 'large'},
    )


def test_prototypes_are_the_means_of_clusters_and_count_them():
    member, bank = make_clusters()
    found = prototypes(bank, 3, seed=1)
    order = found.log_depth.argsort()
    assert found.log_depth[order].tolist() == pytest.approx([0, 1, 2])
    torch.testing.assert_close(found.log_count[order].exp(), torch.tensor([4.0, 7.0, 1.0]))
    for cluster, place in enumerate(order):
        expected = bank.features[member == cluster].mean(dim=0)
        torch.testing.assert_close(found.features[place], expected)
    assert found.provenance == bank.provenance


def test_prototypes_of_prototypes_count_what_those_stand_for():
    _, bank = make_clusters()
    once = prototypes(bank, 3, seed=1)
    all_in_one = prototypes(once, 1, seed=1)
    assert all_in_one.log_count.item() == pytest.approx(math.log(12))
    torch.testing.assert_close(all_in_one.features[0], bank.features.mean(dim=0))


def test_the_same_seed_gives_the_same_prototypes():
    torch.manual_seed(3)
    bank = PriorBank(
        features=torch.randn(300, 4), log_depth=torch.randn(300), log_count=torch.zeros(300)
    )
    one, same, other = (prototypes(bank, 20, seed).features for seed in (5, 5, 6))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_more_prototypes_than_entries_are_refused():
    with pytest.raises(ConfigError, match='fewer prototypes'):
        prototypes(make_clusters()[1], 13, seed=0)
