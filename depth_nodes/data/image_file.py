"""Image files: pixels from and to disk, and nothing half written in silence."""

from __future__ import annotations

from pathlib import Path

import cv2
from jaxtyping import Shaped, UInt8, UInt16
import numpy as np

from depth_nodes.errors import InputError
from depth_nodes.messages.image import decode, rgb_from_bytes


def read_rgb(path: Path) -> UInt8[np.ndarray, 'height width 3']:
    """The RGB pixels of a JPEG or PNG, as the camera saw them: a rotation in EXIF is ignored.

    Raises:
        InputError: the file is missing, cut off, too large, or no such image.
    """
    content = _content(path)
    try:
        return rgb_from_bytes(content)
    except InputError as error:
        raise InputError(f'{path} is no readable image: {error}') from error


def read_gray16(path: Path) -> UInt16[np.ndarray, 'height width']:
    """The pixels of a PNG of one channel of 16 bits.

    Raises:
        InputError: the file is missing, cut off, too large, or another image.
    """
    content = _content(path)
    try:
        image = decode(content, cv2.IMREAD_UNCHANGED)
    except InputError as error:
        raise InputError(f'{path} is no 16 bit gray PNG: {error}') from error
    if image.ndim != 2 or image.dtype != np.uint16:
        raise InputError(f'{path} is no 16 bit gray PNG; write depth / depth_scale_m as uint16')
    return image


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f'{path} cannot be read ({error.strerror}); restore the image') from error


def write_png(path: Path, pixels: Shaped[np.ndarray, 'height width ...']) -> None:
    """Writes RGB of 8 bits, or one channel of 8 or 16 bits, as PNG.

    Raises:
        InputError: the file cannot be written, as on a full disk.
    """
    bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR) if pixels.ndim == 3 else pixels
    is_encoded, data = cv2.imencode('.png', bgr)
    assert is_encoded, 'every array of this kind has a PNG'
    try:
        path.write_bytes(data.tobytes())
    except OSError as error:
        raise InputError(
            f'{path} cannot be written ({error.strerror}); free some space or choose another place'
        ) from error
