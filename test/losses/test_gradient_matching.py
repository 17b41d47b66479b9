"""Laws of gradient matching."""

import pytest
import torch

from depth_nodes.losses.gradient_matching import count_pairs, gradient_matching_loss

ALL = torch.ones(1, 1, 16, 16, dtype=torch.bool)


def test_blind_to_a_common_factor():
    assert gradient_matching_loss(torch.full((1, 1, 16, 16), 3.0), ALL).item() == 0


def test_a_ramp_costs_its_slope_times_the_mean_stride():
    error = torch.arange(16.0).expand(1, 1, 16, 16) * 0.5
    # Slopes of 0.5, 1, 2 and 4 along the rows at strides 1, 2, 4, 8; none along the columns.
    assert gradient_matching_loss(error, ALL).item() == pytest.approx(7.5 / 4)


def test_pairs_with_an_unknown_pixel_do_not_count():
    error = torch.zeros(1, 1, 16, 16)
    error[..., 5, 5] = torch.nan
    known = ALL.clone()
    known[..., 5, 5] = False
    assert gradient_matching_loss(error, known).item() == 0


def test_nothing_known_is_zero_with_zero_gradient():
    error = torch.rand(1, 1, 16, 16, requires_grad=True)
    loss = gradient_matching_loss(error, ~ALL)
    loss.backward()
    assert loss.item() == 0
    assert (error.grad == 0).all()


def test_gradients_agree_with_differences():
    torch.manual_seed(0)
    error = torch.randn(1, 1, 16, 16, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda value: gradient_matching_loss(value, ALL), (error,))


def test_pairs_are_counted_at_each_stride_down_and_across():
    known = torch.ones(1, 1, 16, 24, dtype=torch.bool)
    assert count_pairs(known, 2).tolist() == [15 * 24, 16 * 23, 7 * 12, 8 * 11]
    known[..., 5, 5] = False
    assert count_pairs(known, 2).tolist() == [15 * 24 - 2, 16 * 23 - 2, 7 * 12, 8 * 11]


def test_the_mean_is_over_the_pairs_that_the_caller_names():
    error = torch.rand(1, 1, 16, 16)
    own = gradient_matching_loss(error, ALL)
    assert gradient_matching_loss(error, ALL, count_pairs(ALL)).item() == own.item()
    assert gradient_matching_loss(error, ALL, 4 * count_pairs(ALL)).item() == own.item() / 4
