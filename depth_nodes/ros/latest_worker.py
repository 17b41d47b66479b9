"""One thread with one slot: the newest item replaces the one that waits."""

from __future__ import annotations

from collections.abc import Callable
import threading
from typing import Generic, TypeVar

Item = TypeVar('Item')


class LatestWorker(Generic[Item]):
    """Works on one item at a time, always the newest.

    Args:
        work: called in the thread.
        on_drop: called in the submitting thread for every item that a newer one replaced.
        on_error: called in the thread with what `work` raised; the next item is tried anyway.
        name: the thread's name.
    """

    def __init__(
        self,
        work: Callable[[Item], None],
        *,
        on_drop: Callable[[], None],
        on_error: Callable[[Exception], None],
        name: str,
    ) -> None:
        self._work = work
        self._on_drop = on_drop
        self._on_error = on_error
        self._slot: list[Item] = []
        self._is_stopping = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, item: Item) -> None:
        """Hands an item over and returns at once."""
        with self._changed:
            is_replacing = bool(self._slot)
            self._slot = [item]
            self._changed.notify()
        if is_replacing:
            self._on_drop()

    def stop(self) -> None:
        """Waits for the item in work; the one in the slot counts as dropped."""
        with self._changed:
            self._is_stopping = True
            is_waiting = bool(self._slot)
            self._slot = []
            self._changed.notify()
        self._thread.join()
        if is_waiting:
            self._on_drop()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._slot or self._is_stopping)
                if self._is_stopping:
                    return
                item = self._slot.pop()
            try:
                self._work(item)
            except Exception as error:  # whatever it is, the owner reports it
                self._on_error(error)
