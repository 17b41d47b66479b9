"""Sees what comes out of the node, and what another subscriber says it got."""

import time

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.node import Node
from rclpy.qos import QoSProfile
from sensor_msgs.msg import Image
from soak.accounts import Seen, Status, status_of
from soak.sleeper import DEPTH, HEARD, POINTS
from std_msgs.msg import Header

SUBJECT = 'depth_node: depth'


class Watcher:
    """Subscribes from construction on.

    Attributes:
        arrived: depth images by stamp [ns].
        heard_s: when the sleeper told of those that it got, by stamp [ns].
        statuses: of the node.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self.arrived: dict[int, Seen] = {}
        self.heard_s: dict[int, float] = {}
        self.statuses: list[Status] = []
        # Ten seconds: what is lost, the node has lost.
        qos = QoSProfile(depth=300)
        node.create_subscription(Image, DEPTH, self._on_depth, qos)
        node.create_subscription(Header, HEARD, self._on_heard, qos)
        node.create_subscription(DiagnosticArray, '/diagnostics', self._on_diagnostics, qos)

    @property
    def is_ready(self) -> bool:
        """Whether node and sleeper are there."""
        return bool(self.statuses) and self._node.count_subscribers(POINTS) > 0

    def since(self, at_s: float) -> list[Status]:
        """The statuses that have come since."""
        return [status for status in self.statuses if status.at_s >= at_s]

    def _on_depth(self, depth: Image) -> None:
        size = (depth.width, depth.height)
        self.arrived[_stamp_ns(depth.header)] = Seen(time.monotonic(), size)

    def _on_heard(self, header: Header) -> None:
        self.heard_s[_stamp_ns(header)] = time.monotonic()

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.name == SUBJECT:
                values = {one.key: one.value for one in status.values}
                self.statuses.append(status_of(time.monotonic(), status.message, values))


def _stamp_ns(header: Header) -> int:
    return header.stamp.sec * 1_000_000_000 + header.stamp.nanosec
