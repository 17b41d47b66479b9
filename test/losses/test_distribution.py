"""Divergence of softmax maps: hand-worked values and laws."""

import math

import pytest
import torch

from depth_nodes.losses.distribution import axis_divergence

MASK = torch.rand(2, 1, 6, 9, generator=torch.Generator().manual_seed(1)) > 0.4


def _maps(*shape):
    torch.manual_seed(0)
    return tuple(torch.randn(*shape, dtype=torch.float64) for _ in range(2))


@pytest.mark.parametrize('mask', [None, MASK])
@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_zero_for_equal_maps_and_above_for_others(dtype, mask):
    one, other = (values.to(dtype) for values in _maps(2, 3, 6, 9))
    assert axis_divergence(one, one.clone(), mask).item() == 0
    assert axis_divergence(one, other, mask).item() > 0.1
    assert axis_divergence(one, one + 5, mask).item() == pytest.approx(0, abs=1e-6)


def test_by_hand():
    """A column of (ln 3, 0) has the shares 3/4 and 1/4; all other columns and rows are even."""
    target = torch.tensor([[math.log(3), 0], [0, 0]], dtype=torch.float64).view(1, 1, 2, 2)
    prediction = torch.zeros_like(target)
    one_column = 0.75 * math.log(1.5) + 0.25 * math.log(0.5)
    # One column of two and one row of two.
    assert axis_divergence(prediction, target).item() == pytest.approx(one_column)
    # The first pixel alone: t ln(t/p) - t + p with t = 3/4, p = 1/2 on half a column, half a row.
    mask = torch.tensor([[True, False], [False, False]]).view(1, 1, 2, 2)
    term = 0.75 * math.log(1.5) - 0.25
    assert axis_divergence(prediction, target, mask).item() == pytest.approx(4 * term)


def test_agrees_with_the_library():
    prediction, target = _maps(2, 3, 6, 9)
    library = [
        torch.nn.functional.kl_div(
            prediction.log_softmax(axis), target.softmax(axis), reduction='sum'
        )
        / (2 * 3 * 6 * 9 / prediction.shape[axis])
        for axis in (-2, -1)
    ]
    assert axis_divergence(prediction, target).item() == pytest.approx(sum(library).item())


def test_a_mask_of_everything_is_no_mask():
    prediction, target = _maps(2, 3, 6, 9)
    masked = axis_divergence(prediction, target, torch.ones_like(MASK))
    assert masked.item() == pytest.approx(axis_divergence(prediction, target).item())


def test_the_number_of_images_channels_and_columns_does_not_matter():
    """Rows repeated make columns longer, so only the other way is compared."""
    prediction, target = (values[..., :1] for values in _maps(1, 1, 6, 9))
    single = axis_divergence(prediction, target).item()
    many = (values.expand(4, 3, 6, 8) for values in (prediction, target))
    assert axis_divergence(*many).item() == pytest.approx(single)


def test_equal_maps_are_the_best_ones_whatever_the_mask():
    prediction = _maps(2, 3, 6, 9)[0].requires_grad_()
    axis_divergence(prediction, prediction, MASK).backward()
    assert prediction.grad.abs().max() < 1e-15


def test_an_empty_mask_is_zero_with_zero_gradient():
    prediction, target = _maps(2, 3, 6, 9)
    prediction.requires_grad_()
    loss = axis_divergence(prediction, target, torch.zeros_like(MASK))
    loss.backward()
    assert loss.item() == 0
    assert (prediction.grad == 0).all()


def test_the_target_is_given():
    prediction, target = _maps(1, 2, 3, 4)
    target.requires_grad_()
    axis_divergence(prediction.requires_grad_(), target).backward()
    assert target.grad is None


@pytest.mark.parametrize('mask', [None, MASK[:1, :, :3, :4]])
def test_gradients_agree_with_differences(mask):
    prediction, target = _maps(1, 2, 3, 4)
    prediction.requires_grad_()
    assert torch.autograd.gradcheck(
        lambda values: axis_divergence(values, target, mask), (prediction,)
    )
