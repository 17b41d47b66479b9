"""Frames are compared with what the same camera saw from elsewhere."""

from dataclasses import replace

import numpy as np
import pytest
from tiny_drive import CAMERA, STEP_M, tiny_drive

from depth_nodes.data.sample import Sample
from depth_nodes.training.neighbours import neighbours_of_frames


def frames(count, spacing_m=0.5):
    """Posed frames of noise, `spacing_m` apart along the optical axis."""
    random = np.random.default_rng(0)
    poses = [np.eye(4) for _ in range(count)]
    for index, pose in enumerate(poses):
        pose[2, 3] = index * spacing_m
    return [
        Sample(
            name=str(index),
            image=random.integers(0, 256, (72, 192, 3), dtype=np.uint8),
            camera=CAMERA,
            world_from_camera=pose,
        )
        for index, pose in enumerate(poses)
    ]


@pytest.mark.parametrize('step', [1, 2])
def test_neighbours_are_the_frames_before_and_after(step):
    recorded = frames(5)
    found = neighbours_of_frames(recorded, step, has_poses=True)
    for index, neighbours in enumerate(found):
        others = [at for at in (index - step, index + step) if 0 <= at < 5]
        # The very arrays: a source holds each image once.
        assert all(
            one.image is recorded[at].image for one, at in zip(neighbours, others, strict=True)
        )
        # The world moves towards a camera that drives ahead.
        ahead = [one.neighbour_from_view[2, 3] for one in neighbours]
        assert ahead == [-0.5 * (at - index) for at in others]
        assert [one.is_earlier for one in neighbours] == [at < index for at in others]


def test_poses_are_those_of_the_neighbour_as_the_view_has_it():
    drive = tiny_drive(2)
    turned = drive[1].world_from_camera @ np.diag([-1.0, 1, -1, 1])
    turned[:3, 3] += (0.1, 0.2, 0.3)
    here, there = drive[0], replace(drive[1], world_from_camera=turned)
    ((neighbour,), _) = neighbours_of_frames([here, there], 1, has_poses=True)
    point = np.array([1.0, -2.0, 7.0, 1.0])
    np.testing.assert_allclose(
        turned @ neighbour.neighbour_from_view @ point, here.world_from_camera @ point
    )
    assert np.linalg.norm(neighbour.neighbour_from_view[:3, 3]) > STEP_M / 2


@pytest.mark.parametrize(('has_poses', 'is_posed'), [(True, False), (False, True)])
def test_poses_may_be_unknown_or_unwanted(has_poses, is_posed):
    recorded = frames(2)
    if not is_posed:
        recorded[1] = replace(recorded[1], world_from_camera=None)
    right = replace(recorded[0], right=recorded[1].image, stereo_baseline_m=0.5)
    found = neighbours_of_frames([right, recorded[1]], 1, has_poses=has_poses)
    assert [len(neighbours) for neighbours in found] == [2, 1]
    (ahead, beside), (behind,) = ([one.neighbour_from_view for one in all_] for all_ in found)
    assert ahead is None
    assert behind is None
    assert (beside is not None) == has_poses


def test_the_right_camera_sees_points_farther_to_the_left():
    left = replace(frames(1)[0], right=frames(2)[1].image, stereo_baseline_m=0.5)
    ((right,),) = neighbours_of_frames([left], 1, has_poses=True)
    assert right.image is left.right
    assert (right.neighbour_from_view @ (0, 0, 5, 1)).tolist() == [-0.5, 0, 5, 1]
    unsure = replace(left, disparity_px=np.ones((72, 192), np.float32))
    for pair in (unsure, replace(left, stereo_baseline_m=None), replace(left, camera=None)):
        assert neighbours_of_frames([pair], 1, has_poses=True) == [()]


def test_a_standing_camera_has_no_neighbours():
    moving, noisy = frames(3), frames(3, spacing_m=0.0)
    assert neighbours_of_frames(noisy, 1, has_poses=True) == [()] * 3
    # Without poses the looks decide: one gray level is less than a sensor's noise.
    still = [replace(one, world_from_camera=None, image=moving[0].image) for one in moving]
    assert neighbours_of_frames(still, 1, has_poses=True) == [()] * 3
    turned = np.array([[0, -1.0, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    turning = [noisy[0], replace(noisy[1], world_from_camera=turned)]
    assert [len(one) for one in neighbours_of_frames(turning, 1, has_poses=True)] == [1, 1]


def test_another_camera_is_no_neighbour():
    here, there = frames(2)
    others = (
        replace(there, camera=replace(CAMERA, fx_px=99.0)),
        replace(there, image=there.image[:, :100]),
        replace(there, camera=None),
    )
    for other in others:
        assert neighbours_of_frames([here, other], 1, has_poses=True) == [(), ()]
    bare = [replace(one, camera=None) for one in (here, there)]
    assert neighbours_of_frames(bare, 1, has_poses=True) == [(), ()]
