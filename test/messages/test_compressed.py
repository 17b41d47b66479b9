import cv2
import numpy as np
import pytest

from depth_nodes.errors import InputError
from depth_nodes.messages import compressed
from depth_nodes.messages.compressed import MAX_PIXELS, require_decodable, require_pixels

RGB = np.random.default_rng(0).integers(0, 256, (40, 30, 3), np.uint8)
KINDS = [
    ('.png', []),
    ('.jpg', []),
    ('.jpg', [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]),
    ('.jpg', [cv2.IMWRITE_JPEG_RST_INTERVAL, 1]),
]


def encoded(suffix: str, options: list[int]) -> bytes:
    return cv2.imencode(suffix, RGB, options)[1].tobytes()


@pytest.mark.parametrize(('suffix', 'options'), KINDS)
def test_the_size_is_read_without_decoding(monkeypatch, suffix, options):
    data = encoded(suffix, options)
    require_decodable(data)
    monkeypatch.setattr(compressed, 'MAX_PIXELS', 40 * 30)
    require_decodable(data)
    monkeypatch.setattr(compressed, 'MAX_PIXELS', 40 * 30 - 1)
    with pytest.raises(InputError, match='30x40 are more than'):
        require_decodable(data)


@pytest.mark.parametrize(('suffix', 'options'), KINDS)
@pytest.mark.parametrize('kept', [0, 1, 10, 23])
def test_a_start_alone_is_nothing(suffix, options, kept):
    with pytest.raises(InputError, match='cannot be decoded; give whole JPEG or PNG images'):
        require_decodable(encoded(suffix, options)[:kept])


def test_every_frame_of_a_jpeg_counts():
    """Whichever of them a decoder takes."""
    data = encoded('.jpg', [])
    large = b'\xff\xc2\x00\x0b\x08\xff\xff\xff\xff\x01\x01\x11\x00'
    with pytest.raises(InputError, match='65535x65535'):
        require_decodable(data[:2] + large + data[2:])


def test_a_large_camera_passes():
    require_pixels(8192, 8192)
    with pytest.raises(InputError, match='8193x8192 are more than 64 Mi pixels'):
        require_pixels(8193, 8192)
    assert MAX_PIXELS == 8192**2
