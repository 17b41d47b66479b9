"""The cross entropy of planes."""

import math

import pytest
import torch

from depth_nodes.losses.matching import plane_cross_entropy

USED = torch.ones(1, 1, 1, 2, dtype=torch.bool)


def logarithm(probabilities):
    return torch.tensor(probabilities).log().clamp(min=-1e4).view(1, -1, 1, 1).repeat(1, 1, 1, 2)


def test_it_is_zero_at_the_truth_and_by_hand_elsewhere():
    certain = logarithm([0.0, 1.0, 0.0])
    planes = torch.ones(1, 1, 1, 2)
    assert plane_cross_entropy(certain, planes, USED) == 0
    half = plane_cross_entropy(logarithm([0.25, 0.5, 0.25]), planes, USED)
    assert half.item() == pytest.approx(math.log(2))
    between = plane_cross_entropy(logarithm([0.125, 0.5, 0.375]), planes + 0.25, USED)
    assert between.item() == pytest.approx(0.75 * math.log(2) - 0.25 * math.log(0.375))


def test_only_pixels_within_the_planes_count():
    uniform = logarithm([0.25] * 4)
    planes = torch.tensor([1.0, 3.5]).view(1, 1, 1, 2)
    assert plane_cross_entropy(uniform, planes, USED).item() == pytest.approx(math.log(4))
    assert plane_cross_entropy(uniform, planes - 5, USED) == 0
    assert plane_cross_entropy(uniform, planes, ~USED) == 0


def test_gradients_agree_with_differences():
    torch.manual_seed(0)
    logits = torch.rand(1, 5, 2, 3, dtype=torch.float64, requires_grad=True)
    planes = 4 * torch.rand(1, 1, 2, 3, dtype=torch.float64)
    used = torch.rand(1, 1, 2, 3) < 0.8

    def loss(values):
        return plane_cross_entropy(values.log_softmax(1), planes, used)

    assert torch.autograd.gradcheck(loss, logits)
