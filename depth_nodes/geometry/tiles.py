"""Where the tiles of a large image lie; whole pixels, and neither torch nor numpy's arrays.

Tiles of one size in rows and columns: at the image's own resolution with an overlap, or the grids
of PatchRefiner (arXiv 2406.06679) and its second version (arXiv 2501.01121): P16 (m1), P49 (m2)
and random ones (rN) for 4x4.
"""

from __future__ import annotations

from itertools import product
import math
import random
from typing import NamedTuple

# Less, and an image that tiles fill exactly would have seams.
MIN_OVERLAP_PX = 24


class Box(NamedTuple):
    """A part of an image [px]: from column x0 to before x1, from row y0 to before y1."""

    x0: int
    y0: int
    x1: int
    y1: int


class TileGrid(NamedTuple):
    """Tiles of `height` x `width` px at every crossing of first rows and first columns."""

    rows: tuple[int, ...]
    columns: tuple[int, ...]
    height: int
    width: int

    @property
    def boxes(self) -> list[Box]:
        """The tiles, row by row."""
        return [
            Box(x, y, x + self.width, y + self.height) for y, x in product(self.rows, self.columns)
        ]


def native_grid(
    image_height: int, image_width: int, tile_height: int, tile_width: int
) -> TileGrid:
    """As few tiles as cover the image with an overlap, evenly spread.

    Where the image is smaller than a tile, the tile is as small: it will have to be resized.
    """
    height, width = min(tile_height, image_height), min(tile_width, image_width)
    return TileGrid(
        rows=_spread(image_height, height, _fewest(image_height, height)),
        columns=_spread(image_width, width, _fewest(image_width, width)),
        height=height,
        width=width,
    )


def patch_grid(image_height: int, image_width: int, rows: int, columns: int) -> TileGrid:
    """The m1 grid: rows x columns tiles, side by side where they divide the image."""
    height, width = math.ceil(image_height / rows), math.ceil(image_width / columns)
    return TileGrid(
        rows=_spread(image_height, height, rows),
        columns=_spread(image_width, width, columns),
        height=height,
        width=width,
    )


def shifted_grids(grid: TileGrid) -> list[TileGrid]:
    """The m2 grids: an m1 grid, and it by half a tile to the right, down, and both."""
    rows = tuple(row + grid.height // 2 for row in grid.rows[:-1])
    columns = tuple(column + grid.width // 2 for column in grid.columns[:-1])
    return [
        grid,
        grid._replace(columns=columns),
        grid._replace(rows=rows),
        grid._replace(rows=rows, columns=columns),
    ]


def random_boxes(
    num_tiles: int, image_height: int, image_width: int, grid: TileGrid, draw: random.Random
) -> list[Box]:
    """Tiles of a grid's size anywhere in the image: the N of rN."""
    boxes = []
    for _ in range(num_tiles):
        x = draw.randint(0, image_width - grid.width)
        y = draw.randint(0, image_height - grid.height)
        boxes.append(Box(x, y, x + grid.width, y + grid.height))
    return boxes


def _fewest(length_px: int, tile_px: int) -> int:
    """How many tiles cover a side with an overlap."""
    return 1 + math.ceil((length_px - tile_px) / max(1, tile_px - MIN_OVERLAP_PX))


def _spread(length_px: int, tile_px: int, num_tiles: int) -> tuple[int, ...]:
    """Where evenly spread tiles start, the first and the last at the ends of the side."""
    free_px, num_gaps = length_px - tile_px, max(1, num_tiles - 1)
    return tuple(round(index * free_px / num_gaps) for index in range(num_tiles))
