import numpy as np
import pytest
from rclpy.parameter import Parameter
from tf_messages import tf_message, through_a_bag

from depth_nodes.errors import ConfigError, InputError
from depth_nodes.ros.depth_parameters import DepthParameters
from depth_nodes.ros.mounting import Mounting
from depth_nodes.ros.nodes.depth_node import DepthNode

POSE = '0.2 0 1.1 -0.5 0.5 -0.5 0.5'


def test_given_poses_need_no_tf(harness):
    parameters = DepthParameters(base_from_camera=POSE, camera_from_range='0 0 0 0 0 0 1')
    mounting = Mounting(harness.node, parameters)
    mounting.subscribe(('camera_height', 'range', 'odometry'))
    base_from_camera = mounting.base_from_camera('camera')
    np.testing.assert_allclose(base_from_camera @ [0, 0, 1, 1], [1.2, 0, 1.1, 1], atol=1e-12)
    np.testing.assert_array_equal(mounting.camera_from_range('camera', 'lidar'), np.eye(4))
    assert harness.node.count_subscribers('/tf') == 0


@pytest.mark.parametrize('text', ['1 2 3', 'a b c d e f g', '0 0 0 0 0 0 0', '0 0 0 0 0 0 1 1'])
@pytest.mark.parametrize('name', ['base_from_camera', 'camera_from_range'])
def test_what_is_no_pose(harness, name, text):
    with pytest.raises(ConfigError, match=f'parameter {name} is .*: it must be "x y z qx qy qz'):
        Mounting(harness.node, DepthParameters(**{name: text}))


def test_one_pose_is_not_that_of_several_cameras(harness):
    parameters = DepthParameters(base_from_camera=POSE, cameras=('front', 'left'))
    with pytest.raises(ConfigError, match='base_from_camera is for one camera'):
        Mounting(harness.node, parameters)


def test_without_tf_the_reason_says_what_to_set(harness):
    mounting = Mounting(harness.node, DepthParameters())
    mounting.subscribe(('range',))
    with pytest.raises(InputError, match='set .*base_from_camera and camera_from_range'):
        mounting.camera_from_range('camera', 'lidar')
    mounting.destroy()


def test_poses_from_the_tf_of_a_bag(harness, tmp_path):
    """Read from a recording: a ROS installation has the type of /tf, the wheels have not."""
    values = tuple(map(float, POSE.split()))
    message = tf_message(
        ('base_footprint', 'camera', values),
        ('camera', 'lidar', (0.0, 0.1, 0.0, 0.0, 0.0, 0.0, 1.0)),
    )
    mounting = Mounting(harness.node, DepthParameters())
    mounting.subscribe(('camera_height', 'range'))
    for one in through_a_bag(tmp_path / 'tf', [message]):
        mounting._transforms.add(one)
    assert mounting.base_from_camera('camera')[2, 3] == pytest.approx(1.1)
    assert mounting.camera_from_range('camera', 'lidar')[1, 3] == pytest.approx(0.1)
    with pytest.raises(InputError):
        mounting.base_from_camera('camera', 'odom')
    mounting.destroy()


def test_a_node_with_a_wrong_pose_does_not_start(context):
    overrides = [Parameter('backend', value='fake'), Parameter('base_from_camera', value='1 2')]
    node = DepthNode(context=context, parameter_overrides=overrides)
    with pytest.raises(SystemExit):
        node.start()
    assert node.count_publishers('depth/image_rect') == 0
    node.destroy_node()
