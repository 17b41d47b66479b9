"""Colour images: `sensor_msgs/Image` and `sensor_msgs/CompressedImage` from and to RGB arrays."""

from __future__ import annotations

import sys
from typing import Any

import cv2
from jaxtyping import Shaped, UInt8
import numpy as np

from depth_nodes.errors import InputError
from depth_nodes.messages.buffer import writable_bytes
from depth_nodes.messages.compressed import require_decodable, require_pixels

# encoding -> (bytes a pixel, conversion to RGB); names: sensor_msgs/image_encodings.hpp.
_ENCODINGS: dict[str, tuple[int, int | None]] = {
    'rgb8': (3, None),
    'bgr8': (3, cv2.COLOR_BGR2RGB),
    'rgba8': (4, cv2.COLOR_RGBA2RGB),
    'bgra8': (4, cv2.COLOR_BGRA2RGB),
    'mono8': (1, cv2.COLOR_GRAY2RGB),
    'yuv422': (2, cv2.COLOR_YUV2RGB_UYVY),
    'uyvy': (2, cv2.COLOR_YUV2RGB_UYVY),
    'yuv422_yuy2': (2, cv2.COLOR_YUV2RGB_YUY2),
    'yuyv': (2, cv2.COLOR_YUV2RGB_YUY2),
}
SUPPORTED_ENCODINGS = tuple(_ENCODINGS)


def rgb_from_image(message: Any) -> UInt8[np.ndarray, 'height width 3']:
    """The RGB pixels of an Image; a view of the message where it is tightly packed rgb8.

    YUV is ITU-R BT.601 with 16-235 luma, as in cv_bridge.

    Raises:
        InputError: an encoding outside SUPPORTED_ENCODINGS, no pixels or too many, a step that
            is shorter than a row, or too few bytes.
    """
    if message.encoding not in _ENCODINGS:
        raise InputError(
            f'image encoding {message.encoding!r} is not supported; set the camera driver to one '
            f'of {", ".join(SUPPORTED_ENCODINGS)}'
        )
    channels, conversion = _ENCODINGS[message.encoding]
    if channels == 2 and message.width % 2:
        raise InputError(
            f'a {message.encoding} image has an even width, not {message.width}; correct the '
            "driver's width, or send rgb8"
        )
    pixels = pixels_from_image(message, channels, np.dtype(np.uint8))
    if conversion is None:
        return np.ascontiguousarray(pixels)
    return np.asarray(cv2.cvtColor(pixels, conversion), np.uint8)


def pixels_from_image(
    message: Any, channels: int, dtype: np.dtype
) -> Shaped[np.ndarray, 'height width channels']:
    """A view of the pixels of an Image whose rows may be padded (`step`).

    Raises:
        InputError: no pixels or too many, a step that is shorter than a row, or too few bytes.
    """
    height, width, step = message.height, message.width, message.step
    if height < 1 or width < 1:
        raise InputError(f'image of {width}x{height} has no pixels; check the camera driver')
    require_pixels(width, height)
    size = channels * dtype.itemsize
    if step < width * size:
        raise InputError(
            f'image step is {step} bytes, but a row of {width} {message.encoding} pixels takes '
            f'{width * size}; correct the step that the driver sends'
        )
    data = memoryview(message.data)
    if data.nbytes < step * height:
        raise InputError(
            f'image data holds {data.nbytes} bytes, but {height} rows of {step} bytes are '
            f'{step * height}; the message is cut off or its size is wrong: check the driver'
        )
    strides = (step, size, dtype.itemsize)
    return np.ndarray((height, width, channels), dtype, buffer=data, strides=strides)


def rgb_from_compressed(message: Any) -> UInt8[np.ndarray, 'height width 3']:
    """The RGB pixels of a CompressedImage that holds JPEG or PNG.

    Raises:
        InputError: another format, or data that is cut off or too large.
    """
    data = memoryview(message.data)
    try:
        return rgb_from_bytes(data)
    except InputError as error:
        raise InputError(
            f'compressed image ({data.nbytes} bytes, format {message.format!r}): {error}'
        ) from error


def rgb_from_bytes(data: bytes | memoryview) -> UInt8[np.ndarray, 'height width 3']:
    """The RGB pixels of a JPEG or a PNG.

    A rotation noted in EXIF is ignored: intrinsics belong to the pixels as they are stored.

    Raises:
        InputError: no image, one that is cut off, or one that is too large.
    """
    image = decode(bytes(data), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB, dst=image), np.uint8)


def decode(data: bytes, flags: int) -> Shaped[np.ndarray, 'height width ...']:
    """What OpenCV makes of a JPEG or a PNG with these flags of `imdecode`.

    Raises:
        InputError: no image, one that is cut off, or one that is too large.
    """
    require_decodable(data)
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:
        image = None
    if image is None:
        raise InputError('it cannot be decoded; give whole JPEG or PNG images')
    return image


def fill_image(message: Any, rgb: UInt8[np.ndarray, 'height width 3']) -> None:
    """Writes RGB pixels into an Image as rgb8; its header stays."""
    message.height, message.width = rgb.shape[:2]
    message.encoding = 'rgb8'
    message.is_bigendian = int(sys.byteorder == 'big')
    message.step = rgb.shape[1] * 3
    np.copyto(writable_bytes(message, rgb.size).reshape(rgb.shape), rgb)


def resize_rgb(
    rgb: UInt8[np.ndarray, 'height width 3'], width_px: int, height_px: int
) -> UInt8[np.ndarray, 'new_height new_width 3']:
    """The image in another size, each pixel the mean of what it covers; itself if it fits."""
    if rgb.shape[:2] == (height_px, width_px):
        return rgb
    resized = cv2.resize(rgb, (width_px, height_px), interpolation=cv2.INTER_AREA)
    return np.asarray(resized, np.uint8)
