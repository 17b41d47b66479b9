from array import array
from types import SimpleNamespace

import cv2
from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from depth_nodes.errors import InputError
from depth_nodes.messages.image import (
    fill_image,
    resize_rgb,
    rgb_from_bytes,
    rgb_from_compressed,
    rgb_from_image,
    SUPPORTED_ENCODINGS,
)

RANDOM = np.random.default_rng(5)
RGB = RANDOM.integers(0, 256, (5, 6, 3), np.uint8)
ORDERS = {'rgb8': [0, 1, 2], 'bgr8': [2, 1, 0], 'rgba8': [0, 1, 2, 3], 'bgra8': [2, 1, 0, 3]}
YUV_ENCODINGS = ('yuv422', 'uyvy', 'yuv422_yuy2', 'yuyv')
COLOURS = {
    'black': (0, 0, 0),
    'white': (255, 255, 255),
    'gray': (128, 128, 128),
    'red': (255, 0, 0),
    'green': (0, 255, 0),
    'blue': (0, 0, 255),
    'skin': (224, 172, 105),
}


def yuv_from_rgb(rgb: tuple[int, int, int]) -> tuple[int, int, int]:
    """ITU-R BT.601, luma 16-235, chroma 16-240."""
    r, g, b = (value / 255 for value in rgb)
    luma = 0.299 * r + 0.587 * g + 0.114 * b
    return (
        round(16 + 219 * luma),
        round(128 + 224 * (b - luma) / 1.772),
        round(128 + 224 * (r - luma) / 1.402),
    )


