"""The subscription to a range sensor, and the scale from what it has seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jaxtyping import Float64
import numpy as np
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, Image, LaserScan, PointCloud2, Range

from depth_nodes.messages.camera import camera_from_message
from depth_nodes.messages.cloud import points_from_cloud
from depth_nodes.messages.depth import depth_from_image
from depth_nodes.messages.range import distance_from_range, points_from_depth, points_from_scan
from depth_nodes.ros.qos import newest_only
from depth_nodes.ros.topics import camera_topic, RANGE_CAMERA_INFO, RANGE_SENSORS, TYPES
from depth_nodes.runtime.range_samples import MAX_POINTS, scale_from_distance, scale_from_points
from depth_nodes.runtime.scale_measurement import ScaleMeasurement
from depth_nodes.runtime.scale_view import ScaleView

Pose = Float64[np.ndarray, '4 4']


class RangeInput:
    """Subscribes from construction to `destroy`; each message is taken once."""

    def __init__(self, node: Node, sensor: str, reliability: str, camera: str) -> None:
        self._node = node
        self._newest: Any = None
        self._camera_info: CameraInfo | None = None
        qos, topic = newest_only(reliability), RANGE_SENSORS[sensor]
        self.subscription = node.create_subscription(
            TYPES[topic], camera_topic(camera, topic), self._on_message, qos
        )
        self._subscriptions = [self.subscription]
        if sensor == 'depth_image':
            topic = camera_topic(camera, RANGE_CAMERA_INFO)
            one = node.create_subscription(CameraInfo, topic, self._on_camera_info, qos)
            self._subscriptions.append(one)

    def take(self) -> Any:
        """The newest message; None where none has come since the last one was taken."""
        newest, self._newest = self._newest, None
        return newest

    def measure(self, view: ScaleView, message: Any, pose: Pose) -> ScaleMeasurement | None:
        """The scale of a frame from what this sensor saw, which has this pose in the camera's.

        Raises:
            InputError: the message is damaged.
        """
        if isinstance(message, Range):
            distance = distance_from_range(message)
            angle = message.field_of_view
            return None if distance is None else scale_from_distance(view, distance, angle, pose)
        if isinstance(message, Image):
            if self._camera_info is None:
                return None
            camera = camera_from_message(self._camera_info)
            points = points_from_depth(depth_from_image(message), camera, MAX_POINTS)
        else:
            points = _POINTS[type(message)](message)
        return scale_from_points(view, points, pose)

    def destroy(self) -> None:
        """Ends the subscriptions."""
        for one in self._subscriptions:
            self._node.destroy_subscription(one)

    def _on_message(self, message: Any) -> None:
        self._newest = message

    def _on_camera_info(self, message: CameraInfo) -> None:
        self._camera_info = message


_POINTS: dict[type, Callable[[Any], np.ndarray]] = {
    LaserScan: points_from_scan,
    PointCloud2: lambda message: points_from_cloud(message).reshape(-1, 3),
}
