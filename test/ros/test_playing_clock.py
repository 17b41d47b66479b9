import time

import pytest
from rclpy.serialization import serialize_message
from rclpy.time import Time
from rosgraph_msgs.msg import Clock

from depth_nodes.ros.playing_clock import PlayingClock

START_NS = 1_700_000_000_123_456_789


def shown(nanoseconds: int) -> bytes:
    return serialize_message(Clock(clock=Time(nanoseconds=nanoseconds).to_msg()))


def test_it_is_not_known_what_time_it_is_before_the_first_message():
    assert PlayingClock(1.0).now_ns() == 0


@pytest.mark.parametrize('rate', [0.5, 1.0, 20.0])
def test_it_runs_on_from_the_newest_message_at_the_rate(rate):
    clock = PlayingClock(rate)
    clock.show(shown(5))
    before_ns = time.monotonic_ns()
    clock.show(shown(START_NS))
    after_ns = time.monotonic_ns()
    time.sleep(0.01)
    asked_ns = time.monotonic_ns()
    passed_ns = clock.now_ns() - START_NS
    answered_ns = time.monotonic_ns()
    assert rate * (asked_ns - after_ns) - 1 <= passed_ns <= rate * (answered_ns - before_ns) + 1
