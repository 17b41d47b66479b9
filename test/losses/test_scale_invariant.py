"""Laws of the scale-invariant logarithmic loss."""

import math

import pytest
import torch

from depth_nodes.losses.scale_invariant import (
    absolute_log_loss,
    scale_invariant_log_loss,
    silog_loss,
)


@pytest.fixture
def is_valid():
    torch.manual_seed(0)
    return torch.rand(2, 1, 6, 8) > 0.3


def test_zero_at_the_truth(is_valid):
    assert scale_invariant_log_loss(torch.zeros(2, 1, 6, 8), is_valid).item() == 0


@pytest.mark.parametrize('weight', [0.0, 0.25, 1.0])
def test_a_common_factor_costs_its_log_times_the_root_of_the_weight(is_valid, weight):
    error = torch.full((2, 1, 6, 8), 0.7)
    loss = scale_invariant_log_loss(error, is_valid, weight)
    assert loss.item() == pytest.approx(0.7 * weight**0.5, abs=2e-3)


def test_each_image_may_have_its_own_weight():
    error, known = torch.rand(2, 1, 6, 8), torch.ones(2, 1, 6, 8, dtype=torch.bool)
    both = scale_invariant_log_loss(error, known, torch.tensor([0.0, 1.0]))
    apart = [scale_invariant_log_loss(error[i : i + 1], known[:1], float(i)) for i in (0, 1)]
    assert both.item() == pytest.approx((apart[0] + apart[1]).item() / 2)


def test_weight_one_is_the_root_mean_square():
    error = torch.tensor([3.0, 4.0]).reshape(1, 1, 1, 2)
    loss = scale_invariant_log_loss(error, torch.ones(1, 1, 1, 2, dtype=torch.bool), 1.0)
    assert loss.item() == pytest.approx(12.5**0.5, abs=2e-3)


def test_what_is_unknown_does_not_count(is_valid):
    error = torch.rand(2, 1, 6, 8)
    wild = torch.where(is_valid, error, torch.inf).requires_grad_()
    loss = scale_invariant_log_loss(wild, is_valid)
    loss.backward()
    assert loss.item() == scale_invariant_log_loss(error, is_valid).item()
    assert (wild.grad[~is_valid] == 0).all()
    assert wild.grad.isfinite().all()


def test_an_image_without_truth_adds_nothing():
    error = torch.rand(2, 1, 6, 8).requires_grad_()
    known = torch.ones(2, 1, 6, 8, dtype=torch.bool)
    known[1] = False
    loss = scale_invariant_log_loss(error, known)
    loss.backward()
    alone = scale_invariant_log_loss(error[:1], known[:1])
    assert loss.item() == pytest.approx(alone.item() / 2)
    assert (error.grad[1] == 0).all()


def test_gradients_agree_with_differences(is_valid):
    error = torch.randn(2, 1, 6, 8, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda value: scale_invariant_log_loss(value, is_valid), (error,)
    )


@pytest.mark.parametrize('factor', [0.5, 1.0, 3.0])
def test_silog_of_a_scaled_perfect_map(is_valid, factor):
    truth = 1 + torch.rand(2, 1, 6, 8)
    loss = silog_loss(factor * truth, torch.where(is_valid, truth, 0.0), is_valid)
    assert loss.item() == pytest.approx(10 * 0.15**0.5 * abs(math.log(factor)), abs=1e-2)


def test_silog_of_a_depth_of_zero_is_finite_and_so_is_its_gradient():
    depth = torch.tensor([0.0, 2.0]).reshape(1, 1, 1, 2).requires_grad_()
    loss = silog_loss(depth, torch.ones(1, 1, 1, 2), torch.ones(1, 1, 1, 2, dtype=torch.bool))
    loss.backward()
    errors = torch.tensor([1e-3, 2.0]).log()
    variance, mean = errors.var(correction=0), errors.mean()
    expected = 10 * (variance + 0.15 * mean.square()).sqrt()
    assert loss.item() == pytest.approx(expected.item(), abs=1e-2)
    assert depth.grad.flatten()[0] == 0 < depth.grad.flatten()[1]


def test_where_either_depth_may_be_true_the_likelier_one_costs_least(is_valid):
    """Two of three pixels are at 1 m, one at 4 m, and one depth is said of all."""
    truth = torch.tensor([1.0, 1.0, 4.0]).reshape(1, 1, 1, 3)
    known = torch.ones(1, 1, 1, 3, dtype=torch.bool)
    said = [1.0, 4 ** (1 / 3), 4.0]
    absolute, silog = (
        [loss(torch.full_like(truth, depth), truth, known).item() for depth in said]
        for loss in (absolute_log_loss, silog_loss)
    )
    assert absolute[0] == pytest.approx(10 * math.log(4) / 3)
    assert absolute[0] < absolute[1] < absolute[2]
    assert silog[1] < silog[0] < silog[2]


def test_the_absolute_error_is_the_mean_over_known_pixels_of_each_image(is_valid):
    truth = torch.where(is_valid, torch.rand(2, 1, 6, 8) + 0.5, 0.0)
    factor = torch.tensor([2.0, 1.0])[:, None, None, None]
    loss = absolute_log_loss(torch.where(is_valid, factor * truth, 9.0), truth, is_valid)
    assert loss.item() == pytest.approx(5 * math.log(2), rel=1e-5)
    nothing = torch.zeros_like(is_valid)
    assert absolute_log_loss(truth, truth, nothing).item() == 0
