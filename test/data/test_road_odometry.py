"""The path of a rendered drive, from its images and the camera's height alone."""

from dataclasses import replace

import numpy as np
import pytest
from tiny_drive import CAMERA_HEIGHT_M, STEP_M, tiny_drive, without_labels

from depth_nodes.data.road_odometry import RoadConfig, with_road_poses
from depth_nodes.errors import InputError

ROAD = RoadConfig(camera_height_m=CAMERA_HEIGHT_M, near_m=5.0, far_m=15.0)


@pytest.fixture(scope='module')
def frames():
    return tiny_drive(6)


def _relative(poses):
    return [np.linalg.inv(a) @ b for a, b in zip(poses[:-1], poses[1:], strict=True)]


def test_steps_are_metric(frames):
    found = [sample.world_from_camera for sample in with_road_poses(without_labels(frames), ROAD)]
    truth = [sample.world_from_camera for sample in frames]
    np.testing.assert_array_equal(found[0], np.eye(4))
    for step, exact in zip(_relative(found), _relative(truth), strict=True):
        assert np.linalg.norm(step[:3, 3]) == pytest.approx(STEP_M, rel=0.04)
        np.testing.assert_allclose(step[:3, :3], exact[:3, :3], atol=0.006)
        np.testing.assert_allclose(step[:3, 3], exact[:3, 3], atol=0.08)


def test_steps_scale_with_the_height(frames):
    half = replace(ROAD, camera_height_m=CAMERA_HEIGHT_M / 2, near_m=2.5, far_m=7.5)
    half = replace(half, half_width_m=1.2)
    found = [sample.world_from_camera for sample in with_road_poses(without_labels(frames), half)]
    assert np.linalg.norm(_relative(found)[2][:3, 3]) == pytest.approx(STEP_M / 2, rel=0.1)


def test_a_standing_car_stays(frames):
    standing = without_labels([frames[0]] * 4)
    for sample in with_road_poses(standing, ROAD):
        np.testing.assert_allclose(sample.world_from_camera, np.eye(4))


def test_errors_say_what_to_do(frames):
    with pytest.raises(InputError, match='has no intrinsics'):
        list(with_road_poses([replace(frames[0], camera=None)], ROAD))
    noise = np.random.default_rng(0)
    strange = [
        replace(frame, image=noise.integers(0, 255, frame.image.shape, np.uint8))
        for frame in without_labels(frames[:3])
    ]
    with pytest.raises(InputError, match='camera_height_m'):
        list(with_road_poses(strange, replace(ROAD, min_correlation=0.9)))


def test_images_of_two_sizes_are_told(frames):
    bare = without_labels(frames[:2])
    smaller = replace(bare[1], image=np.ascontiguousarray(bare[1].image[::2, ::2]))
    with pytest.raises(InputError, match='of one size'):
        list(with_road_poses([bare[0], smaller], RoadConfig(camera_height_m=CAMERA_HEIGHT_M)))
