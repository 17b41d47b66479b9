import threading

import numpy as np
import pytest
from rclpy.serialization import serialize_message
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from depth_nodes.data.sample import Sample
from depth_nodes.data.skip_reason import FELL_BEHIND, NO_TRUTH, OUT_OF_RANGE, UNREADABLE_FRAME
from depth_nodes.errors import InputError
from depth_nodes.evaluation.evaluation_config import EvaluationConfig
from depth_nodes.evaluation.sequence_evaluation import SequenceEvaluation
from depth_nodes.ros.accuracy_meter import AccuracyMeter, MAX_WAITING
from depth_nodes.ros.cdr import stamp_ns_from_cdr
from depth_nodes.ros.topics import DEPTH

SHAPE = (6, 8)


def messages(stamp_s: int) -> dict[str, bytes]:
    header = Header()
    header.stamp.sec = stamp_s
    return {DEPTH: serialize_message(Image(header=header))}


def truth(depth_m: float | None) -> Sample:
    truth_m = None if depth_m is None else np.full(SHAPE, depth_m, np.float32)
    return Sample(name='0', image=np.zeros((*SHAPE, 3), np.uint8), depth_m=truth_m)


class Meter:
    """A meter whose truth is that of a list, in the order of the frames."""

    def __init__(self, truths: list) -> None:
        self.truths = iter(truths)
        self.done: list[int] = []
        self.has_begun, self.may_work = threading.Event(), threading.Event()
        evaluation = SequenceEvaluation(EvaluationConfig())
        self.meter = AccuracyMeter(evaluation, self._pair, self.done.append)

    def _pair(self, given):
        assert stamp_ns_from_cdr(given[DEPTH]) > 0
        self.has_begun.set()
        self.may_work.wait()
        found = next(self.truths)
        if isinstance(found, Exception):
            raise found
        return found and (found, np.full(SHAPE, 3.0, np.float32))


def test_every_frame_is_compared_or_counted_with_its_reason_and_told():
    truths = [truth(2.0), truth(None), truth(500.0), None, InputError('damaged'), truth(4.0)]
    meter = Meter(truths)
    meter.may_work.set()
    for index in range(len(truths)):
        meter.meter.submit(messages(index + 1))
    meter.meter.close()
    assert meter.done == [10**9 * (index + 1) for index in range(len(truths))]
    assert meter.meter.skipped == {NO_TRUTH: 2, OUT_OF_RANGE: 1, UNREADABLE_FRAME: 1}
    assert meter.meter.problem == 'damaged'
    assert meter.meter.error is None
    assert meter.meter.summary['frames'] == 2
    assert meter.meter.summary['abs_rel'] == pytest.approx((0.5 + 0.25) / 2)


def test_what_waits_too_long_is_counted_and_holds_nobody_up():
    meter = Meter([truth(2.0)] * 100)
    meter.meter.submit(messages(1))
    assert meter.has_begun.wait(30)  # the first one leaves the queue for the thread
    for index in range(MAX_WAITING + 3):
        meter.meter.submit(messages(index + 2))
    meter.may_work.set()
    meter.meter.close()
    assert meter.meter.skipped == {FELL_BEHIND: 3}
    assert meter.meter.summary['frames'] == MAX_WAITING + 1


def test_an_error_that_is_no_users_mistake_is_kept_for_the_owner():
    meter = Meter([ValueError('ours'), truth(2.0)])
    meter.may_work.set()
    meter.meter.submit(messages(1))
    meter.meter.submit(messages(2))
    meter.meter.close()
    assert isinstance(meter.meter.error, ValueError)
    assert meter.meter.summary['frames'] == 1


def test_nothing_compared_is_an_empty_summary():
    meter = Meter([])
    meter.meter.close()
    assert meter.meter.summary == {}
