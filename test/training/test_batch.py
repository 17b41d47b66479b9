"""Views become tensors of one batch, with labels of several kinds side by side."""

import numpy as np
import torch

from depth_nodes.data.transforms import View
from depth_nodes.training.batch import batch_from_views, network_image


def view(value: int, disparity_px: float | None = None) -> View:
    image = np.full((4, 6, 3), value, np.uint8)
    image[..., 0] = 255
    depth = np.full((4, 6), 0.0 if disparity_px else value, np.float32)
    disparity = None if disparity_px is None else np.full((4, 6), disparity_px, np.float32)
    return View(image, depth, 100.0 + value, disparity)


def test_images_stay_bytes_channel_first_in_the_layout_that_convolutions_like():
    batch = batch_from_views([view(1), view(2)], [True, False])
    assert batch.image.shape == (2, 3, 4, 6)
    assert batch.image.dtype == torch.uint8
    assert batch.image.is_contiguous(memory_format=torch.channels_last)
    assert batch.image[:, 0].min() == 255
    assert batch.image[1, 2].max() == 2


def test_each_view_keeps_its_depth_focal_length_and_kind():
    batch = batch_from_views([view(1), view(2)], [True, False])
    assert batch.depth_m.shape == (2, 1, 4, 6)
    assert batch.depth_m[:, 0, 0, 0].tolist() == [1, 2]
    assert batch.focal_px.flatten().tolist() == [101, 102]
    assert batch.is_metric.tolist() == [True, False]
    assert batch.affine is None


def test_affine_labels_name_their_rows():
    batch = batch_from_views([view(1), view(2, 7.0), view(3, 9.0)], [True, False, False])
    assert batch.affine.row.tolist() == [1, 2]
    assert batch.affine.disparity_px[:, 0, 0, 0].tolist() == [7, 9]
    assert batch.depth_m[1:].abs().max() == 0


def test_a_move_reaches_every_tensor():
    batch = batch_from_views([view(1), view(2, 7.0)], [True, False])
    moved = batch.mapped(lambda tensor: tensor.to('meta'))
    image, depth, focal, is_metric, affine = moved
    assert all(one.device.type == 'meta' for one in (image, depth, focal, is_metric, *affine))


def test_the_network_sees_zero_to_one():
    image = network_image(torch.tensor([0, 51, 255], dtype=torch.uint8).view(1, 3, 1, 1))
    torch.testing.assert_close(image.flatten(), torch.tensor([0, 0.2, 1.0]))