def packed_yuv(rgb: tuple[int, int, int], encoding: str, *, width: int) -> np.ndarray:
    y, u, v = yuv_from_rgb(rgb)
    pair = [u, y, v, y] if encoding in ('yuv422', 'uyvy') else [y, u, y, v]
    return np.array([pair * (width // 2)] * 3, np.uint8).reshape(3, width, 2)


def encoded(rgb: np.ndarray, encoding: str) -> np.ndarray:
    if encoding == 'mono8':
        return rgb[..., :1]
    with_alpha = np.concatenate([rgb, np.full_like(rgb[..., :1], 77)], axis=-1)
    return with_alpha[..., ORDERS[encoding]]


@pytest.mark.parametrize('padding', [0, 1, 7, 64])
@pytest.mark.parametrize('encoding', [*ORDERS, 'mono8'])
def test_every_pixel_keeps_its_colour(image_message, encoding, padding):
    message = image_message(encoded(RGB, encoding), encoding, padding=padding)
    result = rgb_from_image(message)
    expected = np.repeat(RGB[..., :1], 3, axis=-1) if encoding == 'mono8' else RGB
    np.testing.assert_array_equal(result, expected)
    assert result.flags.c_contiguous


@pytest.mark.parametrize('padding', [0, 3, 32])
@pytest.mark.parametrize('colour', COLOURS.values(), ids=COLOURS.keys())
@pytest.mark.parametrize('encoding', YUV_ENCODINGS)
def test_yuv_gives_known_colours(image_message, encoding, colour, padding):
    message = image_message(packed_yuv(colour, encoding, width=8), encoding, padding=padding)
    result = rgb_from_image(message)
    assert result.shape == (3, 8, 3)
    assert np.abs(result.astype(int) - colour).max() <= 3


@pytest.mark.parametrize('encoding', YUV_ENCODINGS)
def test_yuv_pixels_of_a_pair_keep_their_own_luma(image_message, encoding):
    pixels = packed_yuv((128, 128, 128), encoding, width=4)
    pixels[:, 1::2, 1 if encoding in ('yuv422', 'uyvy') else 0] = 235
    result = rgb_from_image(image_message(pixels, encoding))
    assert np.abs(result[:, 0::2].astype(int) - 128).max() <= 2
    assert result[:, 1::2].min() >= 253


def test_all_encodings_of_the_interface_are_supported():
    assert set(SUPPORTED_ENCODINGS) == {*ORDERS, 'mono8', *YUV_ENCODINGS}


def test_packed_rgb8_is_not_copied():
    data = array('B', RGB.tobytes())
    message = SimpleNamespace(height=5, width=6, step=18, encoding='rgb8', data=data)
    assert np.shares_memory(rgb_from_image(message), np.frombuffer(data, np.uint8))


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(0, 9),
    st.integers(0, 9),
    st.sampled_from(sorted(ORDERS)),
)
def test_any_size_step_and_surplus_bytes(height, width, padding, surplus, encoding):
    rgb = np.random.default_rng(height * 10 + width).integers(0, 256, (height, width, 3), np.uint8)
    rows = [row.tobytes() + bytes(padding) for row in encoded(rgb, encoding)]
    message = SimpleNamespace(
        height=height,
        width=width,
        encoding=encoding,
        step=len(rows[0]),
        data=b''.join(rows) + bytes(surplus),
    )
    np.testing.assert_array_equal(rgb_from_image(message), rgb)


@pytest.mark.parametrize(
    ('change', 'advice'),
    [
        ({'encoding': 'bayer_rggb8'}, "'bayer_rggb8' is not supported; set the camera driver"),
        ({'encoding': ''}, "'' is not supported"),
        ({'step': 17}, 'a row of 6 rgb8 pixels takes 18'),
        ({'step': 0}, 'step is 0 bytes'),
        ({'data': RGB.tobytes()[:-1]}, 'holds 89 bytes, but 5 rows of 18 bytes are 90'),
        ({'data': b''}, 'holds 0 bytes'),
        ({'height': 0}, '6x0 has no pixels'),
        ({'width': 0, 'step': 0}, '0x5 has no pixels'),
        ({'height': 6}, 'cut off'),
        ({'encoding': 'yuyv', 'width': 5}, 'even width, not 5'),
    ],
)
def test_bad_images_are_refused_in_one_line(image_message, change, advice):
    message = image_message(RGB, 'rgb8')
    for name, value in change.items():
        setattr(message, name, value)
    with pytest.raises(InputError) as caught:
        rgb_from_image(message)
    assert advice in str(caught.value)
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize('encoding', SUPPORTED_ENCODINGS)
def test_agrees_with_cv_bridge(image_message, encoding):
    cv_bridge = pytest.importorskip('cv_bridge')
    sensor_msgs = pytest.importorskip('sensor_msgs.msg')
    is_yuv = encoding in YUV_ENCODINGS
    pixels = packed_yuv((9, 200, 77), encoding, width=6) if is_yuv else encoded(RGB, encoding)
    ours = image_message(pixels, encoding)
    theirs = sensor_msgs.Image(
        height=ours.height,
        width=ours.width,
        encoding=encoding,
        step=ours.step,
        data=array('B', ours.data),
    )
    expected = cv_bridge.CvBridge().imgmsg_to_cv2(theirs, 'rgb8')
    np.testing.assert_array_equal(rgb_from_image(ours), expected)


def smooth_rgb(height: int = 48, width: int = 64) -> np.ndarray:
    rows, columns = np.mgrid[:height, :width]
    return np.stack([rows * 4, columns * 3, 255 - rows * 2], axis=-1).astype(np.uint8)


def compressed(rgb: np.ndarray, suffix: str) -> bytes:
    return cv2.imencode(suffix, cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))[1].tobytes()


def test_png_is_exact_and_jpeg_close(make_message):
    rgb = smooth_rgb()
    for suffix, tolerance in (('.png', 0.0), ('.jpg', 2.0)):
        message = make_message('CompressedImage')
        message.format = suffix
        message.data = array('B', compressed(rgb, suffix))
        result = rgb_from_compressed(message)
        assert result.shape == rgb.shape
        assert np.abs(result.astype(float) - rgb).mean() <= tolerance


def test_gray_jpeg_becomes_rgb():
    data = cv2.imencode('.jpg', np.full((16, 16), 90, np.uint8))[1].tobytes()
    result = rgb_from_compressed(SimpleNamespace(format='jpeg', data=data))
    assert result.shape == (16, 16, 3)
    assert np.abs(result.astype(int) - 90).max() <= 1


def test_exif_does_not_turn_the_image_away_from_its_camera_info():
    orientation_90 = (b'Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0',)[
        0
    ]
    segment = b'\xff\xe1' + (len(orientation_90) + 2).to_bytes(2, 'big') + orientation_90
    data = compressed(smooth_rgb(), '.jpg')
    turned = data[:2] + segment + data[2:]
    assert cv2.imdecode(np.frombuffer(turned, np.uint8), cv2.IMREAD_COLOR).shape == (64, 48, 3)
    message = SimpleNamespace(format='jpeg', data=turned)
    assert rgb_from_compressed(message).shape == (48, 64, 3)


def test_what_follows_the_end_of_a_jpeg_does_not_matter():
    data = compressed(smooth_rgb(), '.jpg') + b'a film \xff\xda\x00\x08 of a moving photo'
    assert rgb_from_bytes(data).shape == (48, 64, 3)


@pytest.mark.parametrize(
    'options', [[cv2.IMWRITE_JPEG_RST_INTERVAL, 1], [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]]
)
def test_every_kind_of_jpeg_is_seen_to_its_end(options):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    data = cv2.imencode('.jpg', noise, options)[1].tobytes()
    assert rgb_from_bytes(data).shape == (64, 64, 3)
    for kept in (len(data) - 2, len(data) // 2):
        with pytest.raises(InputError, match='cannot be decoded'):
            rgb_from_bytes(data[:kept])


@pytest.mark.parametrize('suffix', ['.jpg', '.png'])
@pytest.mark.parametrize('kept', [0.0, 0.01, 0.5, 0.9])
def test_cut_off_data_is_refused(suffix, kept):
    data = compressed(smooth_rgb(), suffix)
    message = SimpleNamespace(format='jpeg', data=data[: int(len(data) * kept)])
    with pytest.raises(InputError, match='cannot be decoded; give whole JPEG or PNG'):
        rgb_from_compressed(message)


def test_other_formats_are_refused():
    message = SimpleNamespace(format='h264', data=bytes(range(200)))
    with pytest.raises(InputError, match="200 bytes, format 'h264'"):
        rgb_from_compressed(message)


def test_fill_image_is_read_back(make_message):
    message = make_message('Image')
    fill_image(message, RGB)
    assert (message.encoding, message.height, message.width, message.step) == ('rgb8', 5, 6, 18)
    np.testing.assert_array_equal(rgb_from_image(message), RGB)


def test_fill_image_keeps_its_buffer_until_the_size_changes(make_message):
    message = make_message('Image')
    fill_image(message, RGB)
    buffer = message.data
    fill_image(message, RGB[::-1])
    assert message.data is buffer
    np.testing.assert_array_equal(rgb_from_image(message), RGB[::-1])
    fill_image(message, RGB[:3])
    assert message.data is not buffer
    np.testing.assert_array_equal(rgb_from_image(message), RGB[:3])


def test_a_smaller_image_holds_the_means_of_the_larger():
    rgb = np.random.default_rng(0).integers(0, 256, (8, 12, 3), np.uint8)
    means = rgb.reshape(4, 2, 6, 2, 3).mean((1, 3))
    resized = resize_rgb(rgb, width_px=6, height_px=4)
    assert resized.shape == (4, 6, 3)
    np.testing.assert_allclose(resized, means, atol=0.51)


def test_an_image_that_fits_is_not_copied():
    rgb = np.zeros((8, 12, 3), np.uint8)
    assert resize_rgb(rgb, width_px=12, height_px=8) is rgb
