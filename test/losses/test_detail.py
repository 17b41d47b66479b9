"""Laws of the scale-and-shift-invariant gradient matching, whole and in windows."""

from functools import partial

import pytest
import torch

from depth_nodes.losses.detail import local_ssigm_loss, ssigm_loss


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def depth_maps(height=24, width=32, count=2, dtype=torch.float64):
    return 1 + 4 * torch.rand(count, 1, height, width, generator=seeded(), dtype=dtype)


def everywhere(depth):
    return torch.ones_like(depth, dtype=torch.bool)


def local(depth, teacher, is_valid, **settings):
    return local_ssigm_loss(depth, teacher, is_valid, seeded(1), **settings)


LOSSES = [ssigm_loss, partial(local, side_px=7, num_windows=20)]


@pytest.mark.parametrize('loss', LOSSES)
@pytest.mark.parametrize('count', [1, 2])
def test_scale_and_shift_cost_nothing(loss, count):
    teacher = depth_maps(count=count)
    assert loss(3.0 * teacher - 0.7, teacher, everywhere(teacher)).item() < 1e-9
    assert loss(teacher.sqrt(), teacher, everywhere(teacher)).item() > 0.01


def test_a_turned_depth_fits_as_a_whole_but_in_no_window():
    teacher = depth_maps()
    assert ssigm_loss(9 - teacher, teacher, everywhere(teacher)).item() < 1e-9
    assert local(9 - teacher, teacher, everywhere(teacher)).item() > 0.5


def test_the_value_of_a_step_by_hand():
    # Least squares of (0, 0, 0, 1) to (0, 0, 1, 1): s = 2/3, t = 1/3; R = (1, 1, -2, 0) / 3.
    depth = torch.tensor([0.0, 0, 0, 1]).expand(1, 1, 4, 4)
    teacher = torch.tensor([0.0, 0, 1, 1]).expand(1, 1, 4, 4)
    whole = ssigm_loss(depth, teacher, everywhere(depth))
    assert whole.item() == pytest.approx(4 * (3 / 3 + 1 / 3) / 16)
    window = local(depth, teacher, everywhere(depth), side_px=4, num_windows=1)
    assert window.item() == pytest.approx(4 * (0 + 3 / 3 + 2 / 3) / 16)


def test_one_window_over_all_is_the_whole_image_up_to_the_step():
    depth = depth_maps(20, 20)
    teacher = depth + depth.flip(2)
    # Doubled pixels have over two pixels the differences that single ones have over one.
    window = local(depth, teacher, everywhere(depth), side_px=99, num_windows=1)
    doubled = [one.repeat_interleave(2, 2).repeat_interleave(2, 3) for one in (depth, teacher)]
    whole = ssigm_loss(*doubled, everywhere(doubled[0]))
    torch.testing.assert_close(window, whole)


@pytest.mark.parametrize('loss', LOSSES)
def test_what_is_unknown_does_not_count(loss):
    depth, teacher = depth_maps().requires_grad_(), depth_maps().flip(3)
    is_valid = everywhere(teacher)
    is_valid[:, :, 5:9, 11:15] = False
    expected = loss(depth, teacher, is_valid)
    wild = torch.where(is_valid, depth, torch.nan), torch.where(is_valid, teacher, torch.inf)
    found = loss(*wild, is_valid)
    found.backward()
    assert found.item() == expected.item()
    assert depth.grad.isfinite().all()
    assert (depth.grad[~is_valid] == 0).all()


@pytest.mark.parametrize('loss', LOSSES)
def test_images_without_contrast_or_pixels_add_nothing_wild(loss):
    flat = torch.full((1, 1, 24, 32), 2.0, dtype=torch.float64, requires_grad=True)
    teacher = depth_maps(count=1)
    loss(flat, teacher, everywhere(teacher)).backward()
    assert flat.grad.isfinite().all()
    assert loss(flat, teacher, ~everywhere(teacher)).item() == 0


def test_windows_where_the_teacher_is_flat_do_not_count():
    depth, teacher = depth_maps(), depth_maps().flip(2)
    teacher[:, :, :, 16:] = 3.0
    beside = torch.cat((depth[..., :16], torch.rand(2, 1, 24, 16)), dim=3)
    assert ssigm_loss(depth, teacher, everywhere(depth)) > 0
    teacher[:] = 3.0
    assert local(beside, teacher, everywhere(depth)).item() == 0


@pytest.mark.parametrize('loss', LOSSES)
def test_gradients_agree_with_differences(loss):
    depth, teacher = depth_maps(9, 9).requires_grad_(), depth_maps(9, 9).flip(3)
    assert torch.autograd.gradcheck(lambda one: loss(one, teacher, everywhere(one)), (depth,))


def test_features_of_16_bits_are_compared_in_32():
    depth = depth_maps(dtype=torch.float32)
    teacher = depth_maps(dtype=torch.float32).flip(3)
    rounded = ssigm_loss(depth.bfloat16(), teacher, everywhere(depth))
    assert rounded.dtype == torch.float32
    assert rounded.item() == pytest.approx(
        ssigm_loss(depth, teacher, everywhere(depth)).item(), rel=1e-2
    )
