"""config/security/policy.xml allows what the node does: found out by asking the running node."""

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rclpy.parameter import Parameter

from depth_nodes.ros.nodes.depth_node import DepthNode

# What a ROS installation has, and no wheel: without its type nobody subscribes to TF.
TF = {'/tf', '/tf_static'}
# Inputs that there are only with the parameters that ask for them.
CHOSEN = {
    ('raw', 'laser_scan'): {'/image', '/range/scan'},
    ('compressed', 'point_cloud'): {'/image/compressed', '/range/points'},
    ('raw', 'range'): {'/image', '/range/distance'},
    ('raw', 'depth_image'): {'/image', '/range/image_rect', '/range/camera_info'},
}
POLICY = ElementTree.parse(Path(__file__).resolve().parents[2] / 'config/security/policy.xml')


def allowed(node: str, kind: str, verb: str) -> set[str]:
    """Full names; kind is topic or service, verb an attribute such as publish."""
    (profile,) = (one for one in POLICY.iter('profile') if one.get('node') == node)
    names = [
        entry.text
        for group in profile.iter(f'{kind}s')
        if group.get(verb) == 'ALLOW'
        for entry in group
    ]
    prefixes = {'~': f'/{node}', '/': ''}
    return {
        f'{prefixes[name[0]]}{name.removeprefix("~")}' if name[0] in prefixes else f'/{name}'
        for name in names
    }


@pytest.mark.parametrize(('transport', 'sensor'), CHOSEN)
def test_the_policy_allows_what_the_node_does(harness, transport, sensor):
    values = {
        'backend': 'fake', 'use_sim_time': True, 'image_transport': transport,
        'scale_mode': 'auto', 'range_sensor': sensor,
    }  # fmt: skip
    overrides = [Parameter(name, value=value) for name, value in values.items()]
    # Under a name of its own: DDS remembers other tests' nodes, and asks the first of a name.
    arguments = ['--ros-args', '-r', '__node:=of_policy']
    node = harness.add(
        DepthNode(context=harness.context, parameter_overrides=overrides, cli_args=arguments)
    )
    node.start()

    def names(of_node: Callable[[str, str], list[tuple[str, list[str]]]]) -> set[str]:
        return {name.replace('/of_policy', '/depth_node') for name, _ in of_node('of_policy', '/')}

    published = names(node.get_publisher_names_and_types_by_node)
    assert published == allowed('depth_node', 'topic', 'publish')
    read = names(node.get_subscriber_names_and_types_by_node)
    others = set().union(*CHOSEN.values()) - CHOSEN[transport, sensor]
    assert not read & others
    assert read | others | TF == allowed('depth_node', 'topic', 'subscribe')
    replied = names(node.get_service_names_and_types_by_node)
    assert replied == allowed('depth_node', 'service', 'reply')


def test_a_consumer_may_read_depth_and_write_none():
    names = ('image_rect', 'camera_info', 'points', 'confidence')
    depth = {f'/depth/{name}' for name in names}
    assert allowed('consumer', 'topic', 'subscribe') == depth
    assert not depth & allowed('consumer', 'topic', 'publish')
