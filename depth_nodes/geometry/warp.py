"""Where a view's pixels lie in a neighbouring image, and what is there."""

from __future__ import annotations

from typing import Literal, NamedTuple

from jaxtyping import Bool, Float
import torch
from torch import Tensor
import torch.nn.functional as F

from depth_nodes.geometry.camera import (
    inverted_intrinsics,
    MIN_DEPTH_M,
    on_pixels,
    pixel_grid,
    safe_depth,
)

Outside = Literal['border', 'zeros']


class Warp(NamedTuple):
    """The pixels of a view, as its neighbour sees them.

    Attributes:
        position_px: (u, v) in the neighbour's image; finite wherever the depth is.
        depth_m: depth of the view's points in the neighbour's frame.
        is_inside: in front of the neighbour, and within the centres of its outermost pixels.
        shift_px: `position_px` less the pixel's own position, with the digits that a sum loses.
    """

    position_px: Float[Tensor, 'pair 2 height width']
    depth_m: Float[Tensor, 'pair 1 height width']
    is_inside: Bool[Tensor, 'pair 1 height width']
    shift_px: Float[Tensor, 'pair 2 height width']


class Projection(NamedTuple):
    """What a relative pose does to the pixels of a view.

    The point of pixel p = (u, v, 1) at depth D is D (p + change p) + offset in the neighbour's
    image, before the division by its depth there.

    Attributes:
        change: K' R K^-1 - I [px], what a turn and other intrinsics do to all depths alike.
        offset: K' t [px m], what the motion adds.
    """

    change: Float[Tensor, 'pair 3 3']
    offset: Float[Tensor, 'pair 3 1']


def projection(
    view_intrinsics: Float[Tensor, 'pair 3 3'],
    neighbour_intrinsics: Float[Tensor, 'pair 3 3'],
    neighbour_from_view: Float[Tensor, 'pair 4 4'],
) -> Projection:
    """The projection of pairs of views.

    The change is computed as K' (R - I) K^-1 + (K' - K) K^-1, so that a camera that stands has
    exactly none.
    """
    inverse = inverted_intrinsics(view_intrinsics)
    identity = torch.eye(3, device=inverse.device, dtype=inverse.dtype)
    turn = neighbour_intrinsics @ ((neighbour_from_view[:, :3, :3] - identity) @ inverse)
    change = turn + (neighbour_intrinsics - view_intrinsics) @ inverse
    return Projection(change, neighbour_intrinsics @ neighbour_from_view[:, :3, 3:])


def warp(
    depth_m: Float[Tensor, 'pair 1 height width'],
    view_intrinsics: Float[Tensor, 'pair 3 3'],
    neighbour_intrinsics: Float[Tensor, 'pair 3 3'],
    neighbour_from_view: Float[Tensor, 'pair 4 4'],
) -> Warp:
    """Projects the points of a view's pixels into a neighbour's image of the same size."""
    return projected(
        depth_m, projection(view_intrinsics, neighbour_intrinsics, neighbour_from_view)
    )


def projected(depth_m: Float[Tensor, 'pair 1 height width'], by: Projection) -> Warp:
    """Where the points of a view's pixels lie in the neighbour's image of the same size.

    What is computed is the shift, change p D + offset. So float32 keeps about seven digits of the
    shift, where positions would keep them of the image's width, and a camera that stands shifts
    nothing.
    """
    height, width = depth_m.shape[-2:]
    pixels = pixel_grid(height, width, depth_m)
    shift = torch.addcmul(by.offset[..., None], depth_m, on_pixels(by.change, pixels))

    neighbour_depth = depth_m + shift[:, 2:]
    shift_px = (shift[:, :2] - pixels * shift[:, 2:]) / safe_depth(neighbour_depth)
    position_px = pixels + shift_px
    is_inside = _is_inside(position_px.detach(), neighbour_depth.detach())
    return Warp(position_px, neighbour_depth, is_inside, shift_px)


def sample_at(
    values: Float[Tensor, 'pair channel height width'],
    position_px: Float[Tensor, 'pair 2 rows columns'],
    outside: Outside = 'border',
) -> Float[Tensor, 'pair channel rows columns']:
    """The values at positions (u, v) [px] between pixels; outside, those of the border, or 0.

    Bilinear. Where several images are wanted at the same positions, one call with all of them
    along `channel` is cheaper than one each. With 0 outside, ONNX Runtime is four times as fast.
    """
    height, width = values.shape[-2:]
    # grid_sample without align_corners has -1 and 1 half a pixel beyond the centres of the
    # outermost pixels; less the middle first, because that difference is exact.
    size = position_px.new_tensor([width, height]).view(2, 1, 1)
    grid = ((position_px - (size - 1) / 2) / (size / 2)).permute(0, 2, 3, 1)
    # Its backward pass on CPUs writes wherever nan points to, and ends the process.
    grid = torch.where(grid.isnan(), 0.0, grid)
    return F.grid_sample(values, grid, padding_mode=outside, align_corners=False)


def _is_inside(
    position_px: Float[Tensor, 'pair 2 height width'],
    depth_m: Float[Tensor, 'pair 1 height width'],
) -> Bool[Tensor, 'pair 1 height width']:
    height, width = depth_m.shape[-2:]
    u, v = position_px.split(1, dim=1)
    within = (u >= 0) & (u <= width - 1) & (v >= 0) & (v <= height - 1)
    return within & (depth_m > MIN_DEPTH_M)
