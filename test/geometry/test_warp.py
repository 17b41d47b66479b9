"""Warping between views: by hand, there and back, and against OpenCV."""

import cv2
import pytest
import torch

from depth_nodes.geometry.camera import pixel_grid, points_from_depth
from depth_nodes.geometry.pose import inverted_pose, pose_from_rotation_vector
from depth_nodes.geometry.warp import sample_at, warp

HEIGHT, WIDTH = 24, 40
K = torch.tensor([[[60.0, 0, 19.0], [0, 55.0, 12.5], [0, 0, 1]]], dtype=torch.float64)
OTHER_K = torch.tensor([[[70.0, 0, 21.0], [0, 65.0, 11.0], [0, 0, 1]]], dtype=torch.float64)


def _pose(rotation, translation):
    vectors = (torch.tensor([vector], dtype=torch.float64) for vector in (rotation, translation))
    return pose_from_rotation_vector(*vectors)


POSE = _pose([0.03, -0.05, 0.02], [0.2, -0.1, 0.3])


def _depth():
    """A smooth surface at 4 to 6 m."""
    u, v = pixel_grid(HEIGHT, WIDTH, K)
    return (5 + torch.sin(u / 9) * torch.cos(v / 7))[None, None]


def test_a_warp_is_opencvs_projection_of_the_points():
    depth = _depth()
    found = warp(depth, K, OTHER_K, POSE)
    points = points_from_depth(depth, K)[0].flatten(1)
    rotation, translation = POSE[0, :3, :3], POSE[0, :3, 3:]
    position, _ = cv2.projectPoints(
        points.T.contiguous().numpy(),
        cv2.Rodrigues(rotation.numpy())[0],
        translation.numpy(),
        OTHER_K[0].numpy(),
        None,
    )
    expected = torch.from_numpy(position[:, 0]).T.view(1, 2, HEIGHT, WIDTH)
    torch.testing.assert_close(found.position_px, expected)
    torch.testing.assert_close(found.shift_px, expected - pixel_grid(HEIGHT, WIDTH, depth))
    moved = rotation @ points + translation
    torch.testing.assert_close(found.depth_m, moved[2].view(1, 1, HEIGHT, WIDTH))


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_a_camera_that_stands_moves_nothing(dtype):
    depth = _depth().to(dtype)
    found = warp(depth, K.to(dtype), K.to(dtype), torch.eye(4, dtype=dtype)[None])
    assert torch.equal(found.position_px[0], pixel_grid(HEIGHT, WIDTH, depth))
    assert (found.shift_px == 0).all()
    assert torch.equal(found.depth_m, depth)
    assert found.is_inside.all()


def test_inside_ends_at_the_centres_of_the_outermost_pixels():
    """Two pixels to the right, and none to the left of the last two columns remain."""
    depth = torch.full((1, 1, HEIGHT, WIDTH), 3.0, dtype=torch.float64)
    found = warp(depth, K, K, _pose([0.0, 0, 0], [2 * 3 / 60, 0, 0]))
    expected = torch.ones(HEIGHT, WIDTH, dtype=torch.bool)
    expected[:, -2:] = False
    assert torch.equal(found.is_inside[0, 0], expected)


def test_what_lies_behind_the_neighbour_is_outside_with_finite_gradients():
    depth = _depth().float()
    depth[..., :3] = 0
    depth[..., 8:16, 14:26] = 20
    depth.requires_grad_()
    pose = _pose([0.0, 0, 0], [0.1, 0, -5]).float().requires_grad_()
    found = warp(depth, K.float(), K.float(), pose)
    assert not found.is_inside[found.depth_m <= 0].any()
    assert (found.depth_m <= 0).any()
    assert found.is_inside.any()
    image = torch.rand(1, 3, HEIGHT, WIDTH)
    sample_at(image, found.position_px).square().sum().backward()
    assert found.position_px.isfinite().all()
    assert depth.grad.isfinite().all()
    assert pose.grad.isfinite().all()


def test_nothing_is_inside_for_a_neighbour_that_looks_the_other_way():
    """Mirrored through its centre, the points would lie in its image."""
    found = warp(_depth(), K, K, _pose([0.0, torch.pi, 0], [0.0, 0, 0]))
    assert (found.depth_m < 0).all()
    assert not found.is_inside.any()


