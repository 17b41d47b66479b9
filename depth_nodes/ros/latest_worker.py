"""One thread with a slot for each key: the newest item replaces the one that waits there."""

from __future__ import annotations

from collections.abc import Callable
import math
import threading
import time
from typing import Generic, TypeVar

Item = TypeVar('Item')


class LatestWorker(Generic[Item]):
    """Works on the newest item of each key, on the key that waits longest first.

    Args:
        work: called in the thread with one item or more, by their keys; must not raise.
        batch_size: how many items `work` gets at most; asked each time.
        on_drop: called in the submitting thread with the key of every item that a newer one
            replaced.
        name: the thread's name.
    """

    def __init__(
        self,
        work: Callable[[dict[int, Item]], None],
        *,
        batch_size: Callable[[], int],
        on_drop: Callable[[int], None],
        name: str,
    ) -> None:
        self._work = work
        self._batch_size = batch_size
        self._on_drop = on_drop
        self._slots: dict[int, Item] = {}
        self._is_stopping = False
        self._busy_since_s = math.inf
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def busy_s(self) -> float:
        """How long the items in work have been there; 0 where none are."""
        return max(0.0, time.monotonic() - self._busy_since_s)

    def submit(self, key: int, item: Item) -> None:
        """Hands an item over and returns at once."""
        with self._changed:
            is_replacing = key in self._slots
            self._slots[key] = item  # where the key waits already, it keeps its place
            self._changed.notify()
        if is_replacing:
            self._on_drop(key)

    def stop(self) -> None:
        """Waits for the items in work; those in the slots count as dropped."""
        with self._changed:
            self._is_stopping = True
            waiting, self._slots = self._slots, {}
            self._changed.notify()
        self._thread.join()
        for key in waiting:
            self._on_drop(key)

    def _run(self) -> None:
        while batch := self._take():
            self._busy_since_s = time.monotonic()
            self._work(batch)
            self._busy_since_s = math.inf

    def _take(self) -> dict[int, Item]:
        """Waits for items; none means the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._slots or self._is_stopping)
            keys = list(self._slots)[: self._batch_size()]
            return {key: self._slots.pop(key) for key in keys}
