"""What time it is in a recording that plays."""

from __future__ import annotations

import time

from depth_nodes.ros.cdr import stamp_ns_from_cdr


class PlayingClock:
    """The time of the newest message on /clock, running on from there.

    /clock comes a hundred times a second at most, too seldom to measure an age with.

    Args:
        rate: speed of the player, times real time.
    """

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._shown_ns, self._shown_at_ns = 0, 0

    def show(self, cdr: bytes) -> None:
        """Takes over a serialised Clock, which begins with its time as any stamped message."""
        self._shown_ns, self._shown_at_ns = stamp_ns_from_cdr(cdr), time.monotonic_ns()

    def now_ns(self) -> int:
        """0 as long as nobody has shown a time."""
        if not self._shown_ns:
            return 0
        return self._shown_ns + round((time.monotonic_ns() - self._shown_at_ns) * self._rate)
