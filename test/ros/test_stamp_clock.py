import pytest
from rosgraph_msgs.msg import Clock

from depth_nodes.ros import stamp_clock
from depth_nodes.ros.stamp_clock import StampClock

SECOND_NS = 10**9


@pytest.fixture
def shown(harness):
    """Nanoseconds that were shown, once they have arrived."""
    messages = harness.collect(Clock, '/clock')

    def wait(count):
        harness.spin_until(lambda: len(messages) >= count)
        harness.spin_for(0.05)
        return [message.clock.sec * SECOND_NS + message.clock.nanosec for message in messages]

    return wait


@pytest.mark.parametrize(('rate', 'expected_ns'), [(2.0, 7 * SECOND_NS), (0.0, 0)])
def test_it_runs_on_from_the_stamp_at_its_rate(harness, shown, monkeypatch, rate, expected_ns):
    now_ns = 40 * SECOND_NS
    monkeypatch.setattr(stamp_clock.time, 'monotonic_ns', lambda: now_ns)
    publisher = harness.publisher(Clock, '/clock')
    harness.spin_until(publisher.get_subscription_count)
    clock = StampClock(publisher, rate)
    clock.run()  # shows nothing yet
    clock.set(5 * SECOND_NS)
    now_ns += SECOND_NS
    clock.run()
    clock.run()  # the same time again
    expected = [5 * SECOND_NS] + ([expected_ns] if expected_ns else [])
    assert shown(len(expected)) == expected


def test_a_stamp_of_the_past_does_not_turn_it_back(harness, shown):
    publisher = harness.publisher(Clock, '/clock')
    harness.spin_until(publisher.get_subscription_count)
    clock = StampClock(publisher, 0.0)
    for second in (5, 4, 5, 6):
        clock.set(second * SECOND_NS)
    assert shown(2) == [5 * SECOND_NS, 6 * SECOND_NS]
