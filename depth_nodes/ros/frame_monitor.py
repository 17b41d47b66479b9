"""What became of the frames, how long each step took, and a word about those that failed."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from dataclasses import dataclass
import threading
import time
import traceback

import numpy as np
from rclpy.impl.rcutils_logger import RcutilsLogger

from depth_nodes.errors import DepthNodesError
from depth_nodes.ros.age import is_plausible_age
from depth_nodes.ros.frame_changes import CHANGES

# Percentiles are over this many frames: 20 s of a camera at 30 Hz.
WINDOW_FRAMES = 600
LOG_PERIOD_S = 5.0
AGE = 'age at publish'
OUTCOMES = ('published', 'dropped', 'rejected', 'skipped', 'failed')


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The monitor at one moment.

    Attributes:
        counts: frames since start: `lost` on their way here, `received`, those of each outcome,
            `rejected: <reason>` and `skipped: <reason>` for every reason beside the sums, and
            those that came with one of CHANGES, whatever became of them.
        times_ms: (p50, p99) of every step [ms], over the newest frames.
        problem: the newest text about a frame that was rejected, failed or came with a change;
            empty if none did.
        has_foreign_stamps: whether the newest frame's age made no sense; times_ms has no age then.
    """

    counts: dict[str, int]
    times_ms: dict[str, tuple[float, float]]
    problem: str
    has_foreign_stamps: bool


class FrameMonitor:
    """Written by the executor's thread and the worker, read by the diagnostics.

    Every received frame ends as exactly one of published, dropped (a newer one came), rejected
    (unusable input), skipped (nobody wants its depth) or failed (an error of ours). A problem is
    logged at most once in LOG_PERIOD_S for every reason, after the name of the camera where there
    are several. It is noted before its frame is counted: who sees the count has its text.
    """

    def __init__(self, logger: RcutilsLogger, camera: str = '') -> None:
        self._logger = logger
        self._prefix = f'{camera}: ' if camera else ''
        self._lock = threading.Lock()
        self._counts = Counter(dict.fromkeys(('lost', 'received', *OUTCOMES, *CHANGES), 0))
        self._times_ms: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=WINDOW_FRAMES))
        self._logged_at_s: dict[str, float] = {}
        self._problem = ''
        self._has_foreign_stamps = False

    def count(self, outcome: str, number: int = 1) -> None:
        """One more frame, or so many, was received, or ended so."""
        assert outcome in self._counts, outcome
        with self._lock:
            self._counts[outcome] += number

    def add_times(self, times_ms: dict[str, float]) -> None:
        """The duration of every step of a frame [ms]."""
        with self._lock:
            for step, milliseconds in times_ms.items():
                self._times_ms[step].append(milliseconds)

    def add_age(self, age_ms: float) -> None:
        """From the stamp of a frame to its publication; one that cannot be is only noted."""
        with self._lock:
            self._has_foreign_stamps = not is_plausible_age(age_ms)
            if self._has_foreign_stamps:
                self._times_ms.pop(AGE, None)
            else:
                self._times_ms[AGE].append(age_ms)

    def warn(self, reason: str, text: str) -> None:
        """Something is wrong with the stream, but its frames can be used."""
        if self._note(reason, text):
            self._logger.warning(f'{self._prefix}{text}')

    def change(self, change: str, text: str) -> None:
        """A frame came with one of CHANGES; it is used."""
        self.warn(change, text)
        self.count(change)

    def skip(self, reason: str) -> None:
        """One more frame that is not worth the work."""
        self._count_with_reason('skipped', reason)

    def reject(self, reason: str, text: str) -> None:
        """One more frame that cannot be used; nothing was published for it."""
        self.warn(reason, f'frame rejected: {text}')
        self._count_with_reason('rejected', reason)

    def fail(self, error: BaseException) -> None:
        """One more frame that died of something that no input should cause.

        An error of our own tree says what to do; any other is logged with its traceback.
        """
        is_told = isinstance(error, DepthNodesError)
        # Not as an f-string: that of a foreign error may fail itself.
        reason = str(error) if is_told else traceback.format_exception_only(error)[-1].strip()
        text = f'frame failed: {reason}'
        is_due = self._note(type(error).__name__, text)
        self.count('failed')
        if not is_due:
            return
        if is_told:
            self._logger.error(f'{self._prefix}{text}')
        else:
            details = ''.join(traceback.format_exception(type(error), error, error.__traceback__))
            self._logger.error(f'{self._prefix}{text}\n{details}')

    def snapshot(self) -> Snapshot:
        """A copy that later frames do not change."""
        with self._lock:
            counts = dict(self._counts)
            windows = {step: list(values) for step, values in self._times_ms.items()}
            has_foreign_stamps = self._has_foreign_stamps
        percentiles = {}
        for step, values in windows.items():
            p50, p99 = np.percentile(values, (50, 99))
            percentiles[step] = (float(p50), float(p99))
        return Snapshot(
            counts=counts,
            times_ms=percentiles,
            problem=self._problem,
            has_foreign_stamps=has_foreign_stamps,
        )

    def _count_with_reason(self, outcome: str, reason: str) -> None:
        with self._lock:
            self._counts[outcome] += 1
            self._counts[f'{outcome}: {reason}'] += 1

    def _note(self, reason: str, text: str) -> bool:
        """Remembers a problem; whether it is time to log it."""
        self._problem = text
        now_s = time.monotonic()
        is_due = now_s - self._logged_at_s.get(reason, -LOG_PERIOD_S) >= LOG_PERIOD_S
        if is_due:
            self._logged_at_s[reason] = now_s
        return is_due
