"""One status on /diagnostics, as `rqt_robot_monitor` and `diagnostic_aggregator` read it."""

from __future__ import annotations

from dataclasses import dataclass

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.node import Node

OK, WARN, ERROR = DiagnosticStatus.OK, DiagnosticStatus.WARN, DiagnosticStatus.ERROR


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something to tell the user; the level is one of OK, WARN, ERROR."""

    level: bytes
    text: str


class DiagnosticsPublisher:
    """Publishes the status of one node.

    Args:
        node: gives the clock.
        name: of the status, such as `depth_node: depth`.
        hardware_id: what the status is about, such as the model's name.
    """

    def __init__(self, node: Node, *, name: str, hardware_id: str = '') -> None:
        self._clock = node.get_clock()
        self._publisher = node.create_publisher(DiagnosticArray, '/diagnostics', 10)
        self._name = name
        self.hardware_id = hardware_id

    def publish(self, findings: list[Finding], values: dict[str, object]) -> None:
        """The worst findings become level and message; the values are shown as text."""
        level = max((finding.level for finding in findings), default=OK)
        texts = [finding.text for finding in findings if finding.level == level]
        status = DiagnosticStatus(
            level=level,
            name=self._name,
            message='; '.join(texts),
            hardware_id=self.hardware_id,
            values=[KeyValue(key=key, value=str(value)) for key, value in values.items()],
        )
        message = DiagnosticArray(status=[status])
        message.header.stamp = self._clock.now().to_msg()
        self._publisher.publish(message)
