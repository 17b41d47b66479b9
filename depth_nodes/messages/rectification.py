"""Images as a lens bends them to images of the pinhole camera that `CameraInfo` says they become.

As image_proc does it: a pixel of P's camera is a ray, which R turns into the frame of the lens,
the distortion model bends and K puts into the image.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cv2
from jaxtyping import Bool, Float32, Float64, UInt8
import numpy as np

from depth_nodes.errors import InputError
from depth_nodes.messages.camera import (
    Camera,
    camera_from_message,
    raw_camera_from_message,
    UNDISTORTED_MODELS,
)

# Models of sensor_msgs/distortion_models.h, and how many coefficients OpenCV takes of each.
NUM_COEFFICIENTS = {
    'plumb_bob': (4, 5),
    'rational_polynomial': (8, 12, 14),
    'equidistant': (4,),
}
NUM_RADII = 2000

Map = Float32[np.ndarray, 'height width']


class Rectifier:
    """The maps of one `CameraInfo`.

    Attributes:
        camera: of the rectified image.
        unseen: pixels that no part of the image shows; None where there are none.

    Raises:
        InputError: no calibration, or a distortion model that is not known.
    """

    def __init__(self, message: Any) -> None:
        self.camera = replace(camera_from_message(message), distortion_model='none', distortion=())
        raw = raw_camera_from_message(message)
        distortion = _checked_distortion(raw)
        self.unseen: Bool[np.ndarray, 'height width'] | None = None
        self._maps: tuple[np.ndarray, np.ndarray] | None = None
        rotation = np.asarray(message.r, np.float64).reshape(3, 3)
        if not rotation.any():
            rotation = np.eye(3)
        is_moved = not np.array_equal(raw.matrix, self.camera.matrix)
        if not distortion.any() and not is_moved and np.array_equal(rotation, np.eye(3)):
            return
        is_fisheye = raw.distortion_model == 'equidistant'
        make_maps = (
            cv2.fisheye.initUndistortRectifyMap if is_fisheye else cv2.initUndistortRectifyMap
        )
        size = (self.camera.width_px, self.camera.height_px)
        u, v = make_maps(raw.matrix, distortion, rotation, self.camera.matrix, size, cv2.CV_32FC1)
        unseen = _outside(u, v) | _folded(self.camera, rotation, distortion, is_fisheye=is_fisheye)
        self.unseen = unseen if unseen.any() else None
        # Fixed-point maps, in steps of 1/32 px, are several times as fast.
        self._maps = cv2.convertMaps(u, v, cv2.CV_16SC2)

    def __call__(self, image: UInt8[np.ndarray, 'height width 3']) -> UInt8[np.ndarray, '_ _ 3']:
        """The rectified image; what is unseen repeats the rim. Of another size: as it is."""
        if self._maps is None or image.shape[:2] != self._maps[0].shape[:2]:
            return image
        return cv2.remap(image, *self._maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def rectifier_cache() -> Callable[[Any], Rectifier]:
    """Gives the rectifier of a `CameraInfo`, and makes one only when its calibration changes."""
    last: tuple[tuple[object, ...], Rectifier] | None = None

    def rectifier_of(message: Any) -> Rectifier:
        nonlocal last
        key = _calibration(message)
        if last is None or last[0] != key:
            last = key, Rectifier(message)
        return last[1]

    return rectifier_of


def _calibration(message: Any) -> tuple[object, ...]:
    roi = message.roi
    return (
        (message.width, message.height, message.distortion_model),
        *(np.asarray(values, np.float64).tobytes() for values in _matrices(message)),
        (message.binning_x, message.binning_y),
        (roi.x_offset, roi.y_offset, roi.width, roi.height),
    )


def _matrices(message: Any) -> tuple[Any, ...]:
    return message.d, message.k, message.r, message.p


def _checked_distortion(camera: Camera) -> Float64[np.ndarray, ' coefficients']:
    """The coefficients as OpenCV takes them; four zeros where there is no distortion.

    Raises:
        InputError: see `Rectifier`.
    """
    model, coefficients = camera.distortion_model, camera.distortion
    if model in UNDISTORTED_MODELS or not any(coefficients):
        return np.zeros(4)
    if model not in NUM_COEFFICIENTS:
        raise InputError(
            f'distortion model {model!r} is not known; publish a CameraInfo with one of '
            f'{", ".join(NUM_COEFFICIENTS)}, or rectified images and set rectify to false'
        )
    if len(coefficients) not in NUM_COEFFICIENTS[model]:
        wanted = ' or '.join(map(str, NUM_COEFFICIENTS[model]))
        raise InputError(
            f'CameraInfo has {len(coefficients)} coefficients for {model}; publish {wanted}'
        )
    return np.array(coefficients)


def _outside(u: Map, v: Map) -> Bool[np.ndarray, 'height width']:
    """Positions beyond the edges of the image, which has the maps' own size."""
    height, width = u.shape
    is_inside = (u >= -0.5) & (u <= width - 0.5) & (v >= -0.5) & (v <= height - 0.5)
    return ~is_inside


def _folded(
    camera: Camera,
    rotation: Float64[np.ndarray, '3 3'],
    distortion: Float64[np.ndarray, ' coefficients'],
    *,
    is_fisheye: bool,
) -> Bool[np.ndarray, 'height width']:
    """Rays behind the lens, or beyond the radius where its polynomial turns back to the centre.

    It says nothing there, but would show parts of the image a second time.
    """
    u = (np.arange(camera.width_px) - camera.cx_px) / camera.fx_px
    v = (np.arange(camera.height_px)[:, None] - camera.cy_px) / camera.fy_px
    # Of the inverse of R: rays are rows here.
    rays = np.stack(np.broadcast_arrays(u, v, 1.0), axis=-1) @ rotation
    radius = np.hypot(rays[..., 0], rays[..., 1]) / np.maximum(rays[..., 2], 1e-9)
    radii = np.linspace(0, min(radius.max(), 1e3), NUM_RADII)
    bent = _bent_radii(radii, distortion, is_fisheye=is_fisheye)
    falls = np.flatnonzero(np.diff(bent) <= 0)
    return (rays[..., 2] <= 0) | (radius > (radii[falls[0]] if falls.size else np.inf))


def _bent_radii(
    radii: Float64[np.ndarray, ' radius'],
    distortion: Float64[np.ndarray, ' coefficients'],
    *,
    is_fisheye: bool,
) -> Float64[np.ndarray, ' radius']:
    """The radial part of the distortion (OpenCV's camera models)."""
    if is_fisheye:
        angles = np.arctan(radii)
        return angles * np.polyval([*distortion[3::-1], 1], angles**2)
    k1, k2, _, _, k3, k4, k5, k6 = np.pad(distortion, (0, 8))[:8]
    squares = radii**2
    return radii * np.polyval([k3, k2, k1, 1], squares) / np.polyval([k6, k5, k4, 1], squares)
