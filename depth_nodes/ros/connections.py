"""Why nothing arrives: what the middleware knows about the other side of a topic."""

from __future__ import annotations

from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import ReliabilityPolicy
from rclpy.subscription import Subscription
from rclpy.topic_endpoint_info import TopicEndpointInfo

# For a moment after a subscriber is discovered, and for those that are no ROS nodes.
UNKNOWN_NODE = '_NODE_NAME_UNKNOWN_'
BEST_EFFORT, RELIABLE = ReliabilityPolicy.BEST_EFFORT, ReliabilityPolicy.RELIABLE


def why_nothing_arrives(node: Node, subscription: Subscription) -> str:
    """One line that names the topic and says what to change."""
    topic = subscription.topic_name
    wanted_type = _type_name(subscription.msg_type)
    publishers = node.get_publishers_info_by_topic(topic)
    if not publishers:
        return f'nobody publishes {topic}: start the camera, or remap the topic'
    types = sorted({publisher.topic_type for publisher in publishers})
    if wanted_type not in types:
        return f'{topic} is published as {", ".join(types)}, but this node needs {wanted_type}'
    offered = {publisher.qos_profile.reliability for publisher in publishers}
    if subscription.qos_profile.reliability == RELIABLE and offered == {BEST_EFFORT}:
        return f'{topic} is published as best_effort: set input_reliability to best_effort'
    return (
        f'{topic} has {len(publishers)} publisher(s), but nothing arrives: is the camera running? '
        'Big images need the Fast DDS profile of this package in the process of the camera'
    )


def unserved_subscribers(node: Node, publisher: Publisher) -> str:
    """One line that names who asks for reliable delivery of a best effort topic, else empty."""
    if publisher.qos_profile.reliability == RELIABLE:
        return ''
    topic = publisher.topic_name
    unserved = {
        _node_name(info)
        for info in node.get_subscriptions_info_by_topic(topic)
        if info.qos_profile.reliability == RELIABLE
    }
    if not unserved:
        return ''
    return (
        f'{topic} is published as best_effort, so nothing of it reaches '
        f'{", ".join(sorted(unserved))}: set output_reliability to reliable'
    )


def _node_name(info: TopicEndpointInfo) -> str:
    if info.node_name == UNKNOWN_NODE:
        return 'a node without a name'
    return f'{info.node_namespace.rstrip("/")}/{info.node_name}'


def _type_name(message_type: type) -> str:
    package = message_type.__module__.split('.')[0]
    return f'{package}/msg/{message_type.__name__}'
