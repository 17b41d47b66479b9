import numpy as np
import pytest

from depth_nodes.data.sample import Sample
from depth_nodes.evaluation.flip import flip_averaged, mirrored
from depth_nodes.messages.camera import Camera

IMAGE = np.random.default_rng(0).integers(0, 256, (8, 12, 3), np.uint8)
CAMERA = Camera(width_px=12, height_px=8, fx_px=9.0, fy_px=9.0, cx_px=4.0, cy_px=3.0)
SAMPLE = Sample(name='a', image=IMAGE, camera=CAMERA)


def brightness(sample: Sample) -> np.ndarray:
    """A predictor without left or right."""
    return 1 + sample.image.sum(axis=-1).astype(np.float32)


def column(sample: Sample) -> np.ndarray:
    """One that sees nothing but left and right."""
    height, width = sample.image.shape[:2]
    return np.broadcast_to(1 + np.arange(width, dtype=np.float32), (height, width)).copy()


def test_mirroring_twice_gives_the_sample_back():
    twice = mirrored(mirrored(SAMPLE))
    np.testing.assert_array_equal(twice.image, IMAGE)
    assert twice.camera == CAMERA


def test_a_point_is_mirrored_about_the_middle_of_the_image():
    # The principal point stays at the pixel that it was seen at: centres are at integers.
    assert mirrored(SAMPLE).camera.cx_px == 12 - 1 - 4.0
    np.testing.assert_array_equal(mirrored(SAMPLE).image[:, 7], IMAGE[:, 4])


def test_a_predictor_without_left_or_right_is_left_alone():
    depth = brightness(SAMPLE)
    np.testing.assert_allclose(flip_averaged(brightness, SAMPLE, depth), depth, rtol=1e-6)


def test_the_mean_is_that_of_inverse_depth():
    depth = flip_averaged(column, SAMPLE, column(SAMPLE))
    left = np.arange(1, 13)
    np.testing.assert_allclose(depth[3], 2 / (1 / left + 1 / left[::-1]), rtol=1e-6)
    np.testing.assert_array_equal(depth, depth[:, ::-1])


@pytest.mark.parametrize(
    ('one', 'other', 'expected'),
    [
        (np.inf, 2.0, 4.0),
        (np.inf, np.inf, np.inf),
        (-np.inf, 2.0, -np.inf),
        (-np.inf, np.inf, -np.inf),
        (np.nan, 2.0, np.nan),
    ],
)
def test_too_far_is_an_inverse_depth_of_nothing_and_too_near_stays(one, other, expected):
    def predict(sample: Sample) -> np.ndarray:
        return np.full(sample.image.shape[:2], other, np.float32)

    depth = flip_averaged(predict, SAMPLE, np.full((8, 12), one, np.float32))
    np.testing.assert_array_equal(depth, np.full((8, 12), expected, np.float32))
