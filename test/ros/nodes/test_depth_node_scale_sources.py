"""Metres from sensors beside the camera: the real node over real DDS."""

import math

from nav_msgs.msg import Odometry
import numpy as np
import pytest
from scale_harness import (
    AHEAD,
    FACTOR,
    model_depth_of,
    NUM_FRAMES,
    PERIOD_S,
    SAME_PLACE,
    send_cloud,
    send_depth,
    send_distance,
    send_scan,
    SPEED_MPS,
)
from sensor_msgs.msg import CameraInfo, Image, LaserScan, PointCloud2, Range

from depth_nodes.messages.depth import depth_from_image


@pytest.mark.parametrize(
    ('sensor', 'message_type', 'topic', 'pose', 'send', 'tolerance'),
    [
        ('laser_scan', LaserScan, 'range/scan', AHEAD, send_scan, 0.02),
        ('point_cloud', PointCloud2, 'range/points', SAME_PLACE, send_cloud, 0.02),
        ('range', Range, 'range/distance', AHEAD, send_distance, 0.05),
        ('depth_image', Image, 'range/image_rect', SAME_PLACE, send_depth, 0.02),
    ],
)
def test_range(make_scale, sensor, message_type, topic, pose, send, tolerance):
    scale = make_scale(scale_mode='range', range_sensor=sensor, camera_from_range=pose)
    publisher = scale.connect(message_type, topic)
    if sensor == 'depth_image':
        scale.range_infos = scale.connect(CameraInfo, 'range/camera_info')
    vector = scale.send(NUM_FRAMES, before=lambda: send(scale, publisher))
    assert vector.x == pytest.approx(FACTOR, rel=tolerance)
    assert 0 < vector.y <= 0.01
    assert 0 <= vector.z < 0.5
    depth = depth_from_image(scale.depth_node.depths[-1])
    np.testing.assert_allclose(depth / scale.model_depth, vector.x, rtol=1e-4)
    assert scale.depth_node.values()['depth'] == 'metres'


def test_odometry(make_scale):
    scale = make_scale(scale_mode='odometry', base_from_camera='0 0 1 -0.5 0.5 -0.5 0.5')
    publisher = scale.connect(Odometry, 'odom')

    def send_pose():
        """The camera looks ahead; what is to its right is to the right of the robot, at -y."""
        message = Odometry(child_frame_id='base_footprint')
        scale.stamp(message.header)
        message.pose.pose.position.y = -SPEED_MPS * PERIOD_S * scale.num_sent
        message.pose.pose.orientation.w = 1.0
        publisher.publish(message)
        scale.harness.spin_for(0.01)

    vector = scale.send(NUM_FRAMES, before=send_pose)
    assert vector.x == pytest.approx(FACTOR, rel=0.05)
    assert vector.y <= 0.01
    assert scale.depth_node.values()['scale source'] == 'odometry'


def test_camera_height(make_scale, camera):
    """The plane lies at an angle: the pose says at which, the parameter how far below."""
    model_depth = model_depth_of(camera)
    rows = np.arange(camera.height_px)
    slope, middle = np.polyfit((rows - camera.cy_px) / camera.fy_px, 1 / model_depth[:, 80], 1)
    normal = np.array([0.0, slope, middle])  # normal @ point = 1
    height_m = FACTOR / float(np.linalg.norm(normal))
    turn = math.pi / 2 + math.atan2(middle, slope)  # of the camera about its x axis
    quaternion = f'{-math.sin(turn / 2)} 0 0 {math.cos(turn / 2)}'
    pose = f'0 0 {height_m} {quaternion}'
    scale = make_scale(scale_mode='camera_height', base_from_camera=pose)
    assert scale.send(NUM_FRAMES).x == pytest.approx(FACTOR, rel=0.02)
    assert scale.set(camera_height_m=2 * height_m).successful
    assert scale.send(NUM_FRAMES).x == pytest.approx(2 * FACTOR, rel=0.02)
