"""The topics of this package's nodes: their names, all relative but /clock, and their types."""

from __future__ import annotations

from geometry_msgs.msg import Vector3Stamped
from nav_msgs.msg import Odometry
from rclpy.node import Node
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, LaserScan, PointCloud2, Range
from std_msgs.msg import Header

IMAGE, COMPRESSED_IMAGE, CAMERA_INFO = 'image', 'image/compressed', 'camera_info'
GROUND_TRUTH = 'ground_truth/image_rect'
DEPTH, DEPTH_CAMERA_INFO, POINTS = 'depth/image_rect', 'depth/camera_info', 'depth/points'
CONFIDENCE = 'depth/confidence'
OUTPUTS = (DEPTH, DEPTH_CAMERA_INFO, POINTS)
REFINED_OUTPUTS = ('refined/image_rect', 'refined/camera_info', 'refined/points')
COMPARED = 'evaluation/compared'
ODOMETRY = 'odom'
RANGE_SCAN, RANGE_POINTS, RANGE_DISTANCE = 'range/scan', 'range/points', 'range/distance'
RANGE_IMAGE, RANGE_CAMERA_INFO = 'range/image_rect', 'range/camera_info'
RANGE_SENSORS: dict[str, str] = {
    'laser_scan': RANGE_SCAN,
    'point_cloud': RANGE_POINTS,
    'range': RANGE_DISTANCE,
    'depth_image': RANGE_IMAGE,
}
SCALE = '~/scale'
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
    ODOMETRY: Odometry,
    RANGE_SCAN: LaserScan,
    RANGE_POINTS: PointCloud2,
    RANGE_DISTANCE: Range,
    RANGE_IMAGE: Image,
    SCALE: Vector3Stamped,
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
