"""What a node says on /diagnostics: a status for each camera."""

from __future__ import annotations

from collections.abc import Mapping

from rclpy.node import Node

from depth_nodes.ros.camera_diagnostics import CameraDiagnostics
from depth_nodes.ros.frame_monitor import FrameMonitor
from depth_nodes.ros.pipeline import Pipeline


class DepthDiagnostics:
    """The statuses of all cameras, by the names that their monitors have.

    Args:
        node: publishes.
        subject: what they are about, in a word.
        monitors: of each camera's frames.
    """

    def __init__(self, node: Node, subject: str, monitors: Mapping[str, FrameMonitor]) -> None:
        self._cameras = [
            CameraDiagnostics(node, index, f'{subject} {camera}'.rstrip(), monitor)
            for index, (camera, monitor) in enumerate(monitors.items())
        ]

    def publish(self, pipeline: Pipeline | None) -> None:
        """Publishes them all, about what the node has between configure and cleanup."""
        for camera in self._cameras:
            camera.publish(pipeline)
