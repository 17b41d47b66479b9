"""Several topics of a recording, each read at a pace of its own."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from depth_nodes.data.bag_storage import deserialized, RawMessage
from depth_nodes.errors import DamagedBagError, InputError

MAX_WAITING_BYTES = 256 << 20


class Stamped(NamedTuple):
    """A message, the stamp of its header and its time of recording [ns], or twice the latter."""

    stamp_ns: int
    recorded_ns: int
    message: Any


class MessageStreams:
    """The messages of topics from one pass through a recording, where they are in step.

    What a pass meets before it is asked for waits in memory, up to MAX_WAITING_BYTES. A topic
    that lies farther behind, such as depth that was written after all images, gets a pass of its
    own. So memory is bounded whatever the order and size of the recording.

    Attributes:
        damage: where a pass met damage, which counts as the end of its topics.
        unreadable: what is wrong with the first message that was left out.
    """

    def __init__(
        self,
        open_pass: Callable[[Iterable[str]], Iterator[RawMessage]],
        topics: Iterable[str],
        max_waiting_bytes: int = MAX_WAITING_BYTES,
    ) -> None:
        self.damage: DamagedBagError | None = None
        self.unreadable: InputError | None = None
        self._open_pass = open_pass
        self._max_waiting_bytes = max_waiting_bytes
        self._waiting: dict[str, deque[RawMessage]] = {topic: deque() for topic in topics}
        self._num_waiting_bytes = 0
        self._num_taken: Counter[str] = Counter()
        self._shared = open_pass(list(self._waiting))
        self._own: dict[str, Iterator[RawMessage]] = {}

    def of_topic(self, topic: str, *, is_needed: bool = True) -> Iterator[Stamped]:
        """The messages of a topic but those whose bytes are none; `unreadable` if `is_needed`."""
        while (found := self._next(topic)) is not None:
            try:
                message = stamped(found)
            except InputError as error:
                if is_needed:
                    self.unreadable = self.unreadable or error
                continue
            yield message

    def _next(self, topic: str) -> RawMessage | None:
        while not self._waiting[topic] and topic not in self._own:
            message = self._pull(self._shared)
            if message is None:
                return None
            if message[0] not in self._own:
                self._waiting[message[0]].append(message)
                self._num_waiting_bytes += len(message[3])
            if self._num_waiting_bytes > self._max_waiting_bytes and not self._waiting[topic]:
                own = self._open_pass([topic])
                self._own[topic] = islice(own, self._num_taken[topic], None)
        if topic in self._own:
            return self._pull(self._own[topic])
        self._num_taken[topic] += 1
        message = self._waiting[topic].popleft()
        self._num_waiting_bytes -= len(message[3])
        return message

    def _pull(self, messages: Iterator[RawMessage]) -> RawMessage | None:
        try:
            return next(messages, None)
        except DamagedBagError as error:
            self.damage = error
            return None


def stamped(raw: RawMessage) -> Stamped:
    """A message, decoded.

    Raises:
        InputError: its bytes are those of no such message.
    """
    message, recorded_ns = deserialized(raw), raw[2]
    stamp = message.header.stamp
    stamp_ns = stamp.sec * 1_000_000_000 + stamp.nanosec
    return Stamped(stamp_ns or recorded_ns, recorded_ns, message)
