"""The tiles of an image, cut for a refiner, and its residuals put back without a seam."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
from jaxtyping import Float32, UInt8
import numpy as np

from depth_nodes.geometry.feathering import feathers
from depth_nodes.geometry.tiles import native_grid
from depth_nodes.runtime.preprocess import Fit


class ImageTiles:
    """Tiles at the image's own resolution; where it is smaller than one, they are resized.

    Args:
        image: RGB.
        tile_height: of what the refiner takes [px].
        tile_width: the same.
        fit: where the image lies in the coarse network's input.

    Attributes:
        boxes: of the tiles [px].
    """

    def __init__(
        self,
        image: UInt8[np.ndarray, 'height width 3'],
        tile_height: int,
        tile_width: int,
        fit: Fit,
    ) -> None:
        height, width = image.shape[:2]
        grid = native_grid(height, width, tile_height, tile_width)
        self.boxes = grid.boxes
        self._image = image
        self._tile_size = tile_width, tile_height
        self._rows = feathers(grid.rows, grid.height)
        self._columns = feathers(grid.columns, grid.width)
        content = fit.content_width_px / width, fit.content_height_px / height
        self._view_from_px = np.array(
            [content[0] / fit.padded_width_px, content[1] / fit.padded_height_px] * 2, np.float32
        )

    def cut(self, indices: Sequence[int]) -> Float32[np.ndarray, 'tile 3 tile_height tile_width']:
        """Some of the tiles, RGB in 0..1."""
        tiles = []
        for box in (self.boxes[index] for index in indices):
            part = self._image[box.y0 : box.y1, box.x0 : box.x1]
            tiles.append(_resized(part, self._tile_size).transpose(2, 0, 1))
        return np.stack(tiles) * np.float32(1 / 255)

    def boxes_in_view(self, indices: Sequence[int]) -> Float32[np.ndarray, 'tile 4']:
        """x0 y0 x1 y1 of some of the tiles, in 0..1 over the coarse network's input."""
        return np.array([self.boxes[index] for index in indices], np.float32) * self._view_from_px

    def add(
        self,
        depth: Float32[np.ndarray, 'height width'],
        index: int,
        residual: Float32[np.ndarray, 'tile_height tile_width'],
    ) -> None:
        """Adds a tile's residual to depth of the image's size, in place.

        Weights of neighbours sum to 1, so where one of them is left out, the other's residual
        fades away.
        """
        box = self.boxes[index]
        row, column = divmod(index, len(self._columns))
        weighted = _resized(residual, (box.x1 - box.x0, box.y1 - box.y0)) * self._columns[column]
        weighted *= self._rows[row][:, None]
        depth[box.y0 : box.y1, box.x0 : box.x1] += weighted


def _resized(array: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """To (width, height), bilinear; itself where it has it."""
    if array.shape[1::-1] == size:
        return array
    return cv2.resize(array, size, interpolation=cv2.INTER_LINEAR)
