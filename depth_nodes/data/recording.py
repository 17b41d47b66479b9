"""A recording to be read as far as it goes, whole or damaged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from depth_nodes.data.bag_storage import BagSummary, raw_messages, RawMessage, read_summary
from depth_nodes.data.mcap_salvage import salvage_mcap
from depth_nodes.data.sqlite_salvage import salvage_sqlite
from depth_nodes.errors import DamagedBagError

_SALVAGERS = {'.mcap': salvage_mcap, '.db3': salvage_sqlite}


class Recording:
    """The topics and messages of a rosbag2 recording.

    Of one whose index is damaged or missing, because its recorder was killed or its copy cut off,
    the messages before the damage are found by reading it from its start.

    Attributes:
        summary: topics, types, counts and duration; of a damaged recording what was found.
        damage: what is wrong with it; None where nothing is known to be.

    Raises:
        InputError: no recording, or a damaged one without a single message before the damage.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damage: DamagedBagError | None = None
        try:
            self.summary = read_summary(path)
        except DamagedBagError as error:
            self.damage = error
            self.summary = self._salvaged_summary()
            if not self.summary.topics:
                raise

    def messages(
        self, topics: Iterable[str], window_ns: tuple[int, int] | None = None
    ) -> Iterator[RawMessage]:
        """Messages of some topics in recorded order, of a damaged recording until its damage.

        With `window_ns` only those recorded from its start until before its end.

        Raises:
            DamagedBagError: at the damage, after what comes before.
        """
        if self.damage is None:
            yield from raw_messages(self.path, topics, window_ns)
            return
        wanted = set(topics)
        start_ns, end_ns = window_ns or (0, 1 << 63)
        for message in self._salvaged():
            if message[0] in wanted and start_ns <= message[2] < end_ns:
                yield message
        raise self.damage

    def _salvaged(self) -> Iterator[RawMessage]:
        files = sorted(self.path.iterdir()) if self.path.is_dir() else [self.path]
        for file in files:
            if file.suffix in _SALVAGERS:
                yield from _SALVAGERS[file.suffix](file)

    def _salvaged_summary(self) -> BagSummary:
        counts: Counter[tuple[str, str]] = Counter()
        start_ns = end_ns = 0
        for topic, kind, recorded_ns, _ in self._salvaged():
            start_ns = min(start_ns or recorded_ns, recorded_ns)
            end_ns = max(end_ns, recorded_ns)
            counts[topic, kind] += 1
        return BagSummary(
            topics={topic: (kind, count) for (topic, kind), count in sorted(counts.items())},
            start_ns=start_ns,
            duration_ns=end_ns - start_ns,
        )
