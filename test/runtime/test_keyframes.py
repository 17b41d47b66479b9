"""Time, motion, change or a request make a keyframe, and blur none."""

import math

import cv2
import numpy as np
import pytest

from depth_nodes.errors import ConfigError
from depth_nodes.runtime.keyframes import (
    image_change,
    KeyframeConfig,
    KeyframeSelector,
    motion,
    Pose,
    sharpness,
)

RNG = np.random.default_rng(0)
COARSE = RNG.integers(0, 256, (45, 160, 3), np.uint8)
WIDE = cv2.resize(COARSE, (1280, 360), interpolation=cv2.INTER_CUBIC)


def view(column: int = 0) -> np.ndarray:
    """What a camera of 640x360 sees that has turned right by so many pixels."""
    return np.ascontiguousarray(WIDE[:, column : column + 640])


def pose(x_m: float = 0.0, yaw_deg: float = 0.0) -> Pose:
    half = math.radians(yaw_deg) / 2
    quaternion = np.array([0.0, 0.0, math.sin(half), math.cos(half)])
    return Pose(np.array([x_m, 0.0, 0.0]), quaternion)


@pytest.fixture
def selector():
    """One whose last keyframe was at 100 s, and that has seen sharp frames since."""
    selector = KeyframeSelector(KeyframeConfig(max_period_s=5.0))
    assert selector.consider(view(), 100.0, pose()) == (True, 'first')
    for step in range(9):
        assert selector.consider(view(), 100 + step / 100, pose()) == (False, 'unchanged')
    return selector


def test_a_view_that_stays_waits_for_the_period(selector):
    for now_s in (100.1, 102.0, 104.9):
        assert selector.consider(view(), now_s, pose()) == (False, 'unchanged')
    assert selector.consider(view(), 105.0, pose()) == (True, 'period')
    assert selector.consider(view(), 109.9, pose()) == (False, 'unchanged')


@pytest.mark.parametrize(
    ('x_m', 'yaw_deg', 'is_keyframe'),
    [(0.29, 14.0, False), (0.31, 0.0, True), (-0.31, 0.0, True), (0.0, 16.0, True)],
)
def test_motion_makes_a_keyframe(selector, x_m, yaw_deg, is_keyframe):
    expected = (True, 'moved') if is_keyframe else (False, 'unchanged')
    assert selector.consider(view(), 100.5, pose(x_m, yaw_deg)) == expected


def test_motion_counts_from_the_last_keyframe(selector):
    for step in range(1, 10):
        is_keyframe = selector.consider(view(), 100 + step / 10, pose(0.11 * step)).is_keyframe
        assert is_keyframe == (step % 3 == 0)


def test_where_poses_are_known_the_image_does_not_matter(selector):
    assert selector.consider(view(600), 100.5, pose()) == (False, 'unchanged')
    assert selector.consider(view(600), 100.6, None) == (True, 'image changed')


@pytest.mark.parametrize(('column', 'is_keyframe'), [(0, False), (2, False), (100, True)])
def test_without_poses_the_image_tells(column, is_keyframe):
    selector = KeyframeSelector(KeyframeConfig())
    assert selector.consider(view(), 0.0).is_keyframe
    assert selector.consider(view(column), 0.1).is_keyframe == is_keyframe


def test_exposure_is_no_change():
    before, after = view()[..., 0].astype(np.float32), view(300)[..., 0].astype(np.float32)
    assert image_change(before, 0.5 * before + 20) == pytest.approx(0, abs=1e-6)
    assert image_change(before, after) > 0.5
    assert image_change(before, 255 - before) == pytest.approx(2)
    flat = np.full_like(before, 7)
    assert image_change(flat, flat + 20) == 0
    assert image_change(flat, before) == 1


def test_rotation_has_no_sign():
    _, angle_deg = motion(pose(), Pose(pose().position_m, -pose(yaw_deg=30).quaternion))
    assert angle_deg == pytest.approx(30)


def blurred(length_px: int) -> np.ndarray:
    """A camera that turns while it exposes; 60 degrees of view are 640 px."""
    return cv2.blur(view(), (length_px, 1))


def test_a_blurred_frame_waits_for_a_sharp_one(selector):
    assert sharpness(blurred(15)) < 0.6 * sharpness(view())
    assert selector.consider(blurred(15), 106.0, pose()) == (False, 'blurred')
    assert selector.consider(blurred(15), 109.0, pose()) == (False, 'blurred')
    assert selector.consider(view(), 109.1, pose()) == (True, 'period')


def test_a_little_less_sharp_is_sharp_enough(selector):
    assert 0.7 < sharpness(blurred(3)) / sharpness(view()) < 1
    assert selector.consider(blurred(3), 106.0, pose()).is_keyframe


def test_where_all_is_dull_that_becomes_usual(selector):
    decisions = [selector.consider(blurred(15), 106 + step / 10, pose()) for step in range(40)]
    assert decisions[1] == (False, 'blurred')
    assert any(decision.is_keyframe for decision in decisions)


def test_sharpness_is_of_the_scene_and_not_of_the_number_of_pixels():
    large = cv2.resize(view(), (1280, 720), interpolation=cv2.INTER_NEAREST)
    assert sharpness(large) == pytest.approx(sharpness(view()))


def test_a_request_makes_one_keyframe(selector):
    selector.request()
    assert selector.consider(view(), 100.3, pose()) == (True, 'requested')
    assert selector.consider(view(), 100.4, pose()) == (False, 'unchanged')


def test_a_request_waits_for_a_sharp_frame_a_second_at_most(selector):
    for first_s in (100.3, 103.3):  # whenever frames are looked at again
        selector.request()
        assert selector.consider(blurred(15), first_s, pose()) == (False, 'blurred')
        selector.request()  # does not begin anew
        assert selector.consider(blurred(15), first_s + 0.9, pose()) == (False, 'blurred')
        assert selector.consider(blurred(15), first_s + 1.0, pose()) == (True, 'requested')


@pytest.mark.parametrize('name', ['max_period_s', 'min_sharpness', 'min_image_change'])
@pytest.mark.parametrize('value', [-1.0, math.nan])
def test_a_value_that_means_nothing_is_refused(name, value):
    with pytest.raises(ConfigError, match=f'{name} is .*; give 0 or more'):
        KeyframeConfig(**{name: value})
