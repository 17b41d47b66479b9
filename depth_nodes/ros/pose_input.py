"""The subscription to odometry: where a camera was when its frames were taken."""

from __future__ import annotations

import threading

from nav_msgs.msg import Odometry
from rclpy.node import Node
from std_msgs.msg import Header

from depth_nodes.messages.odometry import pose_from_odometry
from depth_nodes.messages.pose_history import PoseHistory
from depth_nodes.messages.transform_tree import Pose
from depth_nodes.ros.connections import why_nothing_arrives
from depth_nodes.ros.mounting import Mounting
from depth_nodes.ros.qos import newest_only
from depth_nodes.ros.scale_source import stamp_s
from depth_nodes.ros.topics import ODOMETRY

# Every pose counts, not only the newest: frames lie between them.
QUEUE_DEPTH = 50


class PoseInput:
    """Subscribes from construction to `destroy`; the mounting must listen to what it is asked."""

    def __init__(self, node: Node, reliability: str, mounting: Mounting) -> None:
        self._history = PoseHistory()
        self._lock = threading.Lock()
        self._base_frame = ''
        self._mounting = mounting
        self._node = node
        qos = newest_only(reliability)
        qos.depth = QUEUE_DEPTH
        self._subscription = node.create_subscription(Odometry, ODOMETRY, self._on_odometry, qos)

    def world_from_camera(self, header: Header) -> Pose | None:
        """At the stamp of a frame; None where odometry does not tell. For any thread.

        Raises:
            InputError: nobody tells where the camera is on the robot.
        """
        with self._lock:
            world_from_base = self._history.at(stamp_s(header))
        if world_from_base is None:
            return None
        return world_from_base @ self._mounting.base_from_camera(header.frame_id, self._base_frame)

    @property
    def moved_m(self) -> float:
        """How far the base has come while its poses are known. For any thread."""
        with self._lock:
            return self._history.moved_m

    def why_silent(self) -> str:
        """What keeps poses away; empty: some have come."""
        with self._lock:
            has_poses = len(self._history) > 0
        return '' if has_poses else why_nothing_arrives(self._node, self._subscription)

    def destroy(self) -> None:
        """Ends the subscription."""
        self._node.destroy_subscription(self._subscription)

    def _on_odometry(self, odometry: Odometry) -> None:
        pose = pose_from_odometry(odometry)
        if pose is None:
            return
        self._base_frame = odometry.child_frame_id
        with self._lock:
            self._history.add(stamp_s(odometry.header), pose)
