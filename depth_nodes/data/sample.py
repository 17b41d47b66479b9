"""One frame of any source, and the grid that its depth is known on."""

from __future__ import annotations

from dataclasses import dataclass
import math

from jaxtyping import Float32, Float64, UInt8
import numpy as np

from depth_nodes.errors import InputError
from depth_nodes.messages.camera import Camera


@dataclass(frozen=True, kw_only=True)
class Sample:
    """An image and what is known about it.

    Attributes:
        name: the frame's name in its sequence, such as `000012`.
        image: RGB.
        camera: intrinsics of `image`; None where they are unknown.
        depth_m: depth along the optical axis [m], 0 where unknown; entry (i, j) belongs to image
            pixel (depth_stride * i, depth_stride * j).
        disparity_px: stereo disparity [px] up to an unknown offset, 0 where unknown, on the same
            grid as depth; for affine losses only.
        right: the right image of a rectified pair.
        stereo_baseline_m: distance of the pair's cameras [m].
        prediction_m: depth [m] on the pixels of the image that a node published for it: -Inf too
            near, +Inf beyond range, NaN invalid.
        world_from_camera: pose [m].
        stamp_ns: time of the image, where the source has one.
        frame_id: coordinate frame of the camera.
    """

    name: str
    image: UInt8[np.ndarray, 'height width 3']
    camera: Camera | None = None
    depth_m: Float32[np.ndarray, 'depth_height depth_width'] | None = None
    depth_stride: int = 1
    disparity_px: Float32[np.ndarray, 'depth_height depth_width'] | None = None
    right: UInt8[np.ndarray, 'height width 3'] | None = None
    stereo_baseline_m: float | None = None
    prediction_m: Float32[np.ndarray, 'height width'] | None = None
    world_from_camera: Float64[np.ndarray, '4 4'] | None = None
    stamp_ns: int | None = None
    frame_id: str = 'camera_optical_frame'


def dense_depth(sample: Sample) -> Float32[np.ndarray, 'height width']:
    """The depth [m] of a sample at its image's size: NaN where unknown and between the grid.

    Raises:
        InputError: the grid reaches beyond the image.
    """
    assert sample.depth_m is not None, 'the caller asks only for depth that is there'
    height, width = sample.image.shape[:2]
    stride, (rows, columns) = sample.depth_stride, sample.depth_m.shape
    dense = np.full((height, width), np.nan, np.float32)
    target = dense[::stride, ::stride][:rows, :columns]
    if target.shape != sample.depth_m.shape:
        raise InputError(
            f'depth {columns}x{rows} of frame {sample.name} at every {stride}. pixel exceeds '
            f'its image {width}x{height}; resize it'
        )
    np.copyto(target, sample.depth_m, where=sample.depth_m > 0)
    return dense


def stride_of_grid(image_size_px: tuple[int, int], grid_size_px: tuple[int, int]) -> int | None:
    """The integer k of a grid that holds every k-th pixel of an image; None where none fits.

    The sides of the grid are those of the image divided by k, rounded up (as `image[::k, ::k]`)
    or down. Where two k fit, the one that rounds both up is meant.

    Args:
        image_size_px: of the image, (height, width) or (width, height).
        grid_size_px: of the grid, in the same order.
    """
    if min(grid_size_px) < 1:
        return None
    sides = tuple(zip(image_size_px, grid_size_px, strict=True))
    ratios = [image / grid for image, grid in sides]
    strides = [
        stride
        for stride in range(max(math.floor(min(ratios)), 1), math.ceil(max(ratios)) + 1)
        if all(image // stride <= grid <= -(-image // stride) for image, grid in sides)
    ]
    exact = [k for k in strides if all(-(-image // k) == grid for image, grid in sides)]
    return next(iter(exact or strides), None)
