"""Pixels and their points, against OpenCV and by hand."""

import cv2
import numpy as np
import pytest
import torch

from depth_nodes.geometry.camera import inverted_intrinsics, pixel_grid, points_from_depth

INTRINSICS = torch.tensor([[[90.0, 0, 10.5], [0, 80.0, 6.0], [0, 0, 1]]], dtype=torch.float64)


def _depth(*shape):
    torch.manual_seed(0)
    return 1 + 9 * torch.rand(*shape, dtype=torch.float64)


def test_pixel_centres_are_at_integers():
    grid = pixel_grid(2, 3, torch.zeros(1, dtype=torch.float64))
    assert grid.dtype == torch.float64
    assert grid.tolist() == [[[0, 1, 2], [0, 1, 2]], [[0, 0, 0], [1, 1, 1]]]


def test_the_inverse_of_intrinsics():
    torch.testing.assert_close(inverted_intrinsics(INTRINSICS), torch.linalg.inv(INTRINSICS))


def test_a_point_by_hand():
    points = points_from_depth(torch.full((1, 1, 12, 20), 2.0, dtype=torch.float64), INTRINSICS)
    expected = [2 * (19 - 10.5) / 90, 2 * (3 - 6) / 80, 2]
    np.testing.assert_allclose(points[0, :, 3, 19], expected, rtol=1e-14)


@pytest.mark.parametrize(('dtype', 'tolerance'), [(torch.float64, 1e-12), (torch.float32, 2e-5)])
def test_opencv_projects_the_points_to_their_pixels(dtype, tolerance):
    depth = _depth(1, 1, 12, 20).to(dtype)
    points = points_from_depth(depth, INTRINSICS.to(dtype))[0].flatten(1).T.contiguous().numpy()
    back, _ = cv2.projectPoints(points, np.zeros(3), np.zeros(3), INTRINSICS[0].numpy(), None)
    expected = pixel_grid(12, 20, depth).flatten(1).T
    np.testing.assert_allclose(back[:, 0], expected, rtol=0, atol=tolerance)


def test_gradients_agree_with_differences():
    depth = _depth(1, 1, 3, 4).requires_grad_()
    assert torch.autograd.gradcheck(points_from_depth, (depth, INTRINSICS))
