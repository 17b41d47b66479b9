"""Rigid transforms, against OpenCV and their laws."""

import cv2
import numpy as np
import pytest
import torch

from depth_nodes.geometry.pose import inverted_pose, pose_from_rotation_vector

ANGLES = [0.0, 1e-12, 1e-4, 0.3, 3.0, 7.0]
AXIS = torch.tensor([2.0, -1.0, 2.0], dtype=torch.float64) / 3
TRANSLATION = torch.tensor([[0.5, -2.0, 7.0]], dtype=torch.float64)


@pytest.mark.parametrize('angle', ANGLES)
def test_rotations_agree_with_opencv(angle):
    pose = pose_from_rotation_vector(angle * AXIS[None], TRANSLATION)
    expected, _ = cv2.Rodrigues((angle * AXIS).numpy())
    np.testing.assert_allclose(pose[0, :3, :3], expected, atol=1e-15)
    assert pose[0, :3, 3].tolist() == TRANSLATION[0].tolist()
    assert pose[0, 3].tolist() == [0, 0, 0, 1]


def test_a_quarter_turn_by_hand():
    quarter = torch.tensor([[0.0, 0.0, torch.pi / 2]])
    pose = pose_from_rotation_vector(quarter, torch.tensor([[1.0, 2.0, 3.0]]))
    moved = pose[0] @ torch.tensor([1.0, 0.0, 0.0, 1.0])
    torch.testing.assert_close(moved, torch.tensor([1.0, 3.0, 3.0, 1.0]))


def test_a_pose_and_its_inverse_cancel():
    poses = pose_from_rotation_vector(
        torch.stack([angle * AXIS for angle in ANGLES]), TRANSLATION.expand(len(ANGLES), 3)
    )
    identity = torch.eye(4, dtype=torch.float64).expand_as(poses)
    torch.testing.assert_close(inverted_pose(poses) @ poses, identity)
    torch.testing.assert_close(inverted_pose(poses), torch.linalg.inv(poses))


@pytest.mark.parametrize('angle', ANGLES)
def test_gradients_agree_with_differences(angle):
    rotation = (angle * AXIS[None]).requires_grad_()
    translation = TRANSLATION.clone().requires_grad_()
    assert torch.autograd.gradcheck(pose_from_rotation_vector, (rotation, translation))
    pose = pose_from_rotation_vector(rotation, translation).detach().requires_grad_()
    assert torch.autograd.gradcheck(inverted_pose, (pose,))


@pytest.mark.parametrize('angle', [0.0, 1e-30, 1e-20, 1e-7, 1e-4, 1e-3, 1e-2])
def test_single_precision_has_the_gradients_of_double_precision(angle):
    rotations = [(angle * AXIS[None]).to(dtype) for dtype in (torch.float32, torch.float64)]
    for rotation in rotations:
        rotation.requires_grad_()
        pose = pose_from_rotation_vector(rotation, torch.zeros_like(rotation))
        (pose[0, :3, :3] * torch.arange(9.0).view(3, 3)).sum().backward()
    single, double = (rotation.grad for rotation in rotations)
    torch.testing.assert_close(single.double(), double, rtol=1e-5, atol=1e-5)
