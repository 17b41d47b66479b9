"""Points and pixels, against OpenCV and by hand."""

import cv2
import numpy as np
import pytest
import torch

from depth_nodes.geometry.camera import MIN_DEPTH_M, pixel_grid, points_from_depth, project

INTRINSICS = torch.tensor([[[90.0, 0, 10.5], [0, 80.0, 6.0], [0, 0, 1]]], dtype=torch.float64)


def _depth(*shape):
    torch.manual_seed(0)
    return 1 + 9 * torch.rand(*shape, dtype=torch.float64)


def test_pixel_centres_are_at_integers():
    grid = pixel_grid(2, 3, torch.zeros(1, dtype=torch.float64))
    assert grid.dtype == torch.float64
    assert grid.tolist() == [[[0, 1, 2], [0, 1, 2]], [[0, 0, 0], [1, 1, 1]]]


def test_a_point_by_hand():
    points = points_from_depth(torch.full((1, 1, 12, 20), 2.0, dtype=torch.float64), INTRINSICS)
    expected = [2 * (19 - 10.5) / 90, 2 * (3 - 6) / 80, 2]
    np.testing.assert_allclose(points[0, :, 3, 19], expected, rtol=1e-14)


def test_projection_agrees_with_opencv():
    points = torch.randn(1, 3, 5, 7, dtype=torch.float64)
    points[:, 2] = points[:, 2].abs() + 0.5
    ours = project(points, INTRINSICS)[0].flatten(1).T
    flat, zeros = points[0].flatten(1).T.contiguous().numpy(), np.zeros(3)
    theirs, _ = cv2.projectPoints(flat, zeros, zeros, INTRINSICS[0].numpy(), None)
    np.testing.assert_allclose(ours, theirs[:, 0], rtol=1e-12)


@pytest.mark.parametrize(('dtype', 'tolerance'), [(torch.float64, 1e-12), (torch.float32, 2e-5)])
def test_points_project_to_their_pixels(dtype, tolerance):
    depth, intrinsics = _depth(2, 1, 12, 20).to(dtype), INTRINSICS.to(dtype).repeat(2, 1, 1)
    back = project(points_from_depth(depth, intrinsics), intrinsics)
    assert (back - pixel_grid(12, 20, depth)).abs().max() < tolerance


def test_points_behind_the_camera_have_finite_positions_and_gradients():
    depth = torch.tensor([0.0, -3.0, MIN_DEPTH_M, 1e-30]).view(1, 1, 1, 4)
    points = torch.cat([torch.ones(1, 2, 1, 4), depth], dim=1).requires_grad_()
    position = project(points, INTRINSICS.float())
    position.sum().backward()
    assert position.isfinite().all()
    assert points.grad.isfinite().all()


def test_gradients_agree_with_differences():
    depth = _depth(1, 1, 3, 4).requires_grad_()
    assert torch.autograd.gradcheck(points_from_depth, (depth, INTRINSICS))
    points = points_from_depth(depth, INTRINSICS).detach().requires_grad_()
    assert torch.autograd.gradcheck(project, (points, INTRINSICS))
