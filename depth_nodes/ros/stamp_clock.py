"""The time of a recording on /clock."""

from __future__ import annotations

import time

from rclpy.publisher import Publisher
from rclpy.time import Time
from rosgraph_msgs.msg import Clock


class StampClock:
    """Shows the stamp of the newest frame, and runs on from there; never goes back.

    Args:
        publisher: of /clock.
        rate: speed between two frames, times real time; 0: it stands still.
    """

    def __init__(self, publisher: Publisher, rate: float) -> None:
        self._publisher = publisher
        self._rate = rate
        self._shown_ns = 0
        self._set_ns, self._set_at_ns = 0, 0

    def set(self, stamp_ns: int) -> None:
        """Goes on from the stamp of a frame; nothing happens where that is in the past."""
        if stamp_ns > self._shown_ns:
            self._set_ns, self._set_at_ns = stamp_ns, time.monotonic_ns()
            self._show(stamp_ns)

    def run(self) -> None:
        """Shows what time it is; nothing before the first frame."""
        now_ns = self._set_ns + round((time.monotonic_ns() - self._set_at_ns) * self._rate)
        if self._set_ns and now_ns > self._shown_ns:
            self._show(now_ns)

    def _show(self, now_ns: int) -> None:
        self._shown_ns = now_ns
        self._publisher.publish(Clock(clock=Time(nanoseconds=now_ns).to_msg()))
