"""Compares depth with the truth while a recording plays, without slowing the nodes down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
import os
import queue
import threading
import time
from typing import Any

from depth_nodes.data.sample import Sample
from depth_nodes.data.skip_reason import FELL_BEHIND, NO_TRUTH, OUT_OF_RANGE, UNREADABLE_FRAME
from depth_nodes.errors import InputError
from depth_nodes.evaluation.sequence_evaluation import SequenceEvaluation
from depth_nodes.ros.cdr import stamp_ns_from_cdr
from depth_nodes.ros.frame_recorder import Messages
from depth_nodes.ros.received_truth import Depth
from depth_nodes.ros.topics import DEPTH

MAX_WAITING = 64
NICENESS = 10  # the network computes on the same cores
SUMMARY_PERIOD_S = 1.0


class AccuracyMeter:
    """Works through frames, messages by topic, in a thread of low priority.

    Args:
        evaluation: takes the frames in.
        pair: the truth of a frame, and its depth [m]; None: there is no truth.
        on_done: called in the thread with the stamp [ns] of each frame, compared or not.

    Attributes:
        skipped: frames that nothing was measured on, by reason.
        problem: what was wrong with the first one that cannot be read; empty if none was.
        error: what else went wrong first; for the owner to raise.
        summary: the result so far; while frames come, at most a second old; empty where nothing
            was compared yet.
    """

    def __init__(
        self,
        evaluation: SequenceEvaluation,
        pair: Callable[[Messages], tuple[Sample, Depth] | None],
        on_done: Callable[[int], None],
    ) -> None:
        self._evaluation = evaluation
        self._pair = pair
        self._on_done = on_done
        self.skipped: Counter[str] = Counter()
        self.problem = ''
        self.error: Exception | None = None
        self.summary: dict[str, Any] = {}
        self._summary_due_s = 0.0
        self._queue: queue.Queue[Messages | None] = queue.Queue(MAX_WAITING)
        self._thread = threading.Thread(target=self._run, name='accuracy', daemon=True)
        self._thread.start()

    def submit(self, messages: Messages) -> None:
        """Hands a frame over; it is skipped and counted where too many wait."""
        try:
            self._queue.put_nowait(messages)
        except queue.Full:
            self.skipped[FELL_BEHIND] += 1

    def close(self) -> None:
        """Finishes what waits, and the summary."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()
        if self.summary:
            self._summarise()

    def _run(self) -> None:
        if hasattr(os, 'setpriority'):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        while (messages := self._queue.get()) is not None:
            try:
                if reason := self._compare(messages):
                    self.skipped[reason] += 1
                self._on_done(stamp_ns_from_cdr(messages[DEPTH]))
            except Exception as error:  # the owner raises it
                self.error = self.error or error

    def _compare(self, messages: Messages) -> str:
        """Why the frame cannot be compared; empty: it has been."""
        try:
            pair = self._pair(messages)
            if pair is None or pair[0].depth_m is None:
                return NO_TRUTH
            if self._evaluation.add(*pair) is None:
                return OUT_OF_RANGE
        except InputError as error:
            self.problem = self.problem or str(error)
            return UNREADABLE_FRAME
        if time.monotonic() >= self._summary_due_s:
            self._summarise()
        return ''

    def _summarise(self) -> None:
        self.summary = self._evaluation.result()
        self._summary_due_s = time.monotonic() + SUMMARY_PERIOD_S
