from dataclasses import replace

import numpy as np
import pytest

from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.sensor import Sensor

CLEAN = Sensor(
    blur_px=0.01, contrast=0.0, vignette=0.0, read_noise=0.0, shot_noise=0.0, drift=0.0, gamma=2.0
)


def draw(seed: int = 0) -> Draw:
    return Draw(np.random.Generator(np.random.PCG64(seed)))


def grey(level: float) -> np.ndarray:
    return np.full((40, 60, 3), level, np.float32)


def test_exposure_brings_the_geometric_mean_to_the_target() -> None:
    assert CLEAN.exposure(grey(0.1), None, draw()) == pytest.approx(0.22 / 0.11, rel=1e-5)


def test_nights_stay_dark() -> None:
    assert CLEAN.exposure(grey(1e-4), None, draw()) == CLEAN.max_exposure


def test_exposure_follows_a_change_of_light_slowly() -> None:
    exposures = [1.0]
    for _ in range(12):
        exposures.append(CLEAN.exposure(grey(0.43), exposures[-1], draw()))
    assert exposures[1] == pytest.approx(0.5**0.3, rel=1e-5)
    assert all(b < a for a, b in zip(exposures, exposures[1:], strict=False))
    assert exposures[-1] == pytest.approx(0.5, rel=0.02)


def test_exposure_drifts_where_the_camera_does() -> None:
    random = draw()
    drifting = replace(CLEAN, drift=0.05)
    values = [drifting.exposure(grey(0.21), 1.0, random) for _ in range(300)]
    assert np.std(np.log(values)) == pytest.approx(0.05, rel=0.2)


def test_encoding_is_a_power_with_a_soft_shoulder() -> None:
    picture = CLEAN.picture(grey(0.25), 1.0, draw())
    np.testing.assert_allclose(picture, 127.5, atol=1)
    bright = CLEAN.picture(grey(3.0), 1.0, draw())
    assert 250 <= bright.min() <= bright.max() <= 255


def test_a_grey_camera_has_no_colour() -> None:
    colourful = np.zeros((20, 20, 3), np.float32)
    colourful[..., 0] = 0.5
    picture = replace(CLEAN, saturation=0.0).picture(colourful, 1.0, draw()).astype(int)
    assert np.ptp(picture, axis=-1).max() <= 1


def test_noise_grows_with_light_as_photons_do() -> None:
    noisy = replace(CLEAN, shot_noise=0.02)
    spread = []
    for level in (0.04, 0.36):
        picture = noisy.picture(np.full((200, 200, 3), level, np.float32), 1.0, draw())
        spread.append(np.std((picture / 255.0) ** 2))
    assert spread[0] == pytest.approx(0.02 * 0.2, rel=0.1)
    assert spread[1] == pytest.approx(0.02 * 0.6, rel=0.1)


def test_corners_lose_light() -> None:
    picture = replace(CLEAN, vignette=0.3).picture(grey(0.25), 1.0, draw()).astype(float)
    assert (picture[0, 0] / picture[20, 30]) ** 2 == pytest.approx([0.7] * 3, rel=0.02)


def test_lens_and_motion_blur_keep_the_light() -> None:
    dot = np.zeros((41, 41, 3), np.float32)
    dot[20, 20] = 0.5
    moving = replace(CLEAN, motion_px=(4.0, 0.0))
    picture = (moving.picture(dot, 1.0, draw()) / 255.0) ** 2
    assert np.count_nonzero(picture[20, :, 0] > 0.02) == 5
    assert picture[..., 0].sum() == pytest.approx(0.5, rel=0.1)
    blurred = (replace(CLEAN, blur_px=1.0).picture(dot, 1.0, draw()) / 255.0) ** 2
    assert 0.05 < blurred[20, 20, 0] < 0.1


def test_aberration_makes_the_red_picture_larger() -> None:
    edge = np.zeros((40, 401, 3), np.float32)
    edge[:, 380:] = 0.5
    picture = replace(CLEAN, aberration=0.01).picture(edge, 1.0, draw())
    first = [int(np.argmax(picture[20, :, channel] > 90)) for channel in range(3)]
    assert first[0] > first[1] > first[2]


def test_compression_leaves_marks() -> None:
    texture = draw().generator.random((48, 64, 3), np.float32)
    plain = CLEAN.picture(texture, 1.0, draw()).astype(float)
    marked = replace(CLEAN, jpeg_quality=60).picture(texture, 1.0, draw())
    assert marked.shape == plain.shape
    assert 3 < np.abs(plain - marked).mean() < 60


def test_drawn_sensors_differ_and_are_mostly_good() -> None:
    sensors = [Sensor.drawn(draw(seed)) for seed in range(300)]
    assert len({sensor.gains for sensor in sensors}) == 300
    assert 0.02 < np.mean([sensor.saturation == 0 for sensor in sensors]) < 0.12
    assert np.mean([0.1 <= sensor.target_level <= 0.28 for sensor in sensors]) > 0.75
    assert 0.4 < np.mean([sensor.jpeg_quality is not None for sensor in sensors]) < 0.8


def test_sharpening_overshoots_at_edges_only() -> None:
    edge = np.full((20, 40, 3), 0.09, np.float32)
    edge[:, 20:] = 0.36
    picture = replace(CLEAN, sharpening=0.5).picture(edge, 1.0, draw()).astype(int)
    np.testing.assert_allclose(picture[10, [2, 37], 0], [76, 153], atol=1)
    assert picture[10, 19, 0] < 70
    assert picture[10, 20, 0] > 160
