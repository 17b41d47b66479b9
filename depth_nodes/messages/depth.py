"""Depth images: metres from and to `sensor_msgs/Image` in 32FC1 or 16UC1, REP 117 and 118."""

from __future__ import annotations

import sys
from typing import Any

import cv2
from jaxtyping import Float32
import numpy as np

from depth_nodes.errors import ConfigError, InputError
from depth_nodes.messages.buffer import writable_bytes
from depth_nodes.messages.image import pixels_from_image

_DTYPES = {'32FC1': np.float32, '16UC1': np.uint16, 'mono16': np.uint16}
OUTPUT_ENCODINGS = ('32FC1', '16UC1')
MM_PER_M = 1000
MAX_16UC1_MM = 65535


class DepthImageWriter:
    """Writes depth into one Image message, in place.

    32FC1 carries metres with -Inf (too near), NaN (invalid) and +Inf (beyond range) as they are
    (REP 117); 16UC1 carries rounded millimetres, 0 for every value that it cannot hold (REP 118).
    """

    def __init__(self, message: Any, encoding: str) -> None:
        if encoding not in OUTPUT_ENCODINGS:
            raise ConfigError(f'depth encoding {encoding!r} must be 32FC1 or 16UC1')
        self.message = message
        self._dtype = np.dtype(_DTYPES[encoding])
        self._millimetres = np.empty((0, 0), np.float32)
        message.encoding = encoding
        message.is_bigendian = int(sys.byteorder == 'big')

    def write(self, depth_m: Float32[np.ndarray, 'height width'], header: Any) -> None:
        """Puts depth [m] and the header itself (not a copy) into the message."""
        message, shape = self.message, depth_m.shape
        message.header = header
        message.height, message.width = shape
        message.step = shape[1] * self._dtype.itemsize
        data = writable_bytes(message, message.step * shape[0])
        target = data.view(self._dtype).reshape(shape)
        if self._dtype == np.float32:
            np.copyto(target, depth_m)
        else:
            np.copyto(target, self._rounded_millimetres(depth_m), casting='unsafe')

    def _rounded_millimetres(
        self, depth_m: Float32[np.ndarray, 'height width']
    ) -> Float32[np.ndarray, 'height width']:
        if self._millimetres.shape != depth_m.shape:
            self._millimetres = np.empty(depth_m.shape, np.float32)
        values = self._millimetres
        with np.errstate(over='ignore'):
            np.multiply(depth_m, np.float32(MM_PER_M), out=values)
        np.rint(values, out=values)
        cv2.patchNaNs(values, 0)
        cv2.threshold(values, MAX_16UC1_MM, 0, cv2.THRESH_TOZERO_INV, dst=values)
        cv2.threshold(values, 0, 0, cv2.THRESH_TOZERO, dst=values)
        return values


def depth_from_image(message: Any) -> Float32[np.ndarray, 'height width']:
    """Depth [m] of an Image: 32FC1 as it is, 16UC1 and mono16 from millimetres with 0 as NaN.

    Raises:
        InputError: another encoding, no pixels, a step shorter than a row, or too few bytes.
    """
    if message.encoding not in _DTYPES:
        raise InputError(
            f'depth encoding {message.encoding!r} is not supported; publish one of '
            f'{", ".join(_DTYPES)}'
        )
    dtype = np.dtype(_DTYPES[message.encoding]).newbyteorder('>' if message.is_bigendian else '<')
    depth = pixels_from_image(message, 1, dtype)[..., 0].astype(np.float32)
    if dtype.kind == 'u':
        depth /= MM_PER_M
        depth[depth == 0] = np.nan
    return depth
