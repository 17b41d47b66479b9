"""Laws of looking up: rows are weights, one entry is all there is to say, counts are copies."""

import math

import pytest
import torch

from depth_nodes.networks.prior.affinity import affinity, entropy, pixel_wise


@pytest.fixture
def queries():
    torch.manual_seed(0)
    return 3 * torch.randn(2, 6, 4, 5)


def test_rows_sum_to_one(queries):
    rows = affinity(queries.permute(0, 2, 3, 1), torch.randn(50, 6), torch.rand(50))
    assert rows.shape == (2, 4, 5, 50)
    assert (rows >= 0).all()
    torch.testing.assert_close(rows.sum(dim=-1), torch.ones(2, 4, 5))


def test_scores_are_scaled_dot_products():
    keys = torch.tensor([[2.0, 0, 0, 0], [0, 0, 0, 0]])
    rows = affinity(torch.tensor([[math.log(3), 5, 5, 5]]), keys, torch.zeros(2))
    torch.testing.assert_close(rows, torch.tensor([[0.75, 0.25]]))


def test_one_entry_gives_every_pixel_its_depth_and_its_features(queries):
    features = torch.randn(1, 3)
    found = pixel_wise(queries, torch.randn(1, 6), features, torch.tensor([0.7]), torch.zeros(1))
    assert torch.equal(found.log_depth, torch.full((2, 1, 4, 5), 0.7))
    assert torch.equal(found.features, features[0, :, None, None].expand(2, 3, 4, 5))
    assert (found.entropy == 0).all()


def test_a_count_of_three_is_three_equal_entries(queries):
    keys, features, log_depth = torch.randn(2, 6), torch.randn(2, 3), torch.randn(2)
    copies = torch.tensor([0, 1, 1, 1])
    apart = pixel_wise(queries, keys[copies], features[copies], log_depth[copies], torch.zeros(4))
    log_count = torch.tensor([1.0, 3.0]).log()
    together = pixel_wise(queries, keys, features, log_depth, log_count)
    torch.testing.assert_close(together.features, apart.features)
    torch.testing.assert_close(together.log_depth, apart.log_depth)


def test_entropy_goes_from_one_entry_to_all_alike():
    rows = torch.tensor([[1.0, 0, 0, 0], [0.25, 0.25, 0.25, 0.25], [0.5, 0.5, 0, 0]])
    torch.testing.assert_close(entropy(rows), torch.tensor([0.0, math.log(4), math.log(2)]))


def test_a_pixel_that_no_entry_is_like_has_higher_entropy():
    keys = 4 * torch.eye(8)
    known, unknown = keys[:1], torch.zeros(1, 8)
    rows = affinity(torch.cat([known, unknown]), keys, torch.zeros(8))
    assert entropy(rows)[0] < 0.5 * entropy(rows)[1]
