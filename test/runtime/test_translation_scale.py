"""Features of a made-up world, seen before and after a known motion."""

import math

import cv2
import numpy as np
import pytest

from depth_nodes.runtime.translation_scale import Motion, scale_from_motion

FOCAL_PX = 300.0
SIDEWAYS, AHEAD = np.array([0.3, 0.0, 0.05]), np.array([0.02, 0.0, 0.8])


def motion(random, translation, factor=1.0, num=150, pixel_noise=0.2, turn_error=0.0):
    """30 % of the depths are wrong, 10 % of the tracks."""
    z = random.uniform(2, 8, num)
    start = np.column_stack([random.uniform(-0.7, 0.7, (num, 2)), np.ones(num)])
    pose = np.eye(4)
    pose[:3, :3] = cv2.Rodrigues(np.array([0.01, 0.05, -0.02]))[0]
    pose[:3, 3] = -translation
    turned = cv2.Rodrigues(np.array([0, turn_error, 0]))[0] @ pose[:3, :3]
    points = (start * z[:, None]) @ turned.T + pose[:3, 3]
    end = points / points[:, 2:]
    end[:, :2] += random.normal(0, pixel_noise / FOCAL_PX, (num, 2))
    end[: num // 10, :2] += random.uniform(-0.1, 0.1, (num // 10, 2))
    depth = z / factor
    depth[-num * 3 // 10 :] *= random.uniform(0.2, 5, num * 3 // 10)
    return Motion(start=start, end=end, depth=depth, end_from_start=pose, focal_px=FOCAL_PX)


@pytest.mark.parametrize('factor', [0.2, 1.0, 20.0])
@pytest.mark.parametrize('translation', [SIDEWAYS, AHEAD], ids=['sideways', 'ahead'])
def test_scale_of_a_known_motion(translation, factor):
    measurement = scale_from_motion(motion(np.random.default_rng(0), translation, factor))
    assert math.exp(measurement.log_scale) == pytest.approx(factor, rel=0.03)


def test_variance_covers_the_error_of_the_turn():
    """Odometry that is wrong by a third of a degree."""
    errors = []
    for seed in range(20):
        random = np.random.default_rng(seed)
        one = motion(random, SIDEWAYS, turn_error=random.normal(0, 0.006))
        measurement = scale_from_motion(one)
        errors.append(measurement.log_scale / math.sqrt(measurement.variance))
    assert np.sqrt(np.mean(np.square(errors))) < 1.5


def test_nothing_without_motion():
    assert scale_from_motion(motion(np.random.default_rng(0), 0.02 * SIDEWAYS)) is None


@pytest.mark.parametrize('num', [0, 10])
def test_nothing_from_few_features(num):
    assert scale_from_motion(motion(np.random.default_rng(0), SIDEWAYS, num=num)) is None
