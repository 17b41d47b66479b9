"""The topics of this package's nodes: their names, all relative but /clock, and their types."""

from __future__ import annotations

from rclpy.node import Node
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, PointCloud2
from std_msgs.msg import Header

IMAGE, COMPRESSED_IMAGE, CAMERA_INFO = 'image', 'image/compressed', 'camera_info'
GROUND_TRUTH = 'ground_truth/image_rect'
DEPTH, DEPTH_CAMERA_INFO, POINTS = 'depth/image_rect', 'depth/camera_info', 'depth/points'
CONFIDENCE = 'depth/confidence'
OUTPUTS = (DEPTH, DEPTH_CAMERA_INFO, POINTS)
REFINED_OUTPUTS = ('refined/image_rect', 'refined/camera_info', 'refined/points')
COMPARED = 'evaluation/compared'
ODOMETRY = 'odom'
CLOCK = '/clock'
TYPES: dict[str, type] = {
    IMAGE: Image,
    COMPRESSED_IMAGE: CompressedImage,
    CAMERA_INFO: CameraInfo,
    GROUND_TRUTH: Image,
    DEPTH: Image,
    DEPTH_CAMERA_INFO: CameraInfo,
    POINTS: PointCloud2,
    COMPARED: Header,
    CLOCK: Clock,
}


def camera_topic(camera: str, topic: str) -> str:
    """A topic of one of several cameras; the topics of a single one, '', have no folder."""
    return f'{camera}/{topic}' if camera else topic


def transported(node: Node, topic: str) -> str:
    """The name to use; remapping `image` moves `image/compressed`, as with image_transport."""
    raw = topic.removesuffix('/compressed')
    return topic if raw == topic else f'{node.resolve_topic_name(raw)}/compressed'


def image_topic(transport: str) -> str:
    """The topic of an image_transport, raw or compressed."""
    return COMPRESSED_IMAGE if transport == 'compressed' else IMAGE
