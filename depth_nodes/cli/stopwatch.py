"""Times of functions that take turns, so that a busy moment of the machine hits all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import perf_counter

import numpy as np

BLOCK = 8
NUM_UNTIMED = 2  # after a switch: caches are cold, and the other engine's threads still spin


def time_in_turns(
    functions: Mapping[str, Callable[[], object]], num_calls: int, limit_s: float
) -> dict[str, list[float]]:
    """Milliseconds of `num_calls` calls of each function or a few more, in blocks of eight.

    Fewer where the time [s] runs out, as on a busy machine, but never less than a block.
    """
    times: dict[str, list[float]] = {name: [] for name in functions}
    deadline = perf_counter() + limit_s
    for block in range(-(-num_calls // BLOCK)):
        if block > 0 and perf_counter() > deadline:
            break
        for name, function in functions.items():
            for index in range(NUM_UNTIMED + BLOCK):
                started = perf_counter()
                function()
                if index >= NUM_UNTIMED:
                    times[name].append((perf_counter() - started) * 1e3)
    return times


def summarise(times_ms: list[float]) -> dict[str, float]:
    """Median, 99th percentile, and the frames a second that the median makes."""
    p50, p99 = np.percentile(times_ms, (50, 99))
    return {
        'p50_ms': round(float(p50), 3),
        'p99_ms': round(float(p99), 3),
        'fps': round(float(1e3 / p50), 1),
        'calls': len(times_ms),
    }
