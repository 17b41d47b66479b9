"""Messages of one topic that belong to the stamps of another."""

from __future__ import annotations

from collections.abc import Iterator

from depth_nodes.data.message_streams import Stamped


class NearestInTime:
    """Finds, for stamps that grow, the message that is nearest in time."""

    def __init__(
        self, messages: Iterator[Stamped], *, tolerance_ns: int, offset_ns: int = 0
    ) -> None:
        """`offset_ns` is what this topic's clock is ahead of the one of the stamps."""
        self._messages = messages
        self._tolerance_ns = tolerance_ns
        self._offset_ns = offset_ns
        self._window: list[Stamped] = []
        self._upcoming = next(messages, None)
        self.smallest_gap_ns: int | None = None

    def find(self, stamp_ns: int, next_stamp_ns: int | None) -> Stamped | None:
        """The message nearest to a stamp; None where none is near enough.

        A message that lies nearer to the next stamp is left to it, so that none is used twice.
        """
        wanted_ns = stamp_ns + self._offset_ns
        while self._upcoming and self._upcoming.stamp_ns <= wanted_ns + self._tolerance_ns:
            self._window.append(self._upcoming)
            self._upcoming = next(self._messages, None)
        for message in [*self._window, *([self._upcoming] if self._upcoming else [])]:
            self._note_gap(message, wanted_ns)
        self._window = [
            one for one in self._window if self._gap_ns(one, wanted_ns) <= self._tolerance_ns
        ]
        if not self._window:
            return None
        nearest = min(self._window, key=lambda one: self._gap_ns(one, wanted_ns))
        if next_stamp_ns is not None:
            next_gap_ns = self._gap_ns(nearest, next_stamp_ns + self._offset_ns)
            if next_gap_ns < self._gap_ns(nearest, wanted_ns):
                return None
        self._window = [one for one in self._window if one.stamp_ns > nearest.stamp_ns]
        return nearest

    @staticmethod
    def _gap_ns(message: Stamped, wanted_ns: int) -> int:
        return abs(message.stamp_ns - wanted_ns)

    def _note_gap(self, message: Stamped, wanted_ns: int) -> None:
        gap_ns = self._gap_ns(message, wanted_ns)
        if self.smallest_gap_ns is None or gap_ns < self.smallest_gap_ns:
            self.smallest_gap_ns = gap_ns
