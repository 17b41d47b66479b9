"""The part of the coarse maps that a tile shows, at the tile's resolution."""

from __future__ import annotations

from jaxtyping import Float
import torch
from torch import Tensor
import torch.nn.functional as F

from depth_nodes.geometry.camera import pixel_grid


def sample_regions(
    maps: Float[Tensor, 'image channel height width'],
    boxes: Float[Tensor, 'tile 4'],
    size: tuple[int, ...],
) -> Float[Tensor, 'tile channel tile_height tile_width']:
    """RoIAlign (aligned, one sample a bin) as a grid sampling, which engines have.

    Args:
        maps: of one image, which all tiles are of, or of one for each tile.
        boxes: x0 y0 x1 y1 of the tiles, each in 0..1 over the whole image.
        size: height and width of the result.
    """
    height, width = size
    sides = boxes.new_tensor([width, height])
    centres = (pixel_grid(height, width, boxes).permute(1, 2, 0) + 0.5) / sides
    first, last = boxes[:, None, None].split(2, dim=-1)
    grid = 2 * (first + (last - first) * centres) - 1
    # Eight bits of a 16-bit position are not enough.
    kind = torch.promote_types(maps.dtype, boxes.dtype)
    shared = maps.to(kind).expand(boxes.shape[0], -1, -1, -1)
    sampled = F.grid_sample(shared, grid.to(kind), padding_mode='border', align_corners=False)
    return sampled.to(maps.dtype)
