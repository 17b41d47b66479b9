import numpy as np
import pytest
from rosbags.typesys import get_typestore, Stores

from depth_nodes.data.bag_writer import new_odometry
from depth_nodes.messages.odometry import fill_odometry, pose_from_odometry
from depth_nodes.messages.transform_tree import (
    pose_from_text,
    pose_from_values,
    text_from_pose,
    values_from_pose,
)

# One of each largest entry of the quaternion.
TURNS = [(0.1, 0.2, 0.3, 0.9), (0.9, 0.2, 0.3, 0.1), (0.1, -0.9, 0.3, 0.2), (0.3, 0.1, -0.9, 0.2)]


def odometry():
    return new_odometry(get_typestore(Stores.LATEST).types['builtin_interfaces/msg/Time'](0, 0))


@pytest.mark.parametrize('turn', TURNS)
def test_a_pose_comes_back_from_values_text_and_message(turn):
    pose = pose_from_values([1.0, -2.0, 3.0, *turn])
    message = odometry()
    fill_odometry(message, pose, 'camera')
    np.testing.assert_allclose(pose_from_values(values_from_pose(pose)), pose, atol=1e-12)
    np.testing.assert_allclose(pose_from_text(text_from_pose(pose)), pose, atol=1e-8)
    np.testing.assert_allclose(pose_from_odometry(message), pose, atol=1e-12)
    assert (message.header.frame_id, message.child_frame_id) == ('odom', 'camera')


@pytest.mark.parametrize('text', ['1 2 3', '0 0 0 0 0 0 0', '0 0 0 0 0 0 nan', 'a b c d e f 1'])
def test_what_is_no_pose(text):
    with pytest.raises(ValueError):  # noqa: PT011  float() has words of its own
        pose_from_text(text)


def test_a_message_that_nobody_has_filled_holds_no_pose():
    message = odometry()
    message.pose.pose.orientation.w = 0.0
    assert pose_from_odometry(message) is None
