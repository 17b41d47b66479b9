"""Where the image lies in the network's input, and what lies around it."""

import cv2
from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from depth_nodes.runtime.preprocess import fit_image, Preprocessor

SIDES = st.integers(64, 4096)
INPUTS = st.integers(32, 1024)


@settings(deadline=None)
@given(width=SIDES, height=SIDES, input_width=INPUTS, input_height=INPUTS)
def test_every_image_is_fitted_and_padded_to_what_the_network_takes(
    width, height, input_width, input_height
):
    fit = fit_image(width, height, input_width, input_height)
    content = np.array([fit.content_width_px, fit.content_height_px])
    padded = np.array([fit.padded_width_px, fit.padded_height_px])
    assert (content >= 1).all()
    assert (content <= [input_width, input_height]).all()
    assert ((content == [input_width, input_height]) | (content == 1)).any()
    assert (padded % 32 == 0).all()
    assert (padded >= np.maximum(content, 96)).all()
    assert (padded < np.maximum(content + 32, 97)).all()
    exact = np.array([width, height]) * fit.scale
    assert (np.abs(content - np.maximum(exact, 1)) <= 0.5 + 1e-9).all()


@pytest.mark.parametrize(
    ('size', 'content', 'padded'),
    [
        ((640, 480), (256, 192), (256, 192)),
        ((1242, 375), (636, 192), (640, 192)),
        ((1280, 720), (341, 192), (352, 192)),
        ((3840, 2160), (341, 192), (352, 192)),
        ((64, 64), (192, 192), (192, 192)),
        ((4096, 64), (640, 10), (640, 96)),
        ((64, 4096), (3, 192), (96, 192)),
    ],
)
def test_common_and_extreme_sizes(size, content, padded):
    fit = fit_image(*size, 640, 192)
    assert (fit.content_width_px, fit.content_height_px) == content
    assert (fit.padded_width_px, fit.padded_height_px) == padded


def preprocessed(image: np.ndarray, input_width: int, input_height: int) -> np.ndarray:
    height, width = image.shape[:2]
    return Preprocessor()(image, fit_image(width, height, input_width, input_height))


def test_pixels_keep_their_place_order_and_value():
    image = np.random.default_rng(0).integers(0, 256, (96, 128, 3), np.uint8)
    output = preprocessed(image, 128, 96)
    assert output.dtype == np.float32
    np.testing.assert_allclose(output[0].transpose(1, 2, 0), image / 255, rtol=1e-6)


def test_padding_repeats_the_last_row_and_column():
    image = np.random.default_rng(0).integers(0, 256, (100, 130, 3), np.uint8)
    output = preprocessed(image, 130, 100)[0]
    assert output.shape == (3, 128, 160)
    assert (output[:, :, 130:] == output[:, :, 129:130]).all()
    assert (output[:, 100:] == output[:, 99:100]).all()


def test_shrinking_averages():
    """Stripes finer than the network's pixels become gray, not other stripes."""
    image = np.zeros((384, 512, 3), np.uint8)
    image[:, ::2] = 254
    np.testing.assert_allclose(preprocessed(image, 128, 96), 127 / 255, atol=1e-6)


def test_a_ramp_keeps_its_half_pixel_centres():
    ramp = np.arange(256, dtype=np.uint8)
    image = np.broadcast_to(ramp[None, :, None], (192, 256, 3)).copy()
    columns = preprocessed(image, 128, 96)[0, 0, 0] * 255
    expected = (np.arange(128) + 0.5) * 2 - 0.5
    np.testing.assert_allclose(columns, expected, atol=0.5 + 1e-4)


@pytest.mark.parametrize('factor', [4, 5.625, 8, 11.25])
def test_shrinking_a_large_image_in_steps_is_averaging_it_at_once(factor):
    rng = np.random.default_rng(0)
    width, height = round(160 * factor), round(96 * factor)
    image = cv2.GaussianBlur(rng.integers(0, 256, (height, width, 3), np.uint8), (0, 0), 4)
    image = cv2.normalize(image, None, 0, 255, cv2.NORM_MINMAX)
    expected = cv2.resize(image, (160, 96), interpolation=cv2.INTER_AREA)
    difference = preprocessed(image, 160, 96)[0].transpose(1, 2, 0) * 255 - expected
    assert abs(difference.mean()) <= 0.5
    assert np.abs(difference).max() <= 10


@pytest.mark.parametrize('view', ['rows', 'reversed'])
def test_any_memory_layout_gives_the_same(view):
    pixels = np.random.default_rng(0).integers(0, 256, (128, 160, 3), np.uint8)
    if view == 'rows':
        layout = np.zeros((128, 170, 3), np.uint8)[:, :160]
        layout[:] = pixels
    else:
        layout = np.ascontiguousarray(pixels[..., ::-1])[..., ::-1]
    assert not layout.flags.c_contiguous
    expected = preprocessed(pixels, 128, 96)
    assert np.array_equal(preprocessed(layout, 128, 96), expected)


def test_buffers_stay_while_the_size_stays():
    preprocess = Preprocessor()
    fit = fit_image(128, 96, 128, 96)
    black, white = (np.full((96, 128, 3), value, np.uint8) for value in (0, 255))
    first = preprocess(black, fit)
    assert preprocess(white, fit) is first
    assert (first == 1).all()
    other = fit_image(200, 96, 200, 96)
    assert preprocess(np.zeros((96, 200, 3), np.uint8), other).shape == (1, 3, 96, 224)
