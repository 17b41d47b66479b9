"""The motion between views of known depth is found in their pixels."""

import numpy as np
import pytest
from tiny_drive import STEP_M, tiny_drive
import torch

from depth_nodes.errors import ConfigError
from depth_nodes.geometry.direct_alignment import aligned_pose, AlignmentConfig
from depth_nodes.geometry.pose import pose_from_rotation_vector

FRAMES = tiny_drive(2)
SKY_M = 60.0
FREE = AlignmentConfig(strides=(4, 2, 1), num_iterations=10, rotation_stiffness=0.0)


def pair(depth_factor=1.0):
    """Image, next image, depth of the first, intrinsics; all with a batch axis of 1."""
    images = [torch.from_numpy(one.image).permute(2, 0, 1)[None] / 255 for one in FRAMES]
    depth = torch.from_numpy(np.where(FRAMES[0].depth_m > 0, FRAMES[0].depth_m, SKY_M))
    matrix = torch.from_numpy(FRAMES[0].camera.matrix).float()[None]
    return (images[0], images[1]), depth_factor * depth.float()[None, None], matrix


def truth():
    first, second = (one.world_from_camera for one in FRAMES)
    return torch.from_numpy(np.linalg.inv(second) @ first).float()[None]


def angle_deg(pose, other):
    cosine = ((pose[0, :3, :3] @ other[0, :3, :3].T).trace() - 1) / 2
    return torch.rad2deg(torch.acos(cosine.clamp(-1, 1))).item()


@pytest.mark.parametrize('start', ['still', 'ahead', 'turned'])
def test_the_motion_of_a_rendered_drive_is_found(start):
    begin = torch.eye(4)[None]
    if start == 'ahead':
        begin[0, 2, 3] = -0.5 * STEP_M
    if start == 'turned':
        begin = pose_from_rotation_vector(torch.tensor([[0.0, 0.01, 0.0]]), begin[:, :3, 3])
    views, depth, matrix = pair()
    found = aligned_pose(views, depth, matrix, begin, FREE)
    assert angle_deg(found, truth()) < 0.1
    assert (found - truth())[0, :3, 3].norm() < 0.05 * STEP_M


def test_translation_has_the_unit_of_the_depth():
    (views, depth, matrix), start = pair(0.1), torch.eye(4)[None]
    found = aligned_pose(views, depth, matrix, start, FREE)
    assert found[0, :3, 3].norm().item() == pytest.approx(0.1 * STEP_M, rel=0.05)


def test_a_stiff_rotation_stays_where_the_depth_is_wrong():
    views, depth, matrix = pair()
    wall, start = torch.full_like(depth, 10.0), torch.eye(4)[None]
    free = aligned_pose(views, wall, matrix, start, FREE)
    stiff = AlignmentConfig(strides=FREE.strides, num_iterations=10, rotation_stiffness=1.0)
    found = aligned_pose(views, wall, matrix, start, stiff)
    assert angle_deg(found, truth()) < 0.2 < angle_deg(free, truth())
    assert torch.cosine_similarity(found[:, :3, 3], truth()[:, :3, 3]) > 0.98


def test_without_iterations_or_texture_the_pose_stays():
    views, depth, matrix = pair()
    start = pose_from_rotation_vector(torch.tensor([[0.0, 0.01, 0.0]]), torch.zeros(1, 3))
    still = aligned_pose(views, depth, matrix, start, AlignmentConfig(num_iterations=0))
    assert torch.equal(still, start)
    gray = (torch.full_like(views[0], 0.5),) * 2
    torch.testing.assert_close(aligned_pose(gray, depth, matrix, start), start)


def test_brighter_by_a_constant_is_the_same():
    views, depth, matrix = pair()
    start = torch.eye(4)[None]
    plain = aligned_pose(views, depth, matrix, start, FREE)
    brighter = aligned_pose((views[0], views[1] + 0.1), depth, matrix, start, FREE)
    torch.testing.assert_close(brighter, plain, atol=2e-4, rtol=0)


@pytest.mark.parametrize('wrong', [{'strides': ()}, {'num_iterations': -1}, {'huber': 0.0}])
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ConfigError):
        AlignmentConfig(**wrong)
