"""Laws of the error against labels known up to scale and offset."""

import pytest
import torch

from depth_nodes.losses.affine import affine_error, LOG_CONTRAST

ALL = torch.ones(2, 1, 12, 16, dtype=torch.bool)


@pytest.fixture
def disparity():
    torch.manual_seed(0)
    return 10 + 60 * torch.rand(2, 1, 12, 16, dtype=torch.float64)


@pytest.mark.parametrize(('factor', 'offset'), [(1.0, 0.0), (0.02, 0.3), (0.5, -3.0)])
def test_any_affine_image_of_the_label_is_right(disparity, factor, offset):
    error = affine_error(factor * disparity + offset, disparity, ALL)
    assert error.abs().max().item() == pytest.approx(0, abs=1e-9)


def test_scale_and_offset_of_prediction_and_label_change_nothing(disparity):
    prediction = 1 + torch.rand(2, 1, 12, 16, dtype=torch.float64)
    error = affine_error(prediction, disparity, ALL)
    other = affine_error(0.3 * prediction + 0.1, 4 * disparity - 7, ALL)
    torch.testing.assert_close(other, error)


def test_the_gradient_leaves_scale_and_offset_alone(disparity):
    prediction = (1 + torch.rand(2, 1, 12, 16, dtype=torch.float64)).requires_grad_()
    affine_error(prediction, disparity, ALL).square().sum().backward()
    assert prediction.grad.abs().max() > 1e-3
    assert prediction.grad.sum().item() == pytest.approx(0, abs=1e-9)
    assert (prediction.grad * prediction).sum().item() == pytest.approx(0, abs=1e-9)


def test_an_inverted_scene_costs_more_than_a_flat_one(disparity):
    upright, flat, inverted = (
        affine_error(2 + slope * disparity, disparity, ALL).square().mean().item()
        for slope in (0.01, 0.0, -0.01)
    )
    assert upright < 1e-12 < flat < inverted


def test_a_flat_prediction_has_a_bounded_slope(disparity):
    prediction = torch.full((2, 1, 12, 16), 2.0, dtype=torch.float64, requires_grad=True)
    affine_error(prediction, disparity, ALL).square().mean().backward()
    # In units of ln(inverse depth): no more than an error of a few ten per cent in metres gives.
    slope = prediction.grad * prediction.detach() * prediction.numel()
    assert 1 < slope.abs().mean().item() < 20


def test_a_small_error_costs_what_it_does_in_log_depth():
    torch.manual_seed(1)
    # A scene whose mean absolute deviation is LOG_CONTRAST of its mean.
    ramp = torch.linspace(-2, 2, 192, dtype=torch.float64).reshape(1, 1, 12, 16)
    truth = 0.7 * (1 + LOG_CONTRAST * ramp)
    noise = 0.02 * torch.randn(1, 1, 12, 16, dtype=torch.float64)
    error = affine_error(truth + noise * 0.7, truth, ALL[:1])
    assert error.square().mean().sqrt().item() == pytest.approx(0.02, rel=0.1)
    near = affine_error(truth + 0.1 * (ramp > 1.9), truth, ALL[:1])
    assert near[0, 0, -1, -1] < 0, 'too near is negative, as in ln(depth)'


def test_what_is_unknown_does_not_count(disparity):
    is_valid = torch.rand(2, 1, 12, 16) > 0.4
    prediction = 1 + torch.rand(2, 1, 12, 16, dtype=torch.float64)
    error = affine_error(prediction, disparity, is_valid)
    wild = torch.where(is_valid, prediction, 1e6).requires_grad_()
    other = affine_error(wild, torch.where(is_valid, disparity, 0.0), is_valid)
    torch.testing.assert_close(other[is_valid], error[is_valid])
    other[is_valid].square().sum().backward()
    assert (wild.grad[~is_valid] == 0).all()


def test_an_image_without_labels_is_finite(disparity):
    prediction = torch.rand(2, 1, 12, 16, dtype=torch.float64, requires_grad=True)
    error = affine_error(prediction, disparity, ~ALL)
    (error * 0).sum().backward()
    assert error.isfinite().all()
    assert prediction.grad.isfinite().all()


def test_gradients_agree_with_differences(disparity):
    prediction = (1 + torch.rand(2, 1, 12, 16, dtype=torch.float64)).requires_grad_()
    known = torch.rand(2, 1, 12, 16) > 0.3
    assert torch.autograd.gradcheck(
        lambda value: affine_error(value, disparity, known), (prediction,)
    )
