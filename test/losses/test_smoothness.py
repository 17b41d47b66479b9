"""Laws of edge-aware smoothness."""

import math

import pytest
import torch

from depth_nodes.losses.smoothness import edge_aware_smoothness

FLAT = torch.full((1, 3, 2, 2), 0.5, dtype=torch.float64)


def _random(*shape):
    torch.manual_seed(0)
    return 0.1 + torch.rand(*shape, dtype=torch.float64)


def test_a_constant_costs_nothing():
    assert edge_aware_smoothness(torch.full((1, 1, 2, 2), 3.0), FLAT.float()).item() == 0


def test_by_hand():
    inverse_depth = torch.tensor([[1.0, 2.0], [1.0, 4.0]], dtype=torch.float64).view(1, 1, 2, 2)
    # Mean 2; steps across 1 and 3, down 0 and 2.
    assert edge_aware_smoothness(inverse_depth, FLAT).item() == pytest.approx((2 + 1) / 2)
    image = FLAT.clone()
    image[:, 0, :, 1] += 0.3
    # The image's step across is 0.3 in one channel of three, and there is none down.
    expected = (2 * math.exp(-0.1) + 1) / 2
    assert edge_aware_smoothness(inverse_depth, image).item() == pytest.approx(expected)


def test_the_unit_of_each_image_does_not_matter():
    inverse_depth, image = _random(2, 1, 6, 8), _random(2, 3, 6, 8)
    scaled = inverse_depth * torch.tensor([7.0, 1e-4], dtype=torch.float64).view(2, 1, 1, 1)
    one, other = (edge_aware_smoothness(values, image) for values in (inverse_depth, scaled))
    assert one.item() == pytest.approx(other.item())


def test_gradients_agree_with_differences():
    inverse_depth = _random(2, 1, 4, 5).requires_grad_()
    assert torch.autograd.gradcheck(edge_aware_smoothness, (inverse_depth, _random(2, 3, 4, 5)))
