"""QoS of this package's topics: only the newest message matters."""

from __future__ import annotations

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy


def newest_only(reliability: str) -> QoSProfile:
    """Keep last 1; a deeper queue in front of slow inference is nothing but age.

    Args:
        reliability: best_effort or reliable.
    """
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST,
        depth=1,
        reliability=ReliabilityPolicy[reliability.upper()],
        durability=DurabilityPolicy.VOLATILE,
    )
