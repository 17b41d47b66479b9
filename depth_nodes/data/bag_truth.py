"""Ground truth of a frame from messages: a depth image, or a LiDAR's points."""

from __future__ import annotations

from typing import Any

from jaxtyping import Float32
import numpy as np

from depth_nodes.data.sample import stride_of_grid
from depth_nodes.data.static_transforms import StaticTransforms
from depth_nodes.errors import InputError
from depth_nodes.messages.cloud import points_from_cloud
from depth_nodes.messages.cloud_projection import depth_from_points, projection_from_message
from depth_nodes.messages.compressed_depth import depth_from_compressed
from depth_nodes.messages.depth import depth_from_image

Size = tuple[int, int]


def depth_from_message(message: Any) -> Float32[np.ndarray, 'height width']:
    """Depth [m] of an Image or CompressedImage; what is invalid is -Inf, +Inf, NaN or 0.

    Raises:
        InputError: no depth, or damaged.
    """
    return (
        depth_from_compressed(message) if hasattr(message, 'format') else depth_from_image(message)
    )


def truth_from_message(
    message: Any, image_size_px: Size
) -> tuple[Float32[np.ndarray, 'depth_height depth_width'], int]:
    """Depth [m], 0 where unknown, and its stride on an image of (height, width).

    Raises:
        InputError: no depth, damaged, or of a size that does not belong to the image.
    """
    depth = depth_from_message(message)
    depth[~(np.isfinite(depth) & (depth > 0))] = 0
    stride = stride_of_grid(image_size_px, (depth.shape[0], depth.shape[1]))
    if stride is None:
        raise InputError(
            f'depth is {depth.shape[1]}x{depth.shape[0]}, no integer fraction of the image '
            f'{image_size_px[1]}x{image_size_px[0]}; choose another ground truth topic'
        )
    return depth, stride


class LidarTruth:
    """Sparse depth of a camera from the clouds of a LiDAR that is fixed to it."""

    def __init__(self, transforms: StaticTransforms, *, is_rectified: bool) -> None:
        """`is_rectified` says that images are, whatever distortion their CameraInfo tells."""
        self._transforms = transforms
        self._is_rectified = is_rectified

    def depth(
        self, cloud: Any, info: Any, image: Any, image_size_px: Size
    ) -> Float32[np.ndarray, 'height width']:
        """Depth [m] at the pixels of an image, 0 where no point is; the nearest point counts.

        Args:
            cloud: the PointCloud2.
            info: the image's CameraInfo.
            image: its message, for the frame of the camera.
            image_size_px: of the image, (height, width).

        Raises:
            InputError: the frames are not connected, the camera is not calibrated, of another
                size or lens model, or the cloud is damaged.
        """
        projection = projection_from_message(info, is_rectified=self._is_rectified)
        camera = projection.camera
        if (camera.height_px, camera.width_px) != image_size_px:
            raise InputError(
                f'CameraInfo is of {camera.width_px}x{camera.height_px} pixels, but the image of '
                f'{image_size_px[1]}x{image_size_px[0]}; choose its own with --camera-info-topic'
            )
        camera_frame = image.header.frame_id or info.header.frame_id
        camera_from_lidar = self._transforms.target_from_source(
            camera_frame, cloud.header.frame_id
        )
        points = points_from_cloud(cloud).reshape(-1, 3)
        return depth_from_points(points, camera_from_lidar, projection)
