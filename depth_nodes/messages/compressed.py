"""What a JPEG or PNG says of itself before it is decoded: its size, and whether its end is there.

Only these two are decoded. A picture of a few kilobytes can claim any number of pixels, and each
further format would be another parser that the data of a stranger reaches.
"""

from __future__ import annotations

from collections.abc import Iterator
import re

from depth_nodes.errors import InputError

# 8192x8192: more than cameras of robots have, and 200 MB in RGB.
MAX_PIXELS = 1 << 26
JPEG_START, JPEG_END = 0xD8, 0xD9
# Start of frame (ITU-T T.81, table B.1): height and width follow length and precision.
JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Within the pixels, 0 and the restart markers D0-D7 follow FF; neither begins a segment.
JPEG_MARKER = re.compile(rb'\xff[^\x00\xd0-\xd7\xff]')
PNG_START = b'\x89PNG\r\n\x1a\n'
PNG_HEADER_BYTES = 24


def require_decodable(data: bytes) -> None:
    """Refuses what would be decoded into too much, or into half a picture.

    Raises:
        InputError: no JPEG or PNG, one that is cut off, or one of more than MAX_PIXELS.
    """
    sizes = list(_png_sizes(data) if data.startswith(PNG_START) else _jpeg_sizes(data))
    if not sizes:
        raise InputError('it cannot be decoded; give whole JPEG or PNG images')
    for width, height in sizes:
        require_pixels(width, height)


def require_pixels(width: int, height: int) -> None:
    """Refuses an image that is larger than a camera's.

    Raises:
        InputError: it has more than MAX_PIXELS.
    """
    if width * height > MAX_PIXELS:
        raise InputError(
            f'{width}x{height} are more than {MAX_PIXELS >> 20} Mi pixels; send smaller images'
        )


def _png_sizes(data: bytes) -> Iterator[tuple[int, int]]:
    if len(data) >= PNG_HEADER_BYTES:
        yield int.from_bytes(data[16:20], 'big'), int.from_bytes(data[20:24], 'big')


def _jpeg_sizes(data: bytes) -> list[tuple[int, int]]:
    """Width and height of every frame; none where the end is missing.

    OpenCV before 4.11 fills what is missing with gray. Goes from marker to marker (T.81, B.1):
    what follows the end, such as the film of a phone's moving photo, may hold anything.
    """
    sizes: list[tuple[int, int]] = []
    if not data.startswith(bytes((0xFF, JPEG_START))):
        return sizes
    marker = JPEG_MARKER.search(data, 2)
    while marker is not None:
        kind, begin = marker[0][1], marker.end()
        if kind == JPEG_END:
            return sizes
        if kind in JPEG_FRAMES:
            height, width = data[begin + 3 : begin + 5], data[begin + 5 : begin + 7]
            sizes.append((int.from_bytes(width, 'big'), int.from_bytes(height, 'big')))
        length = int.from_bytes(data[begin : begin + 2], 'big')
        marker = JPEG_MARKER.search(data, begin + length)
    return []
