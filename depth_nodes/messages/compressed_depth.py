"""Compressed depth images: metres from `sensor_msgs/CompressedImage`.

The formats are those of ROS's compressed_depth_image_transport: a header of 12 bytes (a number
that names the quantisation, and its float32 parameters a and b), then a PNG of 16 bits or RVL. A
16UC1 image holds millimetres, a 32FC1 one quantised inverse depth: depth = a / (value - b). A
plain PNG of 16 bits, as image_transport's `compressed` writes it, has no header.
"""

from __future__ import annotations

import struct
from typing import Any

import cv2
from jaxtyping import Float32, Int64, UInt16
import numpy as np

from depth_nodes.errors import InputError
from depth_nodes.messages.compressed import require_pixels
from depth_nodes.messages.depth import MM_PER_M
from depth_nodes.messages.image import decode

HEADER = struct.Struct('<iff')
RVL_SIZE = struct.Struct('<II')


def depth_from_compressed(message: Any) -> Float32[np.ndarray, 'height width']:
    """Depth [m] of a CompressedImage that holds depth: NaN where it is unknown.

    Raises:
        InputError: no depth, another format, or data that is cut off.
    """
    data, name = memoryview(message.data).cast('B'), message.format
    encoding = name.partition(';')[0].strip()
    has_header = 'compresseddepth' in name.lower()
    if encoding not in ('16UC1', 'mono16', '32FC1') or (encoding == '32FC1' and not has_header):
        raise InputError(
            f'compressed depth of format {name!r} is not supported; record 16UC1 or 32FC1 with '
            'the compressedDepth transport'
        )
    try:
        start = HEADER.size if has_header else 0
        _, a, b = HEADER.unpack_from(data) if has_header else (0, 0.0, 0.0)
        is_rvl = has_header and name.lower().rstrip().endswith('rvl')
        values = _values_from_rvl(data[start:]) if is_rvl else _values_from_png(data[start:])
    except (struct.error, ValueError, InputError) as error:
        raise InputError(
            f'compressed depth ({data.nbytes} bytes, format {name!r}) cannot be decoded; the '
            'message is cut off or of another format'
        ) from error
    return _metres(values, encoding, a, b)


def _metres(
    values: UInt16[np.ndarray, 'height width'], encoding: str, a: float, b: float
) -> Float32[np.ndarray, 'height width']:
    depth = values.astype(np.float32)
    if encoding == '32FC1':
        with np.errstate(divide='ignore', over='ignore', invalid='ignore'):
            np.divide(np.float32(a), depth - np.float32(b), out=depth)
    else:
        depth /= MM_PER_M
    depth[values == 0] = np.nan
    return depth


def _values_from_png(data: memoryview) -> UInt16[np.ndarray, 'height width']:
    values = decode(bytes(data), cv2.IMREAD_UNCHANGED)
    if values.dtype != np.uint16 or values.ndim != 2:
        raise ValueError('no gray PNG of 16 bits')
    return values


def _values_from_rvl(data: memoryview) -> UInt16[np.ndarray, 'height width']:
    """Run lengths of zeros and of differences (Wilson, Fast Lossless Depth Image Compression)."""
    width, height = RVL_SIZE.unpack_from(data)
    require_pixels(width, height)
    if not width * height:
        raise ValueError('no pixels')
    numbers = _numbers_of_nibbles(data[RVL_SIZE.size :])
    # The least significant bit of a difference is its sign.
    differences = (numbers >> 1) ^ -(numbers & 1)
    values = np.zeros(width * height, np.int64)
    at, pixel, newest = 0, 0, 0
    while pixel < values.size:
        zeros, count = numbers[at : at + 2].tolist()  # ValueError where they are missing
        at, pixel = at + 2, pixel + zeros
        run = differences[at : at + count]
        if run.size != count or pixel + count > values.size or zeros + count == 0:
            raise ValueError('a run that does not fit')
        if count:
            values[pixel : pixel + count] = newest + np.cumsum(run)
            newest = int(values[pixel + count - 1])
        at, pixel = at + count, pixel + count
    return values.astype(np.uint16).reshape(height, width)


def _numbers_of_nibbles(data: memoryview) -> Int64[np.ndarray, ' number']:
    """Numbers in nibbles of 3 bits, lowest first; the fourth bit says that another follows."""
    words = np.frombuffer(data[: len(data) // 4 * 4], '<u4')
    nibbles = (words[:, None] >> np.arange(28, -1, -4, dtype=np.uint32) & 15).ravel()
    ends = np.flatnonzero(nibbles < 8)
    if not ends.size:
        return np.empty(0, np.int64)
    nibbles = nibbles[: ends[-1] + 1].astype(np.int64)
    starts = np.concatenate([[0], ends[:-1] + 1])
    places = np.arange(nibbles.size) - np.repeat(starts, ends - starts + 1)
    return np.add.reduceat((nibbles & 7) << np.minimum(3 * places, 48), starts)
