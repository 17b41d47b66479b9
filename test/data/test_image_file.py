from pathlib import Path

import cv2
import numpy as np
import pytest

from depth_nodes.data.image_file import read_rgb, write_png
from depth_nodes.errors import InputError

RGB = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)


def test_what_is_written_comes_back(tmp_path):
    write_png(tmp_path / 'a.png', RGB)
    np.testing.assert_array_equal(read_rgb(tmp_path / 'a.png'), RGB)


def test_16_bit_stay_16_bit(tmp_path):
    depth = np.arange(12, dtype=np.uint16).reshape(3, 4) * 5000
    write_png(tmp_path / 'a.png', depth)
    read = cv2.imread(str(tmp_path / 'a.png'), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(read, depth)
    assert read.dtype == np.uint16


def test_a_rotation_in_exif_is_ignored(tmp_path):
    jpeg = cv2.imencode('.jpg', RGB)[1].tobytes()
    exif = b'Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0'
    segment = b'\xff\xe1' + (len(exif) + 2).to_bytes(2, 'big') + exif
    (tmp_path / 'turned.jpg').write_bytes(jpeg[:2] + segment + jpeg[2:])
    assert cv2.imread(str(tmp_path / 'turned.jpg')).shape == (7, 5, 3)
    assert read_rgb(tmp_path / 'turned.jpg').shape == (5, 7, 3)


@pytest.mark.parametrize(
    ('content', 'words'),
    [(None, 'cannot be read'), (b'', 'no readable image'), (b'text', 'no readable image')],
)
def test_what_is_no_image_is_named(tmp_path, content, words):
    path = tmp_path / 'a.png'
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=f'a.png.*{words}'):
        read_rgb(path)


def test_a_cut_off_jpeg_is_refused(tmp_path):
    jpeg = cv2.imencode('.jpg', RGB)[1].tobytes()
    (tmp_path / 'a.jpg').write_bytes(jpeg[:-2])
    with pytest.raises(InputError, match='cannot be decoded'):
        read_rgb(tmp_path / 'a.jpg')


def test_a_full_disk_is_told():
    path = Path('/dev/full')
    if not path.exists():
        pytest.skip('this system has no /dev/full')
    with pytest.raises(InputError, match='cannot be written .No space left'):
        write_png(path, RGB)
