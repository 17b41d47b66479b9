"""Tiles out of an image, and one image out of tiles that overlap."""

from __future__ import annotations

from collections.abc import Sequence
import math

from jaxtyping import Float
import torch
from torch import Tensor
import torch.nn.functional as F

from depth_nodes.geometry.feathering import feathers
from depth_nodes.geometry.tiles import Box, TileGrid

# A pixel that only the edge of one tile shows still counts.
MIN_WEIGHT = 1e-3
# Of a tile's sides: what the mask leaves out before it is blurred.
BORDER = 0.15


def cut_tiles(
    image: Float[Tensor, 'channel image_height image_width'],
    boxes: Sequence[Box],
    size: tuple[int, int],
) -> Float[Tensor, 'tile channel height width']:
    """The parts of an image in `boxes`; resized to `size` where they differ from it."""
    parts = [image[None, :, box.y0 : box.y1, box.x0 : box.x1] for box in boxes]
    return torch.cat([_resized(part, size) for part in parts])


def normalised_boxes(
    boxes: Sequence[Box], image_height: int, image_width: int
) -> Float[Tensor, 'tile 4']:
    """x0 y0 x1 y1 in 0..1 over the image."""
    sides = torch.tensor([image_width, image_height, image_width, image_height])
    return torch.tensor(boxes) / sides


def feathered_weights(grid: TileGrid) -> Float[Tensor, 'tile height width']:
    """Weights that rise linearly over the overlaps, one for each of the grid's boxes.

    Those of all tiles at a pixel sum to 1; at the image's border nothing falls.
    """
    rows = torch.from_numpy(feathers(grid.rows, grid.height))[:, None, :, None]
    columns = torch.from_numpy(feathers(grid.columns, grid.width))[None, :, None, :]
    return (rows * columns).flatten(0, 1).clamp(min=MIN_WEIGHT)


def gaussian_weight(height: int, width: int) -> Float[Tensor, '{height} {width}']:
    """PatchRefiner's mask: a rectangle inside a border, blurred, up to 1."""
    mask = torch.zeros(height, width)
    top, left = int(BORDER * height), int(BORDER * width)
    mask[top : height - top, left : width - left] = 1
    sigma = max(1, height // 16)
    radius = math.ceil(2 * sigma)
    places = torch.arange(-radius, radius + 1)
    kernel = torch.exp(-0.5 * (places / sigma).square())
    kernel /= kernel.sum()
    column = F.conv2d(mask[None], kernel.view(1, 1, -1, 1), padding=(radius, 0))
    blurred = F.conv2d(column, kernel.view(1, 1, 1, -1), padding=(0, radius))[0]
    spread = blurred.max() - blurred.min()
    return ((blurred - blurred.min()) / spread).clamp(min=MIN_WEIGHT)


class Mosaic:
    """A running weighted mean of tiles.

    Attributes:
        mean: of the tiles so far; 0 where none has been.
        weight: of what the mean is made of.
    """

    def __init__(self, height: int, width: int, like: Tensor) -> None:
        """Nothing yet, on the device and in the dtype of `like`."""
        self.mean = like.new_zeros(height, width)
        self.weight = like.new_zeros(height, width)

    def add(
        self,
        tile: Float[Tensor, 'height width'],
        weight: Float[Tensor, 'box_height box_width'],
        box: Box,
    ) -> None:
        """Blends a tile in, with weights above 0; it is resized to its box."""
        size = (box.y1 - box.y0, box.x1 - box.x0)
        seen = (slice(box.y0, box.y1), slice(box.x0, box.x1))
        self.weight[seen] += weight
        # The mean plus a part of the difference: a tile that says the same changes nothing.
        share = weight / self.weight[seen]
        self.mean[seen] += share * (_resized(tile[None, None], size)[0, 0] - self.mean[seen])


def _resized(
    image: Float[Tensor, 'batch channel height width'], size: tuple[int, int]
) -> Float[Tensor, 'batch channel new_height new_width']:
    if image.shape[-2:] == size:
        return image
    return F.interpolate(image, size, mode='bilinear', align_corners=False, antialias=True)
