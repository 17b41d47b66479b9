import numpy as np
import pytest
from tf_messages import tf_message

from depth_nodes.errors import InputError
from depth_nodes.ros.transform_input import TransformInput

STILL = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0)


@pytest.fixture
def transforms(harness):
    transforms = TransformInput(harness.node)
    yield transforms
    transforms.destroy()


def test_what_has_come_can_be_asked_for(transforms):
    transforms.add(tf_message(('base', 'camera', (1.0, 2.0, 3.0, 0.0, 0.0, 0.0, 1.0))))
    pose = transforms.target_from_source('base', 'camera')
    np.testing.assert_array_equal(pose[:3, 3], [1, 2, 3])


def test_a_transform_that_is_none_is_told_where_it_is_missed(transforms):
    transforms.add(tf_message(('base', 'camera', (0.0,) * 7), ('base', 'lidar', STILL)))
    with pytest.raises(InputError, match='transform base to camera is no rotation'):
        transforms.target_from_source('base', 'camera')


def test_frames_that_are_not_connected_are_named(transforms):
    transforms._error = ''  # as where tf2_msgs is installed
    transforms.add(tf_message(('base', 'lidar', STILL)))
    with pytest.raises(InputError, match="does not connect 'camera' with 'base' .*base, lidar"):
        transforms.target_from_source('base', 'camera')
