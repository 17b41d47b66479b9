"""Tiles come out of an image and go back into it without a trace."""

import random

import pytest
import torch

from depth_nodes.geometry.blending import (
    cut_tiles,
    feathered_weights,
    gaussian_weight,
    Mosaic,
    normalised_boxes,
)
from depth_nodes.geometry.tiles import (
    Box,
    native_grid,
    patch_grid,
    random_boxes,
    shifted_grids,
    TileGrid,
)

SIZE, TILE = (150, 230), (64, 96)
GRID = native_grid(*SIZE, *TILE)


def image() -> torch.Tensor:
    torch.manual_seed(0)
    return torch.rand(1, *SIZE)


def blended(tiles: torch.Tensor, grid: TileGrid = GRID) -> Mosaic:
    mosaic = Mosaic(*SIZE, like=tiles)
    for tile, weight, box in zip(tiles, feathered_weights(grid), grid.boxes, strict=True):
        mosaic.add(tile[0], weight, box)
    return mosaic


def test_identity_tiles_reproduce_the_image_exactly():
    mosaic = blended(cut_tiles(image(), GRID.boxes, TILE))
    assert torch.equal(mosaic.mean, image()[0])
    assert (mosaic.weight > 0).all()


def test_constant_tiles_blend_to_the_constant():
    mosaic = blended(torch.full((len(GRID.boxes), 1, *TILE), 3.7))
    assert torch.equal(mosaic.mean, torch.full(SIZE, 3.7))


def test_the_mean_is_that_of_all_tiles_at_once():
    torch.manual_seed(0)
    tiles = torch.rand(len(GRID.boxes), 1, *TILE)
    total, weights = torch.zeros(SIZE), torch.zeros(SIZE)
    for tile, weight, box in zip(tiles, feathered_weights(GRID), GRID.boxes, strict=True):
        total[box.y0 : box.y1, box.x0 : box.x1] += weight * tile[0]
        weights[box.y0 : box.y1, box.x0 : box.x1] += weight
    torch.testing.assert_close(blended(tiles).mean, total / weights)


def test_weights_of_neighbours_sum_to_one():
    weight = blended(torch.zeros(len(GRID.boxes), 1, *TILE)).weight
    # More where the floor holds, in the corners of overlaps.
    assert weight.min() > 0.999
    assert weight.max() < 1.01
    assert torch.equal(feathered_weights(native_grid(40, 50, *TILE)), torch.ones(1, 40, 50))


def test_tiles_that_disagree_leave_no_seam():
    """A step of 1 between neighbours is spread over the whole overlap."""
    offsets = torch.arange(len(GRID.columns)) % 2
    tiles = offsets.repeat(len(GRID.rows)).view(-1, 1, 1, 1).expand(-1, 1, *TILE).float()
    found = blended(tiles).mean
    overlap = GRID.width - GRID.columns[1]
    assert found.diff(dim=1).abs().max() <= 1.01 / overlap
    assert found.min() == 0
    assert found.max() == 1


@pytest.mark.parametrize('size', [(40, 50), (40, 230), (150, 230)])
def test_planes_survive_a_tile_of_another_size(size):
    height, width = size
    plane = torch.linspace(1, 2, height)[:, None] + torch.linspace(0, 3, width)
    grid = native_grid(height, width, *TILE)
    tiles = cut_tiles(plane[None], grid.boxes, (128, 192))
    assert tiles.shape == (len(grid.boxes), 1, 128, 192)
    mosaic = Mosaic(height, width, like=plane)
    for tile, weight, box in zip(tiles, feathered_weights(grid), grid.boxes, strict=True):
        mosaic.add(tile[0], weight, box)
    step = 1 / (height - 1) + 3 / (width - 1)
    assert (mosaic.mean - plane).abs().max() < step


@pytest.mark.parametrize(('num_random', 'is_shifted'), [(0, False), (0, True), (20, True)])
def test_the_grids_of_the_paper_reproduce_the_image(num_random, is_shifted):
    first = patch_grid(*SIZE, 3, 4)
    grids = shifted_grids(first) if is_shifted else [first]
    boxes = [box for grid in grids for box in grid.boxes]
    boxes += random_boxes(num_random, *SIZE, first, random.Random(0))
    mosaic = Mosaic(*SIZE, like=image())
    weight = gaussian_weight(first.height, first.width)
    for tile, box in zip(cut_tiles(image(), boxes, weight.shape), boxes, strict=True):
        mosaic.add(tile[0], weight, box)
    assert torch.equal(mosaic.mean, image()[0])
    assert (mosaic.weight > 0).all()


def test_the_mask_of_the_paper():
    weight = gaussian_weight(384, 512)
    assert weight.max() == 1
    assert 0 < weight.min() <= 1e-3
    torch.testing.assert_close(weight, weight.flip(0, 1))
    # On the edge of the rectangle, 57 px and 76 px inside, the blurred step is half as high.
    assert (weight[56:58, 256].mean() - 0.5).abs() < 0.01
    assert (weight[192, 75:77].mean() - 0.5).abs() < 0.01
    # Two standard deviations of 24 px inside, the filter ends.
    assert weight[57 + 48, 256] == pytest.approx(1, abs=1e-5)
    assert weight[57 + 40, 256] < 0.99


def test_boxes_over_the_image():
    boxes = normalised_boxes([Box(0, 0, 100, 50), Box(50, 25, 200, 100)], 100, 200)
    assert boxes.tolist() == [[0, 0, 0.5, 0.5], [0.25, 0.25, 1, 1]]
