"""The scale from odometry: how far the robot has moved between two frames."""

from __future__ import annotations

import threading

from nav_msgs.msg import Odometry
from rclpy.node import Node
from std_msgs.msg import Header

from depth_nodes.messages.transform_tree import pose_from_values
from depth_nodes.ros.connections import why_nothing_arrives
from depth_nodes.ros.mounting import Mounting
from depth_nodes.ros.qos import newest_only
from depth_nodes.ros.scale_source import ScaleSource, stamp_s
from depth_nodes.ros.topics import ODOMETRY
from depth_nodes.runtime.odometry_scale import OdometryScale
from depth_nodes.runtime.pose_history import PoseHistory
from depth_nodes.runtime.scale_measurement import ScaleMeasurement
from depth_nodes.runtime.scale_view import ScaleView

# Every pose counts, not only the newest: frames lie between them.
QUEUE_DEPTH = 50
# A robot that has moved less may be standing.
MIN_MOVED_M = 0.05


class OdometrySource(ScaleSource):
    """How far the robot has moved between two frames."""

    def __init__(self, node: Node, reliability: str, mounting: Mounting) -> None:
        self._scale = OdometryScale()
        self._history = PoseHistory()
        self._lock = threading.Lock()
        self._base_frame = ''
        self._mounting = mounting
        self._node = node
        qos = newest_only(reliability)
        qos.depth = QUEUE_DEPTH
        self._subscription = node.create_subscription(Odometry, ODOMETRY, self._on_odometry, qos)

    def measure(self, view: ScaleView, header: Header) -> ScaleMeasurement | None:
        """Against the poses at the stamps of the frames."""
        with self._lock:
            world_from_base = self._history.at(view.at_s)
        if world_from_base is None:
            return self._scale.measure(view, None)
        base_from_camera = self._mounting.base_from_camera(header.frame_id, self._base_frame)
        return self._scale.measure(view, world_from_base @ base_from_camera)

    @property
    def has_data(self) -> bool:
        """Standing still says nothing of scale."""
        with self._lock:
            return self._history.moved_m > MIN_MOVED_M

    def why_silent(self) -> str:
        """Standing still is no fault."""
        with self._lock:
            has_poses = len(self._history) > 0
        if has_poses:
            return 'the camera must move, and odometry have the stamps of its clock'
        return why_nothing_arrives(self._node, self._subscription)

    def destroy(self) -> None:
        """Ends the subscription."""
        self._node.destroy_subscription(self._subscription)

    def _on_odometry(self, odometry: Odometry) -> None:
        position, turn = odometry.pose.pose.position, odometry.pose.pose.orientation
        values = [position.x, position.y, position.z, turn.x, turn.y, turn.z, turn.w]
        try:
            pose = pose_from_values(values)
        except ValueError:
            return  # a message that nobody has filled
        self._base_frame = odometry.child_frame_id
        with self._lock:
            self._history.add(stamp_s(odometry.header), pose)
