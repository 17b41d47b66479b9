"""Tiles whose edges the coarse depth does not show come first."""

import numpy as np

from depth_nodes.geometry.tiles import Box, native_grid
from depth_nodes.runtime.tile_ranking import rank_tiles

SIZE, COARSE = (120, 160), (60, 80)
LEFT, RIGHT = Box(0, 0, 80, 120), Box(80, 0, 160, 120)


def stripes(*columns: int) -> np.ndarray:
    """A gray image with bright columns."""
    image = np.full((*SIZE, 3), 90, np.uint8)
    for column in columns:
        image[:, column : column + 4] = 200
    return image


def test_an_edge_that_depth_lacks_is_worth_more_than_none():
    flat = np.full(COARSE, 5.0, np.float32)
    assert rank_tiles(stripes(120), flat, [LEFT, RIGHT]) == [1, 0]
    assert rank_tiles(stripes(40), flat, [LEFT, RIGHT]) == [0, 1]


def test_an_edge_that_depth_has_is_worth_less():
    depth = np.full(COARSE, 5.0, np.float32)
    depth[:, 20:22] = 2.0  # where the left stripe is
    assert rank_tiles(stripes(40, 120), depth, [LEFT, RIGHT]) == [1, 0]


def test_a_step_of_depth_alone_is_worth_nothing():
    depth = np.full(COARSE, 5.0, np.float32)
    depth[:, 20:22] = 2.0
    assert rank_tiles(stripes(120), depth, [LEFT, RIGHT]) == [1, 0]


def test_what_is_thinner_than_a_coarse_pixel_counts():
    image = stripes()
    image[:, 119] = 200
    assert rank_tiles(image, np.full((12, 16), 5.0, np.float32), [LEFT, RIGHT]) == [1, 0]


def test_the_scale_of_depth_does_not_matter():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (*SIZE, 3), np.uint8)
    depth = rng.uniform(1, 5, COARSE).astype(np.float32)
    boxes = native_grid(*SIZE, 48, 64).boxes
    order = rank_tiles(image, depth, boxes)
    assert sorted(order) == list(range(len(boxes)))
    assert rank_tiles(image, 64 * depth, boxes) == order


def test_an_image_without_edges_keeps_the_order_of_the_grid():
    boxes = native_grid(*SIZE, 48, 64).boxes
    depth = np.full(COARSE, 5.0, np.float32)
    assert rank_tiles(stripes(), depth, boxes) == list(range(len(boxes)))
