"""`CloudWriter`'s points on torch tensors: organised x y z rgb, byte by byte as in its message."""

from __future__ import annotations

import math
from typing import NamedTuple

from jaxtyping import Float32, UInt8
import numpy as np
import torch
from torch import Tensor

from depth_nodes.messages.camera import Camera
from depth_nodes.messages.cloud import FIELD_NAMES
from depth_nodes.runtime.pipeline_config import PointsConfig

NUM_FIELDS = len(FIELD_NAMES)
RGB_BYTES = slice(12, 15)


class Rays(NamedTuple):
    """Viewing rays at a depth of 1 m, in two parts that a GPU multiplies with the depth.

    Attributes:
        columns: x of each column, then a place that `rows` fills, then 1.
        rows: y of each row.
    """

    columns: Float32[np.ndarray, 'width 3']
    rows: Float32[np.ndarray, ' height']


def rays_from_camera(camera: Camera, stride: int) -> Rays:
    """The rays of every `stride`-th pixel in both directions."""
    x = (np.arange(0, camera.width_px, stride) - camera.cx_px) / camera.fx_px
    y = (np.arange(0, camera.height_px, stride) - camera.cy_px) / camera.fy_px
    columns = np.stack([x, np.zeros_like(x), np.ones_like(x)], axis=-1)
    return Rays(columns.astype(np.float32), y.astype(np.float32))


class TorchPoints:
    """Depth and colours to points, for a batch of cameras."""

    def __init__(self, config: PointsConfig, max_depth_m: float, device: torch.device) -> None:
        self._stride, self._max_range_m = config.stride, config.max_range_m
        # The largest depth that is not +Inf already.
        farthest_m = np.reciprocal(np.float32(1 / max_depth_m))
        self._is_range_inside = bool(np.float32(config.max_range_m) < farthest_m)
        self._zero = torch.zeros((), device=device)
        self._nan = torch.full((), math.nan, device=device)
        self._bgr = torch.tensor([2, 1, 0], device=device)

    def __call__(
        self,
        depth: Float32[Tensor, 'batch height width'],
        colours: UInt8[Tensor, 'batch height width 3'],
        columns: Float32[Tensor, 'batch 1 points_width 3'],
        rows: Float32[Tensor, 'batch points_height 1'],
        points: Float32[Tensor, 'batch points_height points_width 4'],
    ) -> None:
        """Writes points [m] and colours; the fourth byte of a colour is left as it is, 0."""
        kept = slice(None, None, self._stride)
        z = self._finite(depth[:, kept, kept])
        # Two launches for three planes: the first one fills y with what the second replaces.
        torch.mul(z[..., None], columns, out=points[..., :3])
        torch.mul(z, rows, out=points[..., 1])
        colour_bytes = points.view(torch.uint8)[..., RGB_BYTES]
        torch.index_select(colours[:, kept, kept], 3, self._bgr, out=colour_bytes)

    def _finite(
        self, depth: Float32[Tensor, 'batch points_height points_width']
    ) -> Float32[Tensor, 'batch points_height points_width']:
        """NaN for what is invalid or beyond the range."""
        if self._is_range_inside:
            return torch.where(depth.abs() <= self._max_range_m, depth, self._nan)
        return torch.addcmul(depth, depth, self._zero)  # infinity * 0 is NaN
