"""Threads that compute only where nobody else does; the others stay as they are."""

import os
import threading

import pytest

from depth_nodes.ros.low_priority import call_at_low_priority

pytestmark = pytest.mark.skipif(not hasattr(os, 'SCHED_IDLE'), reason='needs Linux')


def scheduler() -> int:
    """Of the calling thread."""
    return os.sched_getscheduler(0)


def test_only_what_is_called_is_low():
    assert call_at_low_priority(scheduler) == os.SCHED_IDLE
    assert scheduler() == os.SCHED_OTHER


def test_threads_that_it_starts_are_low_too():
    found = []

    def start() -> None:
        thread = threading.Thread(target=lambda: found.append(scheduler()))
        thread.start()
        thread.join()

    call_at_low_priority(start)
    assert found == [os.SCHED_IDLE]


def test_errors_come_back():
    with pytest.raises(ZeroDivisionError):
        call_at_low_priority(lambda: 1 // 0)
