"""Two nodes that offer, four subscribers that ask: who receives, and who is told of."""

from functools import partial

import pytest
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CameraInfo, Image

from depth_nodes.ros.nodes.depth_node import DepthNode
from depth_nodes.ros.qos import newest_only

# rclpy's own handler of incompatible QoS calls a method that it deprecates.
pytestmark = pytest.mark.filterwarnings('ignore:.*RcutilsLogger:DeprecationWarning')

RELIABILITIES = ('reliable', 'best_effort')
PARAMETERS = {'backend': 'fake', 'input_height_px': 96, 'input_width_px': 128}
NUM_FRAMES = 100


def start_depth_node(harness, offered: str) -> DepthNode:
    """In a namespace that is called as what it offers, on the images of all."""
    parameters = {**PARAMETERS, 'output_reliability': offered, 'diagnostics_period_s': 0.2}
    node = DepthNode(
        context=harness.context,
        namespace=offered,
        cli_args=['--ros-args', '-r', 'image:=/image', '-r', 'camera_info:=/camera_info'],
        parameter_overrides=[Parameter(name, value=value) for name, value in parameters.items()],
    )
    harness.add(node)
    node.start()
    return node


def test_three_pairs_receive_and_the_fourth_does_not(harness, image_message, camera_info_message):
    depth_nodes = [start_depth_node(harness, offered) for offered in RELIABILITIES]
    received = {(offered, asked): 0 for offered in RELIABILITIES for asked in RELIABILITIES}

    def count(pair, _):
        received[pair] += 1

    for offered, asked in received:
        listener = harness.add(Node(f'asks_{asked}_of_{offered}', context=harness.context))
        listener.create_subscription(
            Image,
            f'/{offered}/depth/image_rect',
            partial(count, (offered, asked)),
            QoSProfile(depth=10, reliability=ReliabilityPolicy[asked.upper()]),
        )
    images, infos = harness.publisher(Image, 'image'), harness.publisher(CameraInfo, 'camera_info')
    for publisher in (images, infos):
        harness.spin_until(lambda one=publisher: one.get_subscription_count() == 2)
    for node in depth_nodes:
        name = f'{node.get_namespace()}/depth/image_rect'
        harness.spin_until(lambda node=node, name=name: node.count_subscribers(name) == 2)
    for frame in range(1, NUM_FRAMES + 1):
        images.publish(image_message)
        infos.publish(camera_info_message)
        harness.spin_until(
            lambda n=frame: all(
                node.monitors[''].snapshot().counts['published'] == n for node in depth_nodes
            )
        )
    harness.spin_for(0.2)

    assert received.pop(('best_effort', 'reliable')) == 0
    assert min(received.values()) >= 0.99 * NUM_FRAMES, received


@pytest.mark.parametrize('offered', RELIABILITIES)
def test_who_gets_nothing_is_named_in_diagnostics_and_log(
    make_depth_node, harness, capfd, offered
):
    depth_node = make_depth_node(output_reliability=offered)
    listener = harness.add(Node('slam', context=harness.context, namespace='robot'))
    listener.create_subscription(Image, '/depth/image_rect', print, newest_only('reliable'))
    text = '/depth/image_rect is published as best_effort, so nothing of it reaches /robot/slam'
    if offered == 'reliable':
        harness.spin_until(lambda: depth_node.node.count_subscribers('/depth/image_rect'))
        assert text not in depth_node.status().message + depth_node.status().message
        return
    harness.spin_until(lambda: text in depth_node.status().message)
    assert depth_node.status().level == b'\x01'
    depth_node.status()
    lines = [line for line in capfd.readouterr().err.splitlines() if text in line]
    assert len(lines) == 1, lines
    assert lines[0].startswith('[WARN]')
