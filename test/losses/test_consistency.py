"""Agreement of two views: hand-worked values, limits and gradients."""

import pytest
import torch

from depth_nodes.losses.consistency import (
    depth_difference,
    feature_difference,
    flow_agreement,
    FLOW_FLOOR_PX,
)


def _row(values):
    return torch.tensor(values, dtype=torch.float64).view(1, 1, 1, -1)


def test_depth_difference_by_hand():
    found = depth_difference(_row([3.0, 1.0, 2.0]), _row([1.0, 3.0, 2.0]))
    assert found.flatten().tolist() == [0.5, 0.5, 0.0]


def test_depths_that_are_unknown_or_behind_differ_wholly_and_pull_nothing():
    computed = _row([0.0, -1.0, 2.0, -2.0, 4.0]).requires_grad_()
    sampled = _row([0.0, 1.0, 0.0, -3.0, 4.0]).requires_grad_()
    found = depth_difference(computed, sampled)
    found.sum().backward()
    assert found.flatten().tolist() == [1, 1, 1, 1, 0]
    for depth in (computed, sampled):
        assert (depth.grad == 0).all()


def test_flows_that_cancel_agree_and_flows_alike_do_not():
    flow = torch.tensor([[3.0, 0.0, 6.0, 3.0], [4.0, 0.0, 8.0, 4.0]]).view(1, 2, 1, 4)
    back = torch.tensor([[-3.0, 0.0, 6.0, 0.0], [-4.0, 0.0, 8.0, 0.0]]).view(1, 2, 1, 4)
    found = flow_agreement(flow.requires_grad_(), back)
    # Lengths of 10 and 10 with a sum of 20, and of 5 and 0 with a sum of 5.
    expected = [1, 1, 1 - 20 / (20 + FLOW_FLOOR_PX), 1 - 5 / (5 + FLOW_FLOOR_PX)]
    assert found.flatten().tolist() == pytest.approx(expected, abs=1e-6)
    assert not found.requires_grad


def test_features_differ_by_direction_alone():
    features = torch.tensor([3.0, 4.0], dtype=torch.float64).view(1, 2, 1, 1)
    other = torch.tensor([40.0, 30.0], dtype=torch.float64).view(1, 2, 1, 1)
    # (0.6, 0.8) against (0.8, 0.6).
    assert feature_difference(features, other).item() == pytest.approx(0.2, abs=1e-6)
    assert feature_difference(features, 100 * features).item() == pytest.approx(0, abs=1e-6)


def test_features_of_zeros_have_a_bounded_gradient():
    features = torch.zeros(1, 4, 2, 2, requires_grad=True)
    feature_difference(features, torch.rand(1, 4, 2, 2)).sum().backward()
    assert (features.grad.abs() <= 1e3).all()


@pytest.mark.parametrize(
    ('loss', 'num_channels'), [(depth_difference, 1), (feature_difference, 5)]
)
def test_gradients_agree_with_differences(loss, num_channels):
    torch.manual_seed(0)
    shape = (2, num_channels, 3, 4)
    pair = [torch.rand(shape, dtype=torch.float64).add(0.1).requires_grad_() for _ in range(2)]
    assert torch.autograd.gradcheck(loss, pair)
