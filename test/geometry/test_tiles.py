"""Grids of tiles: the published numbers, and every pixel in one."""

import random

from hypothesis import given, settings, strategies
import pytest

from depth_nodes.geometry.tiles import (
    Box,
    MIN_OVERLAP_PX,
    native_grid,
    patch_grid,
    random_boxes,
    shifted_grids,
)

TILE = (384, 512)


@pytest.mark.parametrize(
    ('size', 'rows', 'columns'),
    [
        ((720, 1280), (0, 336), (0, 384, 768)),
        ((1080, 1920), (0, 348, 696), (0, 469, 939, 1408)),
        ((1440, 1920), (0, 352, 704, 1056), (0, 469, 939, 1408)),
        ((384, 512), (0,), (0,)),
        ((768, 512), (0, 192, 384), (0,)),
    ],
)
def test_starts_at_native_resolution(size, rows, columns):
    grid = native_grid(*size, *TILE)
    assert (grid.rows, grid.columns) == (rows, columns)
    assert (grid.height, grid.width) == TILE


def test_counts_of_tiles():
    sizes = ((720, 1280), (1080, 1920), (2160, 3840))
    assert [len(native_grid(*size, *TILE).boxes) for size in sizes] == [6, 12, 48]


@pytest.mark.parametrize(
    ('rows', 'columns', 'num_m1', 'num_m2'), [(4, 4, 16, 49), (2, 2, 4, 9), (3, 4, 12, 35)]
)
def test_counts_of_the_paper(rows, columns, num_m1, num_m2):
    grid = patch_grid(2160, 3840, rows, columns)
    assert len(grid.boxes) == num_m1
    boxes = [box for shifted in shifted_grids(grid) for box in shifted.boxes]
    assert len(set(boxes)) == len(boxes) == num_m2
    more = random_boxes(128, 2160, 3840, grid, random.Random(0))
    assert len(boxes + more) == num_m2 + 128
    assert all(inside(box, 2160, 3840) for box in boxes + more)
    assert {box.x1 - box.x0 for box in boxes + more} == {grid.width}
    assert {box.y1 - box.y0 for box in boxes + more} == {grid.height}
    assert len({box.x0 for box in more}) > 100


def test_patches_of_the_paper_stand_side_by_side_and_shift_by_half():
    first, right, down, both = shifted_grids(patch_grid(2160, 3840, 4, 4))
    assert first.boxes[5] == Box(960, 540, 1920, 1080)
    assert right.boxes[0] == Box(480, 0, 1440, 540)
    assert down.boxes[0] == Box(0, 270, 960, 810)
    assert both.boxes[-1] == Box(2400, 1350, 3360, 1890)


def test_an_image_smaller_than_a_tile_is_a_tile():
    assert native_grid(200, 300, *TILE).boxes == [Box(0, 0, 300, 200)]
    assert native_grid(200, 600, *TILE).boxes == [Box(0, 0, 512, 200), Box(88, 0, 600, 200)]


@settings(deadline=None)
@given(*[strategies.integers(1, 3000)] * 2, *[strategies.integers(32, 600)] * 2)
def test_tiles_cover_the_image_and_overlap(height, width, tile_height, tile_width):
    grid = native_grid(height, width, tile_height, tile_width)
    for starts, size, length in (
        (grid.rows, grid.height, height),
        (grid.columns, grid.width, width),
    ):
        assert starts[0] == 0
        assert starts[-1] + size == length
        steps = [after - start for start, after in zip(starts, starts[1:], strict=False)]
        assert all(0 < step <= size - MIN_OVERLAP_PX for step in steps)


@settings(deadline=None)
@given(*[strategies.integers(20, 300)] * 2, *[strategies.integers(1, 6)] * 2)
def test_patches_cover_images_that_they_do_not_divide(height, width, rows, columns):
    grid = patch_grid(height, width, rows, columns)
    assert len(grid.boxes) == rows * columns
    for starts, size, length in (
        (grid.rows, grid.height, height),
        (grid.columns, grid.width, width),
    ):
        ends = [start + size for start in starts]
        assert ends[-1] == length
        assert all(after <= end for after, end in zip(starts[1:], ends, strict=False))


def inside(box: Box, height: int, width: int) -> bool:
    return 0 <= box.x0 < box.x1 <= width and 0 <= box.y0 < box.y1 <= height
