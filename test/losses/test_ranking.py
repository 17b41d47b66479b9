"""The order of pairs: where they lie, and what a wrong one costs."""

import math

import pytest
import torch

from depth_nodes.losses.ranking import edge_pairs, pair_loss, ranking_loss


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def two_walls(height=64, width=80, near_m=2.0, far_m=4.0):
    depth = torch.full((1, 1, height, width), near_m)
    depth[..., width // 2 :] = far_m
    return depth


def everywhere(depth):
    return torch.ones_like(depth, dtype=torch.bool)


def test_the_value_of_each_kind_of_pair():
    teacher = torch.tensor([[2.0, 4.0, 1.0], [2.0, 2.0, 3.0]])
    depth = torch.tensor([[2.5, 3.0, 1.0], [2.0, 2.5, 3.0]])
    expected = 0.25 + (math.log(1 + math.exp(-0.5)) + math.log(1 + math.exp(-2.0))) / 2
    assert pair_loss(depth, teacher).item() == pytest.approx(expected)


@pytest.mark.parametrize(('ratio', 'is_equal'), [(1.029, True), (1.031, False)])
def test_equal_is_within_three_per_cent(ratio, is_equal):
    teacher = torch.tensor([[1.0], [ratio]])
    for order in (teacher, teacher.flip(0)):
        assert (pair_loss(torch.ones(2, 1), order).item() == 0) == is_equal


def test_pairs_lie_across_the_edge_and_on_either_side_of_it():
    teacher = two_walls()[0, 0]
    pairs = edge_pairs(teacher, seeded())
    columns, rows = pairs % 80, pairs // 80
    # The gradient points along the row, from the near wall to the far one.
    assert (rows[0] == rows[1]).all()
    assert (columns[0] <= columns[1]).all()
    depths = teacher.flatten()[pairs]
    shares = [
        ((depths[0] == a) & (depths[1] == b)).float().mean().item()
        for a, b in ((2.0, 2.0), (2.0, 4.0), (4.0, 4.0))
    ]
    assert sum(shares) == pytest.approx(1)
    assert all(0.2 < share < 0.5 for share in shares)
    distance = (columns - 39.5).abs()
    assert 1 <= distance.min() <= 4
    assert 25 <= distance.max() <= 32


def test_the_right_order_costs_less_than_none_and_that_less_than_the_wrong_one():
    teacher = two_walls()
    values = [
        ranking_loss(depth, teacher, everywhere(teacher), seeded()).item()
        for depth in (teacher * 10, torch.full_like(teacher, 3.0), 60 - teacher * 10)
    ]
    assert values[1] == pytest.approx(math.log(2))
    assert values[0] < 1e-3
    assert values[2] > 1


def test_without_edges_there_is_nothing_to_rank():
    flat = torch.full((1, 1, 64, 80), 2.0)
    assert ranking_loss(torch.rand(1, 1, 64, 80), flat, everywhere(flat), seeded()).item() == 0
    ramp = two_walls()
    assert ranking_loss(ramp, ramp, ~everywhere(ramp), seeded()).item() == 0


def test_what_is_unknown_does_not_count():
    teacher = two_walls().repeat(2, 1, 1, 1)
    is_valid = everywhere(teacher)
    is_valid[:, :, 20:30] = False
    depth = torch.rand(2, 1, 64, 80, generator=seeded(), requires_grad=True)
    ranking_loss(torch.where(is_valid, depth, torch.nan), teacher, is_valid, seeded()).backward()
    assert depth.grad.isfinite().all()
    assert (depth.grad[~is_valid] == 0).all()
    assert (depth.grad[is_valid] != 0).any()


def test_gradients_agree_with_differences():
    depth = torch.rand(2, 12, dtype=torch.float64, generator=seeded()).requires_grad_()
    teacher = 1 + torch.rand(2, 12, dtype=torch.float64, generator=seeded(1))
    assert torch.autograd.gradcheck(lambda one: pair_loss(one, teacher), (depth,))
