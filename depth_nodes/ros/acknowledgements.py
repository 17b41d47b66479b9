"""Whether those who subscribe to a topic still take what is published on it."""

from __future__ import annotations

import math
import time

from rclpy.duration import Duration
from rclpy.publisher import Publisher

NO_TIME = Duration(nanoseconds=0)
MAX_SILENCE_S = 1.0


class Acknowledgements:
    """Of a reliable topic: DDS acknowledges in the subscriber's process, busy or not.

    On a best effort topic nobody acknowledges, and nobody is missed.
    """

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._looked_at_s, self._missing_since_s = 0.0, math.inf
        self._can_tell = True

    def look(self) -> None:
        """Just before a message is published: the one before has had its time by then."""
        self._looked_at_s = time.monotonic()
        if self._are_all_there():
            self._missing_since_s = math.inf
        else:
            self._missing_since_s = min(self._missing_since_s, self._looked_at_s)

    def _are_all_there(self) -> bool:
        try:
            return not self._can_tell or bool(self._publisher.wait_for_all_acked(NO_TIME))
        except RuntimeError:  # a middleware without acknowledgements says so at each call
            self._can_tell = False
            return True

    @property
    def problem(self) -> str:
        """One line about a subscriber that is silent; empty where none is. For any thread."""
        missing_s = self._looked_at_s - self._missing_since_s
        if missing_s < MAX_SILENCE_S:
            return ''
        return (
            f'a subscriber of {self._publisher.topic_name} has not acknowledged what it is sent '
            f'for {missing_s:.0f} s: it hangs, is stopped, or its link is too slow; others are '
            'served'
        )
