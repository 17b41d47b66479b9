"""The unit of the refiner's depth."""

import torch

from depth_nodes.networks.patch_refiner_v2.coarse_maps import median_depth


def test_every_image_has_its_own_unit():
    depth = torch.tensor([[1.0, 2, 3, 90, 1], [7, 7, 50, 60, 70]]).view(2, 1, 1, 5)
    assert median_depth(depth).flatten().tolist() == [2, 50]
    assert median_depth(depth).shape == (2, 1, 1, 1)


def test_the_unit_follows_the_scale():
    depth = torch.rand(3, 1, 6, 8) + 0.1
    torch.testing.assert_close(median_depth(40 * depth), 40 * median_depth(depth))


def test_what_is_no_depth_has_the_unit_one():
    assert median_depth(torch.zeros(1, 1, 4, 4)).item() == 1
