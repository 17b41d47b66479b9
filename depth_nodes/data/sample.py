"""One frame of any source."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float32, Float64, UInt8
import numpy as np

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
    world_from_camera: Float64[np.ndarray, '4 4'] | None = None
    stamp_ns: int | None = None
    frame_id: str = 'camera_optical_frame'
