"""Work that must not slow any other: only where a core has nothing else to do."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
import os
from typing import TypeVar

Result = TypeVar('Result')

LOWEST_PRIORITY = 19


def lower_priority() -> None:
    """Puts the calling thread, and those that it starts from now on, behind all others.

    SCHED_IDLE on Linux: other threads get more than 99 % of a core that they want as well. There
    is no way back without privileges, so it is for threads that do nothing else. Elsewhere, all of
    the process is made nice.
    """
    if hasattr(os, 'SCHED_IDLE'):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    else:
        os.nice(LOWEST_PRIORITY)


def call_at_low_priority(function: Callable[[], Result]) -> Result:
    """Calls a function in a thread of its own, so that threads that it leaves behind are low."""
    with ThreadPoolExecutor(max_workers=1, initializer=lower_priority) as pool:
        return pool.submit(function).result()
