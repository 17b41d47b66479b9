"""The photometric error: by hand, on planes, and on rendered drives with true depth and pose."""

import functools

import numpy as np
import pytest
from tiny_drive import tiny_drive
import torch

from depth_nodes.geometry.camera import pixel_grid
from depth_nodes.geometry.warp import sample_at, warp
from depth_nodes.losses.consistency import depth_difference, flow_agreement
from depth_nodes.losses.photometric import photometric_error, weighted_mean


def _images(*shape):
    torch.manual_seed(0)
    return tuple(torch.rand(*shape, dtype=torch.float64) for _ in range(2))


def _ssim(one, other):
    """The textbook's form, for a window of 3 x 3."""
    covariance = np.cov(one.flatten(), other.flatten(), bias=True)
    mean, other_mean = one.mean(), other.mean()
    luminance = (2 * mean * other_mean + 0.01**2) / (mean**2 + other_mean**2 + 0.01**2)
    structure = (2 * covariance[0, 1] + 0.03**2) / (np.trace(covariance) + 0.03**2)
    return luminance * structure


def test_agrees_with_the_textbook_and_reflects_at_the_borders():
    image, other = _images(1, 3, 5, 6)
    found = photometric_error(image, other)[0, 0]
    pads = [np.pad(values[0], ((0, 0), (1, 1), (1, 1)), 'reflect') for values in (image, other)]
    for v, u in [(0, 0), (2, 3), (4, 5)]:
        windows = [pad[:, v : v + 3, u : u + 3] for pad in pads]
        ssim = np.mean([_ssim(*channels) for channels in zip(*windows, strict=True)])
        difference = (image - other)[0, :, v, u].abs().mean()
        expected = 0.85 * (1 - ssim) / 2 + 0.15 * difference
        assert found[v, u].item() == pytest.approx(expected.item(), rel=1e-12)


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_between_zero_for_an_image_itself_and_one_for_its_negative(dtype):
    image, other = (values.to(dtype) for values in _images(2, 3, 8, 9))
    assert (photometric_error(image, image.clone()) == 0).all()
    checkers = (torch.arange(8)[:, None] + torch.arange(9)).remainder(2).to(dtype)
    checkers = checkers.expand(1, 3, 8, 9)
    # Luminance alone keeps it from 1: nine pixels of a checkerboard have means of 4/9 and 5/9.
    assert (photometric_error(checkers, 1 - checkers) > 0.95).all()
    for error in (photometric_error(image, other), photometric_error(checkers, 1 - checkers)):
        assert ((error >= 0) & (error <= 1)).all()


def test_gradients_agree_with_differences():
    pair = [values.requires_grad_() for values in _images(1, 2, 4, 5)]
    assert torch.autograd.gradcheck(photometric_error, pair)


def test_a_weighted_mean_by_hand():
    error = torch.tensor([1.0, 5.0, torch.nan, torch.inf]).view(1, 1, 1, 4).requires_grad_()
    weight = torch.tensor([3.0, 1.0, 0.0, 0.0]).view(1, 1, 1, 4).requires_grad_()
    mean = weighted_mean(error, weight)
    mean.backward()
    assert mean.item() == 2
    assert error.grad.flatten().tolist() == [0.75, 0.25, 0, 0]
    assert weight.grad is None


def test_no_weight_is_zero_with_zero_gradient():
    error = torch.rand(1, 1, 2, 2, requires_grad=True)
    mean = weighted_mean(error, torch.zeros(1, 1, 2, 2))
    mean.backward()
    assert mean.item() == 0
    assert (error.grad == 0).all()


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_a_plane_shifted_by_whole_pixels_costs_nothing(dtype):
    """fx t / depth = 7 px to the right and fy t / depth = 3 px up; sharp random texture."""
    height, width, depth_m = 96, 320, 3.7
    focal = torch.tensor([[210.3, 0, 158.7], [0, 190.1, 50.2], [0, 0, 1]], dtype=dtype)[None]
    torch.manual_seed(0)
    image = torch.rand(1, 3, height, width, dtype=dtype)
    neighbour = torch.rand_like(image)
    neighbour[..., : height - 3, 7:] = image[..., 3:, : width - 7]
    pose = torch.eye(4, dtype=dtype)[None].clone()
    pose[0, 0, 3], pose[0, 1, 3] = 7 * depth_m / focal[0, 0, 0], -3 * depth_m / focal[0, 1, 1]
    found = warp(torch.full((1, 1, height, width), depth_m, dtype=dtype), focal, focal, pose)
    error = photometric_error(image, sample_at(neighbour, found.position_px))
    weight = torch.zeros_like(error)
    # Without the last row and column inside, whose windows reach outside.
    weight[..., 5:-1, 1:-9] = found.is_inside[..., 5:-1, 1:-9].to(dtype)
    assert weight.mean() > 0.9
    assert weighted_mean(error, weight).item() < 1e-6
    assert (error * weight).max().item() < 2e-5


@functools.cache
def _drive():
    """Images, depths and poses of two frames, of which the second is further along."""
    frames = tiny_drive(2)
    images = [torch.tensor(frame.image).permute(2, 0, 1)[None] / 255.0 for frame in frames]
    depths = [torch.tensor(frame.depth_m)[None, None] for frame in frames]
    poses = [torch.tensor(frame.world_from_camera)[None] for frame in frames]
    intrinsics = torch.tensor(frames[0].camera.matrix)[None].float()
    return images, depths, poses, intrinsics


def _drive_loss(scale, view):
    """The weighted error of view 0 or 1 against the other, depth times `scale` in both."""
    images, depths, poses, intrinsics = _drive()
    other = 1 - view
    depths = [depth * scale for depth in depths]
    other_from_view = (torch.linalg.inv(poses[other]) @ poses[view]).float()
    there = warp(depths[view], intrinsics, intrinsics, other_from_view)
    back = warp(depths[other], intrinsics, intrinsics, torch.linalg.inv(other_from_view))
    grid = pixel_grid(*depths[0].shape[-2:], depths[0])
    seen = torch.cat([images[other], depths[other], back.position_px - grid], dim=1)
    image, depth, flow_back = sample_at(seen, there.position_px).split([3, 1, 2], dim=1)
    agreement = flow_agreement(there.position_px - grid, flow_back)
    occlusion = depth_difference(there.depth_m, depth)
    is_used = there.is_inside & (depths[view] > 0)
    weight = agreement * (1 - occlusion) * is_used
    return weighted_mean(photometric_error(images[view], image), weight).item()


@pytest.mark.parametrize('view', [0, 1])
def test_the_true_depth_of_a_rendered_drive_looks_best(view):
    losses = {scale: _drive_loss(scale, view) for scale in (0.95, 0.98, 1.0, 1.02, 1.05)}
    assert losses[1.0] < 0.99 * min(losses[0.98], losses[1.02])
    assert losses[0.98] < losses[0.95]
    assert losses[1.02] < losses[1.05]
