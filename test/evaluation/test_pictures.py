import cv2
import numpy as np
import pytest

from depth_nodes.errors import InputError
from depth_nodes.evaluation.pictures import (
    BEYOND,
    colour_depth,
    depth_range,
    draw_depth,
    UNKNOWN,
    write_picture,
)

IMAGE = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
DEPTH_M = np.linspace(1, 8, 48 * 64, dtype=np.float32).reshape(48, 64)


def test_range_holds_the_valid_depths_of_all_pictures():
    depth_m = np.array([[np.nan, 2.0, -np.inf], [np.inf, 0.0, 4.0]], np.float32)
    near, far = depth_range([depth_m, np.full((2, 3), 9.0, np.float32)])
    assert 1.5 < near < 2.0 + 0.2
    assert 9.0 < far < 10.0
    assert depth_range([np.full((2, 2), np.nan, np.float32)]) == (0.1, 100.0)


def test_range_of_one_depth_is_no_point():
    near, far = depth_range([np.full((2, 2), 3.0, np.float32)])
    assert near < 3.0 < far


def test_near_is_red_far_is_blue_and_invalid_is_no_depth():
    depth_m = np.array([[1.0, 10.0, np.nan, -np.inf, 0.0, np.inf]], np.float32)
    near, far, *rest = colour_depth(depth_m, (1.0, 10.0))[0].tolist()
    assert near[0] > near[2]
    assert far[2] > far[0]
    assert rest == [list(UNKNOWN)] * 3 + [list(BEYOND)]


def test_equal_ratios_of_depth_are_equal_steps_of_the_scale():
    ramp = np.geomspace(1, 16, 5, dtype=np.float32)[None]
    wide = np.geomspace(3, 48, 5, dtype=np.float32)[None]
    np.testing.assert_array_equal(colour_depth(ramp, (1, 16)), colour_depth(wide, (3, 48)))


@pytest.mark.parametrize('size', [(48, 64), (24, 32), (96, 128)])
def test_depth_of_any_size_and_truth_are_drawn_beside_the_image(size):
    depth_m = cv2.resize(DEPTH_M, size[::-1])
    alone = draw_depth(IMAGE, depth_m, None, height_px=96)
    both = draw_depth(IMAGE, depth_m, DEPTH_M, height_px=96)
    assert both.shape[1] - alone.shape[1] == 128 + 16
    assert both.shape[0] == alone.shape[0]


def test_panels_of_wide_images_lie_below_each_other():
    wide = np.zeros((48, 160, 3), np.uint8)
    depth_m = np.full((48, 160), 2.0, np.float32)
    one, two = (draw_depth(wide, depth_m, truth, height_px=96) for truth in (None, depth_m))
    assert two.shape[0] - one.shape[0] == pytest.approx(96, abs=60)
    assert two.shape[1] == one.shape[1]


def coloured_share(picture: np.ndarray) -> float:
    """Share of pixels that are neither gray nor dark."""
    return float(np.mean(np.ptp(picture.astype(int), axis=-1) > 60))


@pytest.mark.parametrize('stride', [2, 4])
def test_truth_at_every_nth_pixel_is_drawn_without_gaps(stride):
    sparse = np.full_like(DEPTH_M, np.nan)
    sparse[::stride, ::stride] = DEPTH_M[::stride, ::stride]
    gray = np.zeros_like(IMAGE)
    full = coloured_share(draw_depth(gray, DEPTH_M, DEPTH_M, height_px=96))
    assert coloured_share(draw_depth(gray, DEPTH_M, sparse, height_px=96)) > 0.95 * full


def test_a_picture_that_cannot_be_written_is_an_error(tmp_path):
    with pytest.raises(InputError, match='cannot be written'):
        write_picture(tmp_path / 'none' / 'a.png', IMAGE)


def test_written_picture_is_the_picture(tmp_path):
    write_picture(str(tmp_path / 'a.png'), IMAGE)
    np.testing.assert_array_equal(cv2.imread(str(tmp_path / 'a.png'))[..., ::-1], IMAGE)
