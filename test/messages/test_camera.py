import math

import numpy as np
import pytest

from depth_nodes.errors import InputError
from depth_nodes.messages.camera import (
    Camera,
    camera_from_message,
    fill_camera_info,
    raw_camera_from_message,
)

CAMERA = Camera(width_px=640, height_px=480, fx_px=525.5, fy_px=526.5, cx_px=319.25, cy_px=241.75)


def ray(camera: Camera, u: float, v: float) -> tuple[float, float]:
    return (u - camera.cx_px) / camera.fx_px, (v - camera.cy_px) / camera.fy_px


def info_of(make_message, camera: Camera = CAMERA):
    message = make_message('CameraInfo')
    fill_camera_info(message, camera)
    return message


def test_round_trip_through_a_message(make_message):
    message = info_of(make_message)
    camera = camera_from_message(message)
    assert not camera.is_distorted
    assert ray(camera, 12, 34) == ray(CAMERA, 12, 34)
    assert (camera.width_px, camera.height_px) == (640, 480)
    assert list(message.d) == [0.0] * 5
    np.testing.assert_array_equal(np.reshape(message.r, (3, 3)), np.eye(3))
    np.testing.assert_array_equal(
        np.reshape(message.p, (3, 4))[:, :3], np.reshape(message.k, (3, 3))
    )


def test_k_counts_where_p_is_empty(make_message):
    message = info_of(make_message)
    message.p = np.zeros(12)
    assert ray(camera_from_message(message), 5, 6) == ray(CAMERA, 5, 6)


def test_p_of_the_rectified_image_goes_before_k(make_message):
    message = info_of(make_message)
    message.k = np.array([900.0, 0, 1, 0, 901, 2, 0, 0, 1])
    message.distortion_model = 'plumb_bob'
    camera = camera_from_message(message)
    assert ray(camera, 5, 6) == ray(CAMERA, 5, 6)


def test_the_lens_has_k_whatever_p_says(make_message):
    message = info_of(make_message)
    message.p[0] = message.p[5] = 300.0
    raw = raw_camera_from_message(message)
    assert ray(raw, 5, 6) == ray(CAMERA, 5, 6)
    assert raw.stereo_offset_px_m == 0


def test_the_offset_of_a_right_camera_is_kept_and_follows_the_size(make_message):
    message = info_of(make_message)
    message.p[3] = -525.5 * 0.12
    camera = camera_from_message(message)
    assert camera.stereo_offset_px_m == pytest.approx(-525.5 * 0.12)
    half = info_of(make_message, camera.resized(320, 120))
    assert half.p[3] == pytest.approx(-525.5 * 0.12 / 2)
    assert half.p[3] / half.p[0] == pytest.approx(-0.12)
    message.p = np.zeros(12)
    assert camera_from_message(message).stereo_offset_px_m == 0


def test_distortion_is_seen(make_message):
    message = info_of(make_message)
    distortion = np.array([0.1, 0, 0, 0, 0])
    message.d = distortion if isinstance(message.d, np.ndarray) else distortion.tolist()
    assert camera_from_message(message).is_distorted


def test_region_of_interest_keeps_rays(make_message):
    message = info_of(make_message)
    message.roi.x_offset, message.roi.y_offset = 100, 50
    message.roi.width, message.roi.height = 200, 120
    camera = camera_from_message(message)
    assert (camera.width_px, camera.height_px) == (200, 120)
    assert ray(camera, 7, 9) == pytest.approx(ray(CAMERA, 107, 59), abs=1e-12)


@pytest.mark.parametrize('width', [640, 641, 643])
def test_a_binned_pixel_looks_along_the_middle_of_its_bin(make_message, width):
    camera = Camera(
        width_px=width, height_px=481, fx_px=500.0, fy_px=510.0, cx_px=300.0, cy_px=200.0
    )
    message = info_of(make_message, camera)
    message.binning_x, message.binning_y = 4, 2
    binned = camera_from_message(message)
    assert (binned.width_px, binned.height_px) == (width // 4, 240)
    # Bin (3, 5) covers columns 12-15 and rows 10-11.
    assert ray(binned, 3, 5) == pytest.approx(ray(camera, 13.5, 10.5), abs=1e-12)


def test_region_and_binning_together(make_message):
    message = info_of(make_message)
    message.roi.x_offset, message.roi.y_offset = 100, 50
    message.roi.width, message.roi.height = 200, 120
    message.binning_x = message.binning_y = 2
    camera = camera_from_message(message)
    assert (camera.width_px, camera.height_px) == (100, 60)
    assert ray(camera, 0, 0) == pytest.approx(ray(CAMERA, 100.5, 50.5), abs=1e-12)


def test_uncalibrated_cameras_are_refused(make_message):
    message = make_message('CameraInfo')
    message.width, message.height = 640, 480
    with pytest.raises(InputError, match='no calibration.*; calibrate the camera'):
        camera_from_message(message)


@pytest.mark.parametrize('value', [-525.5, math.nan, math.inf, 0.0, 1e-20, 1e20])
def test_a_projection_that_is_not_empty_is_never_passed_over(make_message, value):
    message = info_of(make_message)
    message.p[0] = value
    with pytest.raises(InputError, match='; (calibrate|give)'):
        camera_from_message(message)


@pytest.mark.parametrize('value', [-525.5, math.nan])
def test_a_calibration_that_is_none_is_named(make_message, value):
    message = info_of(make_message)
    message.k[0] = value
    with pytest.raises(InputError, match=rf'K\[0\] is {value:g}'):
        camera_from_message(message)


def test_a_message_without_size_is_refused(make_message):
    message = info_of(make_message)
    message.width = 0
    with pytest.raises(InputError, match='0x480 has no pixels; correct its width'):
        camera_from_message(message)


@pytest.mark.parametrize(
    'change',
    [
        {'fx_px': 0.0},
        {'fy_px': -1.0},
        {'cx_px': float('nan')},
        {'fx_px': float('inf')},
        {'stereo_offset_px_m': float('nan')},
    ],
)
def test_impossible_intrinsics_are_refused(change):
    values = {'fx_px': 100.0, 'fy_px': 100.0, 'cx_px': 1.0, 'cy_px': 1.0} | change
    with pytest.raises(InputError, match='calibrate the camera'):
        Camera(width_px=64, height_px=48, **values)


def test_resizing_keeps_the_rays_of_the_image_edges():
    resized = CAMERA.resized(320, 120)
    assert ray(resized, -0.5, -0.5) == pytest.approx(ray(CAMERA, -0.5, -0.5), abs=1e-12)
    assert ray(resized, 319.5, 119.5) == pytest.approx(ray(CAMERA, 639.5, 479.5), abs=1e-12)
    back = resized.resized(640, 480)
    assert ray(back, 3, 4) == pytest.approx(ray(CAMERA, 3, 4), abs=1e-12)


def test_field_of_view_spans_the_image():
    camera = Camera.from_fov(200, 100, 90.0)
    assert ray(camera, -0.5, 49.5) == pytest.approx((-1.0, 0.0))
    assert ray(camera, 199.5, 49.5) == pytest.approx((1.0, 0.0))
    assert camera.fx_px == camera.fy_px
