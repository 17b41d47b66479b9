"""What a `depth_node` says of its scale, and how parameters change it while it lives."""

import math

import numpy as np
import pytest
from rclpy.serialization import serialize_message
from scale_harness import AHEAD, FACTOR, NUM_FRAMES, send_scan
from sensor_msgs.msg import LaserScan

from depth_nodes.messages.depth import depth_from_image


def test_relative_until_there_is_a_source(make_scale):
    scale = make_scale(scale_mode='range', camera_from_range=AHEAD)
    vector = scale.send(3)
    assert (vector.x, vector.y, vector.z) == (1.0, math.inf, math.inf)
    status = scale.depth_node.status()
    assert status.level == b'\x01'
    assert 'relative depth, not metres: no scale from range: nobody publishes' in status.message
    assert '/range/scan' in status.message
    assert scale.depth_node.depths
    assert not scale.depth_node.clouds

    publisher = scale.connect(LaserScan, 'range/scan')
    scale.send(NUM_FRAMES, before=lambda: send_scan(scale, publisher))
    scale.harness.spin_until(lambda: scale.depth_node.clouds)
    scale.harness.spin_until(lambda: scale.depth_node.values()['depth'] == 'metres')
    assert 'relative' not in scale.depth_node.status().message
    assert scale.set(temporal_filter=True).successful
    assert scale.send().x == pytest.approx(FACTOR, rel=0.02), 'still known'


def test_auto_without_a_source_is_the_model_and_relative(make_scale):
    scale = make_scale(scale_mode='auto')
    assert scale.send(3).x == 1.0
    status = scale.depth_node.status()
    assert 'relative depth, not metres: no scale from camera_height: ' in status.message
    assert '; odometry: nobody publishes /odom' in status.message
    assert scale.depth_node.depths
    assert not scale.depth_node.clouds


def test_the_scale_is_searched_once_there_is_something_to_compare_depth_with(make_scale):
    """All depth is nearer than the range begins, as it is farther where the sky is seen."""
    scale = make_scale(scale_mode='auto', camera_from_range=AHEAD, min_depth_m=3.0)
    assert scale.send(3).x == 1.0
    publisher = scale.connect(LaserScan, 'range/scan')
    vector = scale.send(NUM_FRAMES, before=lambda: send_scan(scale, publisher))
    assert vector.x == pytest.approx(FACTOR, rel=0.02)


def test_relative_clouds_for_those_who_ask(make_scale):
    scale = make_scale(scale_mode='range', relative_points_enabled=True)
    scale.send()
    scale.harness.spin_until(lambda: scale.depth_node.clouds)
    reason = scale.depth_node.status().message
    assert reason.count('\n') == 0


def test_a_sensor_of_another_clock_is_refused(make_scale):
    scale = make_scale(scale_mode='range', camera_from_range=AHEAD)
    publisher = scale.connect(LaserScan, 'range/scan')

    def send_old():
        scale.num_sent -= 100
        send_scan(scale, publisher)
        scale.num_sent += 100
        scale.harness.spin_for(0.01)

    scale.send(8, before=send_old)
    scale.harness.spin_until(lambda: 'range: the stamps' in scale.depth_node.status().message)
    assert 'are 10 s apart; synchronise their clocks' in scale.depth_node.status().message


def test_parameters_at_run_time(make_scale):
    scale = make_scale()
    assert scale.send().x == 1.0
    assert scale.set(scale_mode='fixed').successful
    assert scale.set(scale_factor=2.5).successful
    vector = scale.send()
    assert (vector.x, vector.y, vector.z) == (2.5, 0.0, 0.0)
    scale.harness.spin_until(lambda: len(scale.depth_node.depths) == 2)
    depths = [depth_from_image(one) for one in scale.depth_node.depths]
    np.testing.assert_allclose(depths[1], 2.5 * depths[0], rtol=1e-5)
    assert serialize_message(scale.scales[-1].header) == serialize_message(
        scale.depth_node.depths[-1].header
    )
    for values, reason in [
        ({'scale_mode': 'magic'}, 'it must be one of model, fixed, camera_height'),
        ({'scale_factor': 0.0}, 'range'),
        ({'range_sensor': 'range'}, 'read-only'),
    ]:
        result = scale.set(**values)
        assert not result.successful
        assert reason in result.reason
    assert scale.set(scale_mode='range').successful
    assert scale.depth_node.node.count_subscribers('range/scan') == 1
    assert scale.set(scale_mode='auto').successful
    assert scale.depth_node.node.count_subscribers('odom') == 1
    assert scale.set(scale_mode='model').successful
    assert scale.depth_node.node.count_subscribers('range/scan') == 0
    assert scale.send().x == 1.0
