"""Tiles are cut where they lie, and what is added to them leaves no trace of the grid."""

import cv2
import numpy as np
import pytest
import torch

from depth_nodes.geometry.blending import normalised_boxes
from depth_nodes.networks.patch_refiner_v2.region import sample_regions
from depth_nodes.runtime.image_tiles import ImageTiles
from depth_nodes.runtime.preprocess import fit_image

HEIGHT, WIDTH = 150, 230
TILE = 64, 96


def image(height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def tiles_of(pixels: np.ndarray, input_size: tuple[int, int] = (96, 128)) -> ImageTiles:
    height, width = pixels.shape[:2]
    return ImageTiles(pixels, *TILE, fit_image(width, height, input_size[1], input_size[0]))


def added(tiles: ImageTiles, residuals: np.ndarray, chosen: list[int]) -> np.ndarray:
    depth = np.zeros((HEIGHT, WIDTH), np.float32)
    for index in chosen:
        tiles.add(depth, index, residuals[index])
    return depth


def test_tiles_are_the_pixels_of_their_boxes():
    pixels = image()
    tiles = tiles_of(pixels)
    cut = tiles.cut([3, 0])
    assert cut.shape == (2, 3, *TILE)
    for part, box in zip(cut, (tiles.boxes[3], tiles.boxes[0]), strict=True):
        expected = pixels[box.y0 : box.y1, box.x0 : box.x1].transpose(2, 0, 1) / 255
        np.testing.assert_allclose(part, expected, atol=1e-6)


def test_the_same_residual_everywhere_stays_the_same():
    tiles = tiles_of(image())
    indices = range(len(tiles.boxes))
    depth = added(tiles, np.full((len(tiles.boxes), *TILE), 2.5, np.float32), list(indices))
    np.testing.assert_allclose(depth, 2.5, rtol=1e-6)


def test_tiles_of_one_function_blend_to_that_function():
    detail = np.random.default_rng(1).random((HEIGHT, WIDTH), np.float32)
    tiles = tiles_of(image())
    parts = np.stack([detail[box.y0 : box.y1, box.x0 : box.x1] for box in tiles.boxes])
    np.testing.assert_allclose(added(tiles, parts, list(range(len(parts)))), detail, atol=1e-6)


def test_beside_a_tile_that_is_left_out_the_residual_fades_over_the_overlap():
    tiles = tiles_of(image())
    depth = added(tiles, np.ones((len(tiles.boxes), *TILE), np.float32), [0])
    right, below = tiles.boxes[1].x0, next(box.y0 for box in tiles.boxes if box.y0)
    assert (depth[:below, :right] == 1).all()
    assert (depth[TILE[0] :] == 0).all()
    assert (depth[:, TILE[1] :] == 0).all()
    steps = np.abs(np.diff(depth[0])), np.abs(np.diff(depth[:, 0]))
    overlaps = TILE[1] - right, TILE[0] - below
    for step, overlap in zip(steps, overlaps, strict=True):
        assert step.max() <= 1.02 / overlap


@pytest.mark.parametrize('size', [(40, 50), (40, 230), (150, 60)])
def test_an_image_smaller_than_a_tile_is_resized_and_back(size):
    pixels = image(*size)
    tiles = tiles_of(pixels)
    cut = tiles.cut(range(len(tiles.boxes)))
    assert cut.shape[1:] == (3, *TILE)
    depth = np.zeros(size, np.float32)
    for index in range(len(cut)):
        tiles.add(depth, index, np.full(TILE, 3.0, np.float32))
    np.testing.assert_allclose(depth, 3, rtol=1e-6)


@pytest.mark.parametrize('input_size', [(96, 128), (192, 640), (96, 256)])
def test_boxes_lie_where_the_coarse_depth_is_resized_to(input_size):
    """What the refiner samples at a tile is what the whole of the coarse depth is made to be."""
    fit = fit_image(WIDTH, HEIGHT, input_size[1], input_size[0])
    rows = np.linspace(1, 3, fit.padded_height_px, dtype=np.float32)
    columns = np.linspace(0, 2, fit.padded_width_px, dtype=np.float32)
    coarse = rows[:, None] + columns
    tiles = tiles_of(image(), input_size)
    boxes = tiles.boxes_in_view(range(len(tiles.boxes)))
    sampled = sample_regions(torch.from_numpy(coarse)[None, None], torch.from_numpy(boxes), TILE)
    content = coarse[: fit.content_height_px, : fit.content_width_px]
    whole = cv2.resize(content, (WIDTH, HEIGHT))
    for part, box in zip(sampled[:, 0].numpy(), tiles.boxes, strict=True):
        expected = whole[box.y0 : box.y1, box.x0 : box.x1]
        # But for the half of a coarse pixel where the padding begins.
        inside = slice(None, -3 if box.y1 == HEIGHT else None)
        beside = slice(None, -3 if box.x1 == WIDTH else None)
        np.testing.assert_allclose(part[inside, beside], expected[inside, beside], atol=1e-4)


def test_boxes_of_an_image_without_padding_are_those_over_the_image():
    tiles = tiles_of(image(96, 128))
    expected = normalised_boxes(tiles.boxes, 96, 128)
    found = tiles.boxes_in_view(range(len(tiles.boxes)))
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-6)
