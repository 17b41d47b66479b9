"""Regions of maps: RoIAlign written down pixel by pixel, resizes, and the whole image."""

import math

import pytest
from tiny_refiner import random_boxes
import torch
import torch.nn.functional as F

from depth_nodes.networks.patch_refiner_v2.region import sample_regions


def roi_align(features: torch.Tensor, box: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """RoIAlign of one map [channel height width] and one box in its pixels, by its definition.

    Aligned: a box from 0 to 1 is the first pixel. Every bin is the mean of a grid of samples of
    about a pixel's distance.
    """
    height, width = features.shape[1:]
    x0, y0, x1, y1 = (float(side) - 0.5 for side in box)
    bin_height, bin_width = (y1 - y0) / size[0], (x1 - x0) / size[1]
    num_rows, num_columns = math.ceil(bin_height), math.ceil(bin_width)
    pooled = torch.zeros(features.shape[0], *size, dtype=features.dtype)
    for row in range(size[0]):
        for column in range(size[1]):
            for i in range(num_rows):
                for j in range(num_columns):
                    y = y0 + (row + (i + 0.5) / num_rows) * bin_height
                    x = x0 + (column + (j + 0.5) / num_columns) * bin_width
                    y, x = min(max(y, 0), height - 1), min(max(x, 0), width - 1)
                    top, left = int(y), int(x)
                    below, right = min(top + 1, height - 1), min(left + 1, width - 1)
                    v, u = y - top, x - left
                    pooled[:, row, column] += (
                        (1 - v) * (1 - u) * features[:, top, left]
                        + (1 - v) * u * features[:, top, right]
                        + v * (1 - u) * features[:, below, left]
                        + v * u * features[:, below, right]
                    )
    return pooled / (num_rows * num_columns)


@pytest.mark.parametrize('size', [(12, 20), (9, 31)])
def test_it_is_roi_align_where_regions_grow(size):
    torch.manual_seed(0)
    features = torch.randn(1, 3, 12, 20)
    boxes = torch.cat((0.6 * random_boxes(3), torch.tensor([[0.0, 0.75, 0.25, 1.0]])))
    found = sample_regions(features, boxes, size)
    for tile, box in zip(found, boxes, strict=True):
        pixels = box * torch.tensor([20, 12, 20, 12])
        expected = roi_align(features[0], pixels, size)
        assert (tile - expected).abs().max() < 1e-5


def test_the_whole_image_is_itself_and_its_resizes():
    features, whole = torch.randn(1, 3, 12, 20), torch.tensor([[0.0, 0.0, 1.0, 1.0]])
    torch.testing.assert_close(sample_regions(features, whole, (12, 20)), features)
    resized = F.interpolate(features, (30, 70), mode='bilinear', align_corners=False)
    torch.testing.assert_close(
        sample_regions(features, whole, (30, 70)), resized, rtol=1e-4, atol=1e-5
    )


def test_each_tile_has_its_own_image_where_there_are_several():
    features, boxes = torch.randn(2, 3, 12, 20), random_boxes(2)
    together = sample_regions(features, boxes, (6, 8))
    for index in range(2):
        part = slice(index, index + 1)
        assert torch.equal(together[part], sample_regions(features[part], boxes[part], (6, 8)))


def test_sixteen_bit_maps_are_sampled_at_exact_places():
    features, boxes = torch.randn(1, 3, 96, 160).bfloat16(), random_boxes(2)
    found = sample_regions(features, boxes, (48, 64))
    assert found.dtype == torch.bfloat16
    exact = sample_regions(features.float(), boxes, (48, 64))
    assert torch.equal(found, exact.bfloat16())


def test_gradients_agree_with_differences():
    features = torch.randn(1, 2, 4, 5, dtype=torch.float64, requires_grad=True)
    boxes = random_boxes(2).double()
    assert torch.autograd.gradcheck(lambda one: sample_regions(one, boxes, (3, 4)), (features,))
