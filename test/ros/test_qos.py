import pytest
from rclpy.qos import DurabilityPolicy, HistoryPolicy, ReliabilityPolicy

from depth_nodes.ros.qos import newest_only


@pytest.mark.parametrize('name', ['best_effort', 'reliable'])
def test_one_message_is_kept(name):
    qos = newest_only(name)
    assert (qos.history, qos.depth) == (HistoryPolicy.KEEP_LAST, 1)
    assert qos.reliability == ReliabilityPolicy[name.upper()]
    assert qos.durability == DurabilityPolicy.VOLATILE
