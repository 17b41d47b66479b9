"""Views stay true to their intrinsics."""

from dataclasses import replace

import numpy as np
import pytest

from depth_nodes.data.sample import Sample
from depth_nodes.data.transforms import (
    AugmentationConfig,
    MIRROR,
    Neighbour,
    random_view,
    view_of_window,
    Window,
)
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


def test_frames_without_a_camera_are_refused():
    sample = replace(slanted_plane(), name='7', camera=None)
    with pytest.raises(InputError, match='frame 7 has no camera'):
        view_of_window(sample, Window(120, 160, 0, 0, 120, 160))


def test_views_of_frames_without_label_have_unknown_depth():
    labelled = slanted_plane()
    views = [
        random_view(sample, (64, 96), AugmentationConfig(), np.random.default_rng(3))
        for sample in (labelled, replace(labelled, depth_m=None))
    ]
    assert views[1].depth_m.shape == (64, 96)
    assert not views[1].depth_m.any()
    assert views[1].disparity_px is None
    np.testing.assert_array_equal(views[0].image, views[1].image)


@pytest.mark.parametrize('flip_probability', [0.0, 1.0])
def test_the_camera_of_a_view_sees_each_pixel_in_its_direction(flip_probability):
    sample = replace(slanted_plane(), camera=replace(slanted_plane().camera, cx_px=70.0, cy_px=9))
    config = replace(PLAIN, flip_probability=flip_probability)
    for seed in range(5):
        view = random_view(sample, (64, 96), config, np.random.default_rng(seed))
        inside = view.image[5, 2:-2, 0].astype(float)
        # The colour is the column of the frame. Rounded means of pixels are off by less than
        # one, to both sides alike.
        expected = (inside - sample.camera.cx_px) / sample.camera.fx_px
        seen = (np.arange(2, 94) - view.camera.cx_px) / view.camera.fx_px
        sign = -1 if flip_probability else 1
        off_px = (sign * seen - expected) * sample.camera.fx_px
        assert np.abs(off_px).max() < 0.9
        assert abs(off_px.mean()) < 0.2
        row_down = (np.arange(64) - view.camera.cy_px) / view.camera.fy_px
        frame_rows = row_down * sample.camera.fy_px + sample.camera.cy_px
        expected_depth = 1 / (0.1 + 0.001 * inside[0] + 0.002 * frame_rows)
        np.testing.assert_allclose(view.depth_m[:, 2], expected_depth, rtol=0.02)


def coloured_plane(seed=0):
    colours = np.random.default_rng(seed).integers(40, 216, (120, 160, 3), dtype=np.uint8)
    return replace(slanted_plane(), image=colours)


def test_neighbours_are_cut_mirrored_and_coloured_as_the_view_is():
    sample = coloured_plane()
    config = AugmentationConfig(
        color_strength=1.0, gray_probability=0.3, noise_probability=0.0, jpeg_probability=0.5
    )
    for seed in range(8):
        # The same image as its own neighbour must come out the same.
        view = random_view(
            sample, (64, 96), config, np.random.default_rng(seed), [Neighbour(sample.image)]
        )
        np.testing.assert_array_equal(view.neighbours[0].image, view.image)
        assert view.neighbours[0].neighbour_from_view is None


def test_neighbours_get_the_same_wear_with_other_noise():
    sample = coloured_plane()
    config = replace(PLAIN, noise_probability=1.0)
    around = [Neighbour(sample.image)] * 3
    view = random_view(sample, (64, 96), config, np.random.default_rng(1), around)
    images = [view.image.astype(int), *(one.image.astype(int) for one in view.neighbours)]
    differences = [np.abs(a - b).mean() for i, a in enumerate(images) for b in images[i + 1 :]]
    assert min(differences) > 0.3
    assert max(differences) < 1.1 * min(differences)
    assert max(abs(image.mean() - images[0].mean()) for image in images) < 0.5


def test_neighbours_change_nothing_of_the_view():
    sample, other = coloured_plane(0), coloured_plane(1)
    config = AugmentationConfig(noise_probability=0.5, jpeg_probability=0.5)
    for seed in range(8):
        alone, compared = (
            random_view(sample, (64, 96), config, np.random.default_rng(seed), around)
            for around in ((), [Neighbour(other.image)] * 2)
        )
        np.testing.assert_array_equal(alone.image, compared.image)
        np.testing.assert_array_equal(alone.depth_m, compared.depth_m)
        assert alone.camera == compared.camera
        assert len(compared.neighbours) == 2


@pytest.mark.parametrize('flip_probability', [0.0, 1.0])
def test_poses_lead_from_the_view_to_its_neighbours(flip_probability):
    sample = slanted_plane()
    pose = np.eye(4)
    angle = 0.1
    pose[:3, :3] = [
        [np.cos(angle), -np.sin(angle), 0],
        [np.sin(angle), np.cos(angle), 0],
        [0, 0, 1],
    ]
    pose[:3, 3] = (0.3, -0.2, 0.8)
    config = replace(PLAIN, flip_probability=flip_probability)
    view = random_view(
        sample, (64, 96), config, np.random.default_rng(0), [Neighbour(sample.image, pose)]
    )
    point = np.array([1.0, 2.0, 5.0, 1.0])
    seen = MIRROR if flip_probability else np.eye(4)
    np.testing.assert_allclose(
        view.neighbours[0].neighbour_from_view @ seen @ point, seen @ pose @ point
    )
