"""The subscription to odometry: where the robot is, as far as anybody says."""

from __future__ import annotations

import time

from nav_msgs.msg import Odometry
import numpy as np
from rclpy.node import Node

from depth_nodes.ros.qos import newest_only
from depth_nodes.ros.topics import ODOMETRY
from depth_nodes.runtime.keyframes import Pose

MAX_SILENCE_S = 1.0


class OdometryInput:
    """Subscribes from construction to `destroy`."""

    def __init__(self, node: Node, reliability: str) -> None:
        self._node = node
        self._pose: Pose | None = None
        self._received_at_s = 0.0
        qos = newest_only(reliability)
        self._subscription = node.create_subscription(Odometry, ODOMETRY, self._on_odometry, qos)

    @property
    def pose(self) -> Pose | None:
        """The newest; None where odometry is silent. For any thread."""
        is_silent = time.monotonic() - self._received_at_s > MAX_SILENCE_S
        return None if is_silent else self._pose

    def destroy(self) -> None:
        """Ends the subscription."""
        self._node.destroy_subscription(self._subscription)

    def _on_odometry(self, odometry: Odometry) -> None:
        position, rotation = odometry.pose.pose.position, odometry.pose.pose.orientation
        quaternion = np.array([rotation.x, rotation.y, rotation.z, rotation.w])
        length = np.linalg.norm(quaternion)
        if not length > 0:
            return  # a message that nobody has filled
        self._pose = Pose(np.array([position.x, position.y, position.z]), quaternion / length)
        self._received_at_s = time.monotonic()