def test_there_and_back():
    """The neighbour's depth is that of a plane, so that it is known exactly everywhere."""
    normal = torch.tensor([0.1, -0.2, 1.0], dtype=torch.float64)
    rays = points_from_depth(torch.ones(1, 1, HEIGHT, WIDTH, dtype=torch.float64), K)
    depth = 5 / (normal.view(3, 1, 1) * rays).sum(dim=1, keepdim=True)
    there = warp(depth, K, K, POSE)
    # The plane n x = 5 in the neighbour's frame, with x = R' (x' - t).
    turned = POSE[0, :3, :3] @ normal
    distance = 5 + turned @ POSE[0, :3, 3]
    neighbour_depth = distance / (turned.view(3, 1, 1) * rays).sum(dim=1, keepdim=True)
    back = warp(neighbour_depth, K, K, inverted_pose(POSE))
    # Inverse depth and what the way back leads to are smooth, and the image fine enough.
    seen = sample_at(torch.cat([back.position_px, 1 / neighbour_depth], 1), there.position_px)
    inside = there.is_inside[0, 0]
    assert inside.float().mean() > 0.7
    error = (seen[0, :2] - pixel_grid(HEIGHT, WIDTH, K))[:, inside]
    assert error.abs().max() < 0.01
    torch.testing.assert_close(1 / seen[0, 2][inside], there.depth_m[0, 0][inside])


def test_samples_by_hand():
    values = torch.tensor([[0.0, 1.0, 2.0], [10.0, 11.0, 12.0]]).view(1, 1, 2, 3)
    positions = {
        (0.0, 0.0): 0.0,
        (2.0, 0.0): 2.0,
        (0.0, 1.0): 10.0,
        (2.0, 1.0): 12.0,
        (0.5, 0.0): 0.5,
        (1.25, 0.5): 6.25,
        (-0.5, -0.5): 0.0,
        (9.0, 0.25): 4.5,
        (-1e9, 1e9): 10.0,
    }
    at = torch.tensor(list(positions)).T.view(1, 2, 1, -1)
    sampled = sample_at(values, at)[0, 0, 0]
    torch.testing.assert_close(sampled, torch.tensor(list(positions.values())))


def test_outside_may_be_nothing():
    """Half a pixel beyond the outermost centre half of it is left, a whole one beyond nothing."""
    values = torch.full((1, 1, 2, 3), 8.0)
    at = torch.tensor([[2.0, 1.0], [2.5, 1.0], [3.0, 0.0], [1.0, -0.75]]).T.view(1, 2, 1, -1)
    sampled = sample_at(values, at, outside='zeros')[0, 0, 0]
    torch.testing.assert_close(sampled, torch.tensor([8.0, 4.0, 0.0, 2.0]))


@pytest.mark.parametrize('outside', ['border', 'zeros'])
def test_an_image_sampled_at_its_own_pixels_is_itself(outside):
    torch.manual_seed(0)
    for height, width in [(7, 13), (1, 5), (4, 1)]:
        values = torch.rand(2, 3, height, width)
        grid = pixel_grid(height, width, values).expand(2, 2, height, width)
        sampled = sample_at(values, grid, outside)
        torch.testing.assert_close(sampled, values, rtol=0, atol=1e-6)


def test_gradients_agree_with_differences():
    depth = _depth()[..., :3, :4].clone().requires_grad_()
    pose = POSE.clone().requires_grad_()

    def positions_and_depth(depth, pose):
        return warp(depth, K, OTHER_K, pose)[:2]

    assert torch.autograd.gradcheck(positions_and_depth, (depth, pose))
    torch.manual_seed(0)
    values = torch.rand(1, 2, 3, 4, dtype=torch.float64, requires_grad=True)
    at = (0.1 + 1.8 * torch.rand(1, 2, 2, 5, dtype=torch.float64)).requires_grad_()
    assert torch.autograd.gradcheck(sample_at, (values, at))


def test_positions_that_are_no_numbers_are_survived():
    values = torch.rand(1, 2, 8, 8, requires_grad=True)
    position = torch.full((1, 2, 8, 8), float('nan'), requires_grad=True)
    sample_at(values, position).sum().backward()
    assert torch.isfinite(values.grad).all()
