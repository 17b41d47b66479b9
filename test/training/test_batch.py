"""Views become tensors of one batch, with labels of several kinds side by side."""

import numpy as np
import torch

from depth_nodes.data.transforms import Neighbour, View
from depth_nodes.messages.camera import Camera
from depth_nodes.training.batch import batch_from_views, network_image


def view(value: int, disparity_px: float | None = None) -> View:
    """A view of one colour, depth and camera; the red of all is 255."""
    image = np.full((4, 6, 3), value, np.uint8)
    image[..., 0] = 255
    depth = np.full((4, 6), 0.0 if disparity_px else value, np.float32)
    disparity = None if disparity_px is None else np.full((4, 6), disparity_px, np.float32)
    return View(image, depth, camera(100.0 + value), disparity)


def camera(focal_px: float) -> Camera:
    return Camera(
        width_px=6, height_px=4, fx_px=focal_px, fy_px=90.0, cx_px=2.5 + focal_px, cy_px=1.5
    )


def with_neighbours(one: View, *neighbours: Neighbour) -> View:
    return one._replace(neighbours=neighbours)


def test_images_stay_bytes_channel_first_in_the_layout_that_convolutions_like():
    batch = batch_from_views([view(1), view(2)], [True, False], [False, True])
    assert batch.image.shape == (2, 3, 4, 6)
    assert batch.image.dtype == torch.uint8
    assert batch.image.is_contiguous(memory_format=torch.channels_last)
    assert batch.image[:, 0].min() == 255
    assert batch.image[1, 2].max() == 2


def test_each_view_keeps_its_depth_focal_length_and_kind():
    batch = batch_from_views([view(1), view(2)], [True, False], [False, True])
    assert batch.depth_m.shape == (2, 1, 4, 6)
    assert batch.depth_m[:, 0, 0, 0].tolist() == [1, 2]
    assert batch.focal_px.shape == (2, 1, 1, 1)
    assert batch.focal_px.flatten().tolist() == [101, 102]
    assert batch.intrinsics[1].tolist() == [[102, 0, 104.5], [0, 90, 1.5], [0, 0, 1]]
    assert batch.is_metric.tolist() == [True, False]
    assert batch.has_sky.tolist() == [False, True]
    assert batch.affine is None
    assert batch.neighbours is None


def test_affine_labels_name_their_rows():
    batch = batch_from_views(
        [view(1), view(2, 7.0), view(3, 9.0)], [True, False, False], [False] * 3
    )
    assert batch.affine.row.tolist() == [1, 2]
    assert batch.affine.disparity_px[:, 0, 0, 0].tolist() == [7, 9]
    assert batch.depth_m[1:].abs().max() == 0


def test_neighbours_name_their_views_and_whether_their_poses_are_known():
    pose = np.eye(4)
    pose[0, 3] = -0.5
    near, far = Neighbour(view(7).image, pose), Neighbour(view(9).image, is_earlier=True)
    views = [view(1), with_neighbours(view(2), near, far), with_neighbours(view(3), near)]
    neighbours = batch_from_views(views, [True] * 3, [False] * 3).neighbours
    row, image, neighbour_from_view, is_pose_known, is_earlier = neighbours
    assert row.tolist() == [1, 1, 2]
    assert image[:, 2, 0, 0].tolist() == [7, 9, 7]
    assert image.is_contiguous(memory_format=torch.channels_last)
    assert neighbour_from_view[:, 0, 3].tolist() == [-0.5, 0, -0.5]
    assert torch.equal(neighbour_from_view[1], torch.eye(4))
    assert is_pose_known.tolist() == [True, False, True]
    assert is_earlier.tolist() == [False, True, False]


def test_a_move_reaches_every_tensor():
    compared = with_neighbours(view(1), Neighbour(view(7).image))
    batch = batch_from_views([compared, view(2, 7.0)], [True, False], [False] * 2)
    *tensors, affine, neighbours = batch.mapped(lambda tensor: tensor.to('meta'))
    assert all(one.device.type == 'meta' for one in (*tensors, *affine, *neighbours))


def test_the_network_sees_zero_to_one():
    image = network_image(torch.tensor([0, 51, 255], dtype=torch.uint8).view(1, 3, 1, 1))
    torch.testing.assert_close(image.flatten(), torch.tensor([0, 0.2, 1.0]))
