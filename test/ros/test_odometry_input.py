"""Where the robot is, as long as anybody says so."""

from nav_msgs.msg import Odometry
import numpy as np
import pytest

from depth_nodes.ros import odometry_input
from depth_nodes.ros.odometry_input import MAX_SILENCE_S, OdometryInput


@pytest.fixture
def odometry(harness):
    odometry = OdometryInput(harness.node, 'best_effort')
    yield odometry
    odometry.destroy()


def message(quaternion=(0.0, 0.0, 0.6, 0.8)) -> Odometry:
    odometry = Odometry()
    position, rotation = odometry.pose.pose.position, odometry.pose.pose.orientation
    position.x, position.y, position.z = 1.0, -2.0, 3.0
    rotation.x, rotation.y, rotation.z, rotation.w = quaternion
    return odometry


def test_the_newest_pose(harness, odometry):
    assert odometry.pose is None
    publisher = harness.publisher(Odometry, 'odom')
    harness.spin_until(publisher.get_subscription_count)
    publisher.publish(message())
    harness.spin_until(lambda: odometry.pose is not None)
    np.testing.assert_array_equal(odometry.pose.position_m, [1, -2, 3])
    np.testing.assert_allclose(odometry.pose.quaternion, [0, 0, 0.6, 0.8])


def test_after_a_silence_nothing_is_known(odometry, monkeypatch):
    now_s = 100.0
    monkeypatch.setattr(odometry_input.time, 'monotonic', lambda: now_s)
    odometry._on_odometry(message())
    now_s += 0.9 * MAX_SILENCE_S
    assert odometry.pose is not None
    now_s += 0.2 * MAX_SILENCE_S
    assert odometry.pose is None


def test_quaternions_have_length_one(odometry):
    odometry._on_odometry(message((0.0, 0.0, 3.0, 4.0)))
    np.testing.assert_allclose(odometry.pose.quaternion, [0, 0, 0.6, 0.8])


def test_a_message_that_nobody_has_filled_is_no_pose(odometry):
    odometry._on_odometry(message((0.0, 0.0, 0.0, 0.0)))
    assert odometry.pose is None
