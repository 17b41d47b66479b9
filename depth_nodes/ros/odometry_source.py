"""The scale from odometry: how far the robot has moved between two frames."""

from __future__ import annotations

from rclpy.node import Node
from std_msgs.msg import Header

from depth_nodes.ros.mounting import Mounting
from depth_nodes.ros.pose_input import PoseInput
from depth_nodes.ros.scale_source import ScaleSource
from depth_nodes.runtime.odometry_scale import OdometryScale
from depth_nodes.runtime.scale_measurement import ScaleMeasurement
from depth_nodes.runtime.scale_view import ScaleView

# A robot that has moved less may be standing.
MIN_MOVED_M = 0.05


class OdometrySource(ScaleSource):
    """How far the robot has moved between two frames."""

    def __init__(self, node: Node, reliability: str, mounting: Mounting) -> None:
        self._scale = OdometryScale()
        self._poses = PoseInput(node, reliability, mounting)

    def measure(self, view: ScaleView, header: Header) -> ScaleMeasurement | None:
        """Against the poses at the stamps of the frames."""
        return self._scale.measure(view, self._poses.world_from_camera(header))

    @property
    def has_data(self) -> bool:
        """Standing still says nothing of scale."""
        return self._poses.moved_m > MIN_MOVED_M

    def why_silent(self) -> str:
        """Standing still is no fault."""
        return (
            self._poses.why_silent()
            or 'the camera must move, and odometry have the stamps of its clock'
        )

    def destroy(self) -> None:
        """Ends the subscription."""
        self._poses.destroy()
