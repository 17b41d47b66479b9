from collections.abc import Iterator

import pytest
import rclpy
from rclpy.context import Context
from rclpy.node import Node
from sensor_msgs.msg import CompressedImage, Image

from depth_nodes.ros.connections import unserved_subscribers, why_nothing_arrives
from depth_nodes.ros.qos import newest_only

# rclpy's own handler of incompatible QoS calls a method that it deprecates.
pytestmark = pytest.mark.filterwarnings('ignore:.*RcutilsLogger:DeprecationWarning')


@pytest.fixture
def camera() -> Iterator[Node]:
    """A node of another DDS participant: within one, a topic has one type."""
    context = Context()
    rclpy.init(context=context)
    node = Node('camera', context=context)
    yield node
    node.destroy_node()
    context.try_shutdown()


@pytest.mark.parametrize(
    ('published', 'reliability', 'expected'),
    [
        (None, '', 'nobody publishes /image: start the camera, or remap the topic'),
        (
            CompressedImage,
            'reliable',
            '/image is published as sensor_msgs/msg/CompressedImage, '
            'but this node needs sensor_msgs/msg/Image',
        ),
        (
            Image,
            'best_effort',
            '/image is published as best_effort: set input_reliability to best_effort',
        ),
        (Image, 'reliable', '/image has 1 publisher(s), but nothing arrives'),
    ],
)
def test_why_nothing_arrives(harness, camera, published, reliability, expected):
    subscription = harness.node.create_subscription(Image, 'image', print, newest_only('reliable'))
    if published:
        camera.create_publisher(published, 'image', newest_only(reliability))
    harness.spin_until(
        lambda: why_nothing_arrives(harness.node, subscription).startswith(expected)
    )


@pytest.mark.parametrize(
    ('offered', 'asked', 'is_unserved'),
    [
        ('best_effort', 'reliable', True),
        ('best_effort', 'best_effort', False),
        ('reliable', 'reliable', False),
        ('reliable', 'best_effort', False),
    ],
)
def test_unserved_subscribers(harness, camera, offered, asked, is_unserved):
    publisher = harness.node.create_publisher(Image, 'depth', newest_only(offered))
    camera.create_subscription(Image, 'depth', print, newest_only(asked))
    harness.spin_until(lambda: harness.node.count_subscribers('depth'))
    assert bool(unserved_subscribers(harness.node, publisher)) == is_unserved
    if is_unserved:
        expected = (
            '/depth is published as best_effort, so nothing of it reaches /camera: '
            'set output_reliability to reliable'
        )
        harness.spin_until(lambda: unserved_subscribers(harness.node, publisher) == expected)
