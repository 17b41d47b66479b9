import cv2
import numpy as np
import pytest
from robot_bag import transforms_message

from depth_nodes.data.static_transforms import StaticTransforms
from depth_nodes.errors import InputError

QUARTER_TURN = [0, 0, np.sqrt(0.5), np.sqrt(0.5)]
NO_TURN = [0, 0, 0, 1]


def test_a_chain_goes_up_and_down_over_several_frames():
    """base_link: the LiDAR 2 m up; the mast 1 m forward and turned left, its camera 0.5 m on."""
    messages = [
        transforms_message(('base_link', 'lidar', [0, 0, 2], NO_TURN)),
        transforms_message(
            ('/base_link', 'mast', [1, 0, 0], QUARTER_TURN),
            ('mast', 'camera', [0.5, 0, 0], NO_TURN),
        ),
    ]
    transforms = StaticTransforms(iter(messages))
    camera_from_lidar = transforms.target_from_source('camera', '/lidar')
    # The LiDAR's origin is at (0, 0, 2); seen from the mast (x left of the robot) at (0, 1, 2).
    np.testing.assert_allclose(camera_from_lidar @ [0, 0, 0, 1], [-0.5, 1, 2, 1], atol=1e-12)
    back = transforms.target_from_source('lidar', 'camera')
    np.testing.assert_allclose(back @ camera_from_lidar, np.eye(4), atol=1e-12)


def test_a_quaternion_turns_as_opencv_does():
    axis = np.array([0.2, -0.5, 0.9])
    angle = np.linalg.norm(axis)
    quaternion = [*(np.sin(angle / 2) * axis / angle), np.cos(angle / 2)]
    transforms = StaticTransforms(iter([transforms_message(('a', 'b', [1, 2, 3], quaternion))]))
    pose = transforms.target_from_source('a', 'b')
    np.testing.assert_allclose(pose[:3, :3], cv2.Rodrigues(axis)[0], atol=1e-12)
    np.testing.assert_array_equal(pose[:3, 3], [1, 2, 3])


def test_messages_are_read_no_farther_than_needed():
    def messages():
        yield transforms_message(('a', 'b', [1, 0, 0], NO_TURN))
        raise AssertionError('read too far')

    transforms = StaticTransforms(messages())
    np.testing.assert_array_equal(transforms.target_from_source('a', 'a'), np.eye(4))
    assert transforms.target_from_source('a', 'b')[0, 3] == 1


def test_frames_that_are_not_connected_are_named():
    transforms = StaticTransforms(iter([transforms_message(('a', 'b', [0, 0, 0], NO_TURN))]))
    with pytest.raises(InputError, match=r"does not connect 'lidar' with 'a' \(its frames: a, b"):
        transforms.target_from_source('a', 'lidar')


@pytest.mark.parametrize('turn', [[0, 0, 0, 0], [np.nan, 0, 0, 1]])
def test_what_is_no_rotation_is_refused(turn):
    transforms = StaticTransforms(iter([transforms_message(('a', 'b', [0, 0, 0], turn))]))
    with pytest.raises(InputError, match='a to b is no rotation and translation'):
        transforms.target_from_source('a', 'b')
