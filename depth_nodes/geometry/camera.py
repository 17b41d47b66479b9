"""The pinhole camera on tensors: pixels, and the points that they show.

Pixel centres are at integers: the first pixel is at (0, 0). Camera frames are optical: x right,
y down, z forward.
"""

from __future__ import annotations

from jaxtyping import Float
import torch
from torch import Tensor

# Nearer than this [m] a point counts as behind the camera: no camera focuses there.
MIN_DEPTH_M = 1e-3


def pixel_grid(height: int, width: int, like: Tensor) -> Float[Tensor, '2 {height} {width}']:
    """The positions (u, v) [px] of the pixel centres, on the device and in the dtype of `like`."""
    u = torch.arange(width, device=like.device, dtype=like.dtype)
    v = torch.arange(height, device=like.device, dtype=like.dtype)
    return torch.stack((u.expand(height, width), v[:, None].expand(height, width)))


def points_from_depth(
    depth_m: Float[Tensor, 'batch 1 height width'], intrinsics: Float[Tensor, 'batch 3 3']
) -> Float[Tensor, 'batch 3 height width']:
    """The points [m] in the camera's frame that the pixels show."""
    height, width = depth_m.shape[-2:]
    pixels = pixel_grid(height, width, depth_m)
    return depth_m * on_pixels(inverted_intrinsics(intrinsics), pixels)


def inverted_intrinsics(
    intrinsics: Float[Tensor, 'batch 3 3'],
) -> Float[Tensor, 'batch 3 3']:
    """The inverse of pinhole intrinsics, whose pixels have right angles; engines know no other."""
    inverse = 1 / intrinsics.diagonal(dim1=1, dim2=2)
    return inverse.diag_embed() - inverse[:, :, None] * intrinsics.triu(1)


def resized_intrinsics(
    intrinsics: Float[Tensor, 'batch 3 3'], scale_x: float, scale_y: float
) -> Float[Tensor, 'batch 3 3']:
    """The intrinsics of the resized image; it begins half a pixel before its first centre."""
    resized_from_pixel = intrinsics.new_tensor(
        [[scale_x, 0, (scale_x - 1) / 2], [0, scale_y, (scale_y - 1) / 2], [0, 0, 1]]
    )
    return resized_from_pixel @ intrinsics


def on_pixels(
    matrix: Float[Tensor, 'batch 3 3'], pixels: Float[Tensor, '2 height width']
) -> Float[Tensor, 'batch 3 height width']:
    """The matrix times (u, v, 1) of every pixel."""
    _, height, width = pixels.shape
    products = matrix[:, :, :2] @ pixels.flatten(1) + matrix[:, :, 2:]
    return products.view(-1, 3, height, width)


def safe_depth(
    depth_m: Float[Tensor, 'batch 1 height width'],
) -> Float[Tensor, 'batch 1 height width']:
    """What may be divided by: the depth where it is in front of the camera, elsewhere 1."""
    return torch.where(depth_m > MIN_DEPTH_M, depth_m, 1.0)
