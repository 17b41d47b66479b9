"""The pinhole camera of a frame, and its way from and to `sensor_msgs/CameraInfo`.

Pixel centres are at integers: the left edge of the image is at u = -0.5.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
import math
from typing import Any

from jaxtyping import Float64
import numpy as np

from depth_nodes.errors import InputError

UNDISTORTED_MODELS = ('', 'none')
# Focal length over the shorter side. Beyond are values in other units, such as normalised ones:
# they would be views of more than 177 degrees, or of less than 0.01.
MIN_FOCAL_SHARE, MAX_FOCAL_SHARE = 0.01, 1e4


@dataclass(frozen=True, kw_only=True)
class Camera:
    """Intrinsics of a pinhole camera, in pixels of an image of the given size.

    `stereo_offset_px_m` is P[3] of CameraInfo: -fx * baseline [px * m] for the right camera of a
    rectified pair, else 0.
    """

    width_px: int
    height_px: int
    fx_px: float
    fy_px: float
    cx_px: float
    cy_px: float
    distortion_model: str = 'none'
    distortion: tuple[float, ...] = ()
    stereo_offset_px_m: float = 0.0

    def __post_init__(self) -> None:
        """Refuses sizes and focal lengths that no camera has."""
        if self.width_px < 1 or self.height_px < 1:
            raise InputError(
                f'camera size {self.width_px}x{self.height_px} has no pixels; correct its width '
                'and height'
            )
        values = (self.fx_px, self.fy_px, self.cx_px, self.cy_px, self.stereo_offset_px_m)
        if not all(math.isfinite(value) for value in values):
            raise InputError(f'camera intrinsics {values} are not finite; calibrate the camera')
        if self.fx_px <= 0 or self.fy_px <= 0:
            raise InputError(
                f'focal length {self.fx_px} x {self.fy_px} px is not positive; calibrate the '
                'camera, or have its driver publish a calibrated CameraInfo'
            )
        side_px = min(self.width_px, self.height_px)
        shares = (self.fx_px / side_px, self.fy_px / side_px)
        if not all(MIN_FOCAL_SHARE <= share <= MAX_FOCAL_SHARE for share in shares):
            raise InputError(
                f'focal length {self.fx_px:g} x {self.fy_px:g} px does not fit a camera of '
                f'{self.width_px}x{self.height_px}; give it in pixels of the image'
            )

    @property
    def is_distorted(self) -> bool:
        """Whether the lens distortion is anything but zero."""
        has_model = self.distortion_model not in UNDISTORTED_MODELS
        return has_model and any(value != 0 for value in self.distortion)

    @property
    def matrix(self) -> Float64[np.ndarray, '3 3']:
        """K: pixels from points of the optical frame."""
        return np.array(
            [[self.fx_px, 0, self.cx_px], [0, self.fy_px, self.cy_px], [0, 0, 1]], np.float64
        )

    def resized(self, width_px: int, height_px: int) -> Camera:
        """The camera of the same image resized to another size."""
        scale_x, scale_y = width_px / self.width_px, height_px / self.height_px
        return replace(
            self,
            width_px=width_px,
            height_px=height_px,
            fx_px=self.fx_px * scale_x,
            fy_px=self.fy_px * scale_y,
            cx_px=(self.cx_px + 0.5) * scale_x - 0.5,
            cy_px=(self.cy_px + 0.5) * scale_y - 0.5,
            stereo_offset_px_m=self.stereo_offset_px_m * scale_x,
        )

    def cropped(self, left_px: int, top_px: int, width_px: int, height_px: int) -> Camera:
        """The camera of a window of the image; the window may reach beyond it."""
        return replace(
            self,
            width_px=width_px,
            height_px=height_px,
            cx_px=self.cx_px - left_px,
            cy_px=self.cy_px - top_px,
        )

    @classmethod
    def from_fov(cls, width_px: int, height_px: int, fov_deg: float) -> Camera:
        """A camera with square pixels and this horizontal field of view [degrees]."""
        focal = width_px / 2 / math.tan(math.radians(fov_deg) / 2)
        return cls(
            width_px=width_px,
            height_px=height_px,
            fx_px=focal,
            fy_px=focal,
            cx_px=(width_px - 1) / 2,
            cy_px=(height_px - 1) / 2,
        )


def camera_from_message(message: Any) -> Camera:
    """The camera that an image with this CameraInfo was taken with, as if rectified.

    The projection matrix P of the rectified image counts where it is filled, else K;
    binning and region of interest (REP 104) are applied, so that the result fits the pixels
    of the image as it is sent.

    Raises:
        InputError: no size, or a focal length that is zero (an uncalibrated camera) or nonsense.
    """
    if not message.k[0] > 0:
        raise InputError(
            f'CameraInfo holds no calibration (K[0] is {message.k[0]:g}); calibrate the camera, '
            'or have its driver publish a calibrated CameraInfo'
        )
    has_projection = message.p[0] != 0 or message.p[5] != 0
    return _as_sent(message, message.p) if has_projection else raw_camera_from_message(message)


def raw_camera_from_message(message: Any) -> Camera:
    """The camera of the image as the lens makes it: K, whatever P holds.

    Raises:
        InputError: as `camera_from_message`.
    """
    return _as_sent(message, message.k)


def _as_sent(message: Any, matrix: Any) -> Camera:
    """The camera of K or P, with region of interest and binning applied."""
    row = len(matrix) // 3
    camera = Camera(
        width_px=message.width,
        height_px=message.height,
        fx_px=float(matrix[0]),
        fy_px=float(matrix[row + 1]),
        cx_px=float(matrix[2]),
        cy_px=float(matrix[row + 2]),
        distortion_model=message.distortion_model,
        distortion=tuple(float(value) for value in message.d),
        stereo_offset_px_m=float(matrix[3]) if row == 4 else 0.0,
    )
    roi = message.roi
    if roi.width and roi.height:
        camera = camera.cropped(roi.x_offset, roi.y_offset, roi.width, roi.height)
    bin_x, bin_y = max(message.binning_x, 1), max(message.binning_y, 1)
    if (bin_x, bin_y) != (1, 1):
        width, height = camera.width_px // bin_x, camera.height_px // bin_y
        # Pixels that fill no whole bin are dropped at the right and bottom.
        camera = camera.cropped(0, 0, width * bin_x, height * bin_y).resized(width, height)
    return camera


def fill_camera_info(message: Any, camera: Camera) -> None:
    """Writes a rectified camera into a CameraInfo: no distortion, R = identity.

    K and P are alike but for P[3], the offset of a right camera.
    """
    fx, fy, cx, cy = camera.fx_px, camera.fy_px, camera.cx_px, camera.cy_px
    message.width, message.height = camera.width_px, camera.height_px
    message.distortion_model = 'plumb_bob'
    # Sequences of variable length are arrays in rclpy and numpy arrays in rosbags.
    message.d = np.zeros(5) if isinstance(message.d, np.ndarray) else [0.0] * 5
    message.k = np.array([fx, 0, cx, 0, fy, cy, 0, 0, 1], np.float64)
    message.r = np.array([1, 0, 0, 0, 1, 0, 0, 0, 1], np.float64)
    offset = camera.stereo_offset_px_m
    message.p = np.array([fx, 0, cx, offset, 0, fy, cy, 0, 0, 0, 1, 0], np.float64)
