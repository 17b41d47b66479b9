import numpy as np
import pytest
from tf_messages import tf_message, through_a_bag

from depth_nodes.errors import InputError
from depth_nodes.messages.transform_tree import pose_from_values, TransformTree

CAMERA_ON_MAST = (0.1, 0.0, 0.4, -0.5, 0.5, -0.5, 0.5)  # an optical frame: z ahead, y down
MAST_ON_BASE = (0.2, 0.0, 0.8, 0.0, 0.0, 0.0, 1.0)
LIDAR_ON_BASE = (0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


@pytest.fixture
def tree(tmp_path):
    messages = [
        tf_message(('mast', 'camera', CAMERA_ON_MAST), ('base', 'mast', MAST_ON_BASE)),
        tf_message(('/base', '/lidar', LIDAR_ON_BASE)),
        tf_message(('elsewhere', 'island', LIDAR_ON_BASE)),
    ]
    tree = TransformTree()
    for message in through_a_bag(tmp_path / 'tf', messages):
        tree.add(message)
    return tree


def test_a_chain_through_a_common_ancestor(tree):
    camera_from_lidar = tree.target_from_source('camera', 'lidar')
    # The camera is at x 0.3, z 1.2 of the base; a point 5 m ahead of the LiDAR, as high as it.
    ahead = camera_from_lidar @ [5.0, 0.0, 0.0, 1.0]
    np.testing.assert_allclose(ahead, [0.0, 0.2, 4.7, 1.0], atol=1e-12)


def test_there_and_back(tree):
    there = tree.target_from_source('camera', 'base')
    back = tree.target_from_source('base', 'camera')
    np.testing.assert_allclose(there @ back, np.eye(4), atol=1e-12)
    assert back[2, 3] == pytest.approx(1.2)


def test_what_is_not_connected(tree):
    assert tree.target_from_source('camera', 'island') is None
    assert tree.target_from_source('camera', 'nowhere') is None
    assert tree.frames == ('base', 'camera', 'elsewhere', 'island', 'lidar', 'mast')


def test_the_newest_transform_counts(tree):
    tree.add(tf_message(('base', 'mast', (0.2, 0.0, 1.8, 0.0, 0.0, 0.0, 1.0))))
    assert tree.target_from_source('base', 'camera')[2, 3] == pytest.approx(2.2)


@pytest.mark.parametrize('values', [(0, 0, 0, 0, 0, 0, 0), (np.nan, 0, 0, 0, 0, 0, 1)])
def test_what_is_no_transform(tree, values):
    with pytest.raises(InputError, match='transform a to b is no rotation and translation'):
        tree.add(tf_message(('a', 'b', tuple(map(float, values)))))


def test_quaternions_need_no_length():
    pose = pose_from_values([1, 2, 3, 0, 0, 2, 2])
    np.testing.assert_allclose(pose[:3, :3] @ [1, 0, 0], [0, 1, 0], atol=1e-12)
    np.testing.assert_array_equal(pose[:3, 3], [1, 2, 3])
