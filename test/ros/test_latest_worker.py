import threading

import pytest

from depth_nodes.ros.latest_worker import LatestWorker


class Recorder:
    """Work that waits for permission, and what came of it."""

    def __init__(self) -> None:
        self.done: list[int] = []
        self.errors: list[str] = []
        self.num_dropped = 0
        self.started = threading.Semaphore(0)
        self.permission = threading.Semaphore(0)
        self.finished = threading.Semaphore(0)

    def work(self, item: int) -> None:
        self.started.release()
        self.permission.acquire()
        if item < 0:
            self.finished.release()
            raise ValueError(f'item {item}')
        self.done.append(item)
        self.finished.release()

    def drop(self) -> None:
        self.num_dropped += 1

    def note_error(self, error: Exception) -> None:
        self.errors.append(str(error))


@pytest.fixture
def recorder():
    return Recorder()


@pytest.fixture
def worker(recorder):
    worker = LatestWorker(
        recorder.work, on_drop=recorder.drop, on_error=recorder.note_error, name='test'
    )
    yield worker
    recorder.permission.release(100)
    worker.stop()


def test_the_newest_item_wins_and_the_others_are_counted(worker, recorder):
    worker.submit(0)
    recorder.started.acquire()
    for item in range(1, 10):
        worker.submit(item)
    recorder.permission.release(2)
    recorder.finished.acquire()
    recorder.finished.acquire()
    assert recorder.done == [0, 9]
    assert recorder.num_dropped == 8


def test_nothing_is_dropped_when_the_work_keeps_up(worker, recorder):
    for item in range(20):
        worker.submit(item)
        recorder.permission.release()
        recorder.finished.acquire()
    assert recorder.done == list(range(20))
    assert recorder.num_dropped == 0


def test_an_exception_is_reported_and_the_next_item_is_worked_on(worker, recorder):
    worker.submit(-1)
    recorder.started.acquire()
    worker.submit(2)
    recorder.permission.release(2)
    recorder.finished.acquire()
    recorder.finished.acquire()
    assert recorder.errors == ['item -1']
    assert recorder.done == [2]


def test_stop_waits_for_the_item_in_work_and_drops_the_waiting_one(worker, recorder):
    worker.submit(1)
    recorder.started.acquire()
    worker.submit(2)
    stopper = threading.Thread(target=worker.stop)
    stopper.start()
    recorder.permission.release()
    stopper.join()
    assert recorder.done == [1]
    assert recorder.num_dropped == 1
    assert not any(thread.name == 'test' for thread in threading.enumerate())
