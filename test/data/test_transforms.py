"""Views stay true to their intrinsics."""

from dataclasses import replace

import numpy as np
import pytest

from depth_nodes.data.sample import Sample
from depth_nodes.data.transforms import AugmentationConfig, random_view, view_of_window, Window
from depth_nodes.errors import InputError
from depth_nodes.messages.camera import Camera

PLAIN = AugmentationConfig(
    flip_probability=0.0, color_strength=0.0, gray_probability=0.0, noise_probability=0.0
)


def slanted_plane(stride=1, size=(120, 160)):
    """A sample whose inverse depth is affine in the pixel, and whose colour is the column."""
    camera = Camera.from_fov(size[1], size[0], 70.0)
    rows, columns = np.mgrid[0 : size[0], 0 : size[1]]
    depth = (1 / (0.1 + 0.001 * columns + 0.002 * rows)).astype(np.float32)
    image = np.repeat(columns[..., None], 3, axis=2).astype(np.uint8)
    return Sample(
        name='000000',
        image=image,
        camera=camera,
        depth_m=depth[::stride, ::stride].copy(),
        depth_stride=stride,
    )


@pytest.mark.parametrize('stride', [1, 2])
@pytest.mark.parametrize('scale', [0.5, 1.0, 1.5])
def test_a_window_shows_the_depth_of_its_pixels(stride, scale):
    sample = slanted_plane(stride)
    height, width = round(120 * scale), round(160 * scale)
    view = view_of_window(sample, Window(height, width, 4, 6, 32, 64))
    rows, columns = np.mgrid[4:36, 6:70]
    source_row, source_column = (rows + 0.5) / scale - 0.5, (columns + 0.5) / scale - 0.5
    expected = 0.1 + 0.001 * source_column + 0.002 * source_row
    # The nearest sample lies at most half a grid step away in each direction.
    np.testing.assert_allclose(1 / view.depth_m, expected, atol=stride / 2 * 0.003 + 1e-6)
    assert view.focal_px == pytest.approx(sample.camera.fx_px * scale)
    np.testing.assert_allclose(view.image[..., 0], source_column, atol=1.01)


def test_random_views_keep_image_and_depth_together():
    sample = slanted_plane()
    config = AugmentationConfig(
        flip_probability=0.5, color_strength=0.0, gray_probability=0.0, noise_probability=0.0
    )
    random = np.random.default_rng(0)
    slopes = set()
    for _ in range(20):
        view = random_view(sample, (64, 96), config, random)
        assert view.image.shape == (64, 96, 3)
        slope = np.sign(float(view.image[0, -1, 0]) - float(view.image[0, 0, 0]))
        depth_slope = np.sign(view.depth_m[0, 0] - view.depth_m[0, -1])
        assert slope == depth_slope
        slopes.add(slope)
        zoom = view.focal_px / sample.camera.fx_px
        assert 0.6 - 0.01 <= zoom <= 0.6 * config.max_zoom + 0.01
    assert slopes == {1.0, -1.0}


def test_the_same_generator_gives_the_same_view():
    sample, config = slanted_plane(), AugmentationConfig()
    first = random_view(sample, (64, 96), config, np.random.default_rng(3))
    second = random_view(sample, (64, 96), config, np.random.default_rng(3))
    np.testing.assert_array_equal(first.image, second.image)
    np.testing.assert_array_equal(first.depth_m, second.depth_m)


def test_colours_change_and_depth_does_not():
    sample = slanted_plane()
    strong = AugmentationConfig(flip_probability=0.0, color_strength=1.0, noise_probability=1.0)
    plain = random_view(sample, (120, 160), PLAIN, np.random.default_rng(5))
    recolored = random_view(sample, (120, 160), strong, np.random.default_rng(5))
    np.testing.assert_array_equal(plain.depth_m, recolored.depth_m)
    difference = np.abs(plain.image.astype(int) - recolored.image.astype(int))
    assert difference.mean() > 3


def one_effect(**effect):
    """A view without any change of colour, and the same view with one effect."""
    sample = slanted_plane()
    configs = PLAIN, replace(PLAIN, **effect)
    return (random_view(sample, (96, 128), c, np.random.default_rng(5)) for c in configs)


@pytest.mark.parametrize('effect', ['noise_probability', 'jpeg_probability'])
def test_wear_changes_pixels_a_little_and_depth_not_at_all(effect):
    plain, worn = one_effect(**{effect: 1.0})
    difference = np.abs(plain.image.astype(int) - worn.image.astype(int))
    assert 0.1 < difference.mean() < 20
    np.testing.assert_array_equal(plain.depth_m, worn.depth_m)


def test_gray_is_the_mean_of_the_channels():
    sample = slanted_plane()
    colours = np.random.default_rng(0).integers(0, 256, sample.image.shape, dtype=np.uint8)
    config = replace(PLAIN, max_zoom=1.0, gray_probability=1.0)
    view = random_view(
        replace(sample, image=colours), (120, 160), config, np.random.default_rng(0)
    )
    expected = np.repeat(colours.mean(axis=2, keepdims=True), 3, axis=2)
    np.testing.assert_allclose(view.image, expected, atol=1)


def test_no_strength_leaves_colours_alone():
    sample = slanted_plane()
    config = AugmentationConfig(
        max_zoom=1.0,
        flip_probability=0.0,
        color_strength=0.0,
        gray_probability=0.0,
        noise_probability=0.0,
    )
    view = random_view(sample, (120, 160), config, np.random.default_rng(0))
    np.testing.assert_array_equal(view.image, sample.image)


@pytest.mark.parametrize('flip_probability', [0.0, 1.0])
def test_disparity_is_cut_as_depth_is(flip_probability):
    with_depth = slanted_plane(stride=2)
    disparity = (100 / with_depth.depth_m).astype(np.float32)
    with_disparity = replace(with_depth, depth_m=None, disparity_px=disparity)
    config = replace(PLAIN, flip_probability=flip_probability)
    depth_view, view = (
        random_view(sample, (64, 96), config, np.random.default_rng(2))
        for sample in (with_depth, with_disparity)
    )
    np.testing.assert_allclose(view.disparity_px, 100 / depth_view.depth_m, rtol=1e-6)
    assert depth_view.disparity_px is None
    assert not view.depth_m.any()
    np.testing.assert_array_equal(view.image, depth_view.image)


def test_frames_without_labels_are_refused():
    sample = Sample(name='7', image=np.zeros((120, 160, 3), np.uint8))
    with pytest.raises(InputError, match='frame 7'):
        view_of_window(sample, Window(120, 160, 0, 0, 120, 160))
