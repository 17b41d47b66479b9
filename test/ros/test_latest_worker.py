from collections import Counter
import threading
import time

import pytest

from depth_nodes.ros.latest_worker import LatestWorker

CAMERA = 7


class Recorder:
    """Work that waits for permission, and what came of it."""

    def __init__(self, batch_size: int) -> None:
        self.batch_size = batch_size
        self.done: list[dict[int, int]] = []
        self.drops: Counter[int] = Counter()
        self.started = threading.Semaphore(0)
        self.permission = threading.Semaphore(0)
        self.finished = threading.Semaphore(0)
        self.worker: LatestWorker[int] = LatestWorker(
            self.work,
            batch_size=lambda: self.batch_size,
            on_drop=lambda key: self.drops.update([key]),
            name='test',
        )

    def work(self, batch: dict[int, int]) -> None:
        self.started.release()
        self.permission.acquire()
        self.done.append(batch)
        self.finished.release()

    def block(self) -> None:
        """Keeps the thread busy until `finish` permits it to go on."""
        self.worker.submit(CAMERA, 0)
        self.started.acquire()

    def finish(self, num_batches: int) -> None:
        self.permission.release(num_batches)
        for _ in range(num_batches):
            self.finished.acquire()


@pytest.fixture
def start():
    recorders = []

    def start(batch_size=1):
        recorders.append(Recorder(batch_size))
        return recorders[-1]

    yield start
    for recorder in recorders:
        recorder.permission.release(100)
        recorder.worker.stop()


def test_the_newest_item_wins_and_the_others_are_counted(start):
    recorder = start()
    recorder.block()
    for item in range(1, 10):
        recorder.worker.submit(CAMERA, item)
    recorder.finish(2)
    assert recorder.done == [{CAMERA: 0}, {CAMERA: 9}]
    assert recorder.drops == {CAMERA: 8}


def test_nothing_is_dropped_when_the_work_keeps_up(start):
    recorder = start()
    for item in range(20):
        recorder.worker.submit(CAMERA, item)
        recorder.finish(1)
    assert recorder.done == [{CAMERA: item} for item in range(20)]
    assert not recorder.drops


def test_an_item_replaces_only_that_of_its_own_key(start):
    recorder = start(batch_size=3)
    recorder.block()
    for key, item in [(1, 10), (2, 20), (1, 11), (1, 12), (3, 30)]:
        recorder.worker.submit(key, item)
    recorder.finish(2)
    assert recorder.done[1] == {1: 12, 2: 20, 3: 30}
    assert recorder.drops == {1: 2}


def test_a_key_without_an_item_holds_nobody(start):
    recorder = start(batch_size=3)
    recorder.worker.submit(2, 20)
    recorder.finish(1)
    assert recorder.done == [{2: 20}]


def test_the_key_that_waits_longest_is_next_however_often_the_others_come(start):
    recorder = start()
    recorder.block()
    for item in range(5):
        recorder.worker.submit(1, item)
        recorder.worker.submit(2, item)
    recorder.finish(1)
    recorder.started.acquire()  # key 1 is in work
    recorder.worker.submit(1, 100)
    recorder.finish(3)
    assert recorder.done[1:] == [{1: 4}, {2: 4}, {1: 100}]


def test_the_size_of_a_batch_may_change(start):
    recorder = start(batch_size=2)
    recorder.block()
    for key in range(5):
        recorder.worker.submit(key, key)
    recorder.finish(1)
    recorder.started.acquire()
    recorder.batch_size = 1
    recorder.finish(4)
    assert recorder.done[1:] == [{0: 0, 1: 1}, {2: 2}, {3: 3}, {4: 4}]


def test_stop_waits_for_the_item_in_work_and_drops_those_that_wait(start):
    recorder = start()
    recorder.block()
    for key in (1, 2):
        recorder.worker.submit(key, key)
    stopper = threading.Thread(target=recorder.worker.stop)
    stopper.start()
    while not recorder.worker._is_stopping:
        time.sleep(0.001)
    recorder.permission.release()
    stopper.join()
    assert recorder.done == [{CAMERA: 0}]
    assert recorder.drops == {1: 1, 2: 1}
    assert not any(thread.name == 'test' for thread in threading.enumerate())


def test_how_long_the_item_in_work_is_there(start):
    recorder = start()
    assert recorder.worker.busy_s == 0
    recorder.block()
    assert 0 < recorder.worker.busy_s < 10
    recorder.finish(1)
    recorder.worker.stop()
    assert recorder.worker.busy_s == 0
