"""Images meet the depth of their stamp, whatever comes first and whatever never comes."""

from collections.abc import Callable

import pytest
from rclpy.serialization import serialize_message
from sensor_msgs.msg import CameraInfo, Image

from depth_nodes.ros import depth_pairing
from depth_nodes.ros.cdr import stamp_ns_from_cdr
from depth_nodes.ros.depth_pairing import DepthPairing, NUM_WAITING
from depth_nodes.ros.frame_input import CameraFrame

TIMEOUT_S = 60.0


def image(second: int) -> Image:
    message = Image()
    message.header.stamp.sec = second
    return message


class Stream:
    """What comes out, as seconds of stamps; the depth's None where there was none."""

    def __init__(self, harness, timeout_s: float = TIMEOUT_S) -> None:
        self.pairs: list[tuple[int, int | None]] = []
        self.num_unpaired = 0
        self._harness = harness
        self.pairing = DepthPairing(
            harness.node, 'reliable', timeout_s, self._on_pair, self._on_unpaired
        )
        self._depths = harness.publisher(Image, 'depth/image_rect')
        harness.spin_until(self._depths.get_subscription_count)

    def _on_pair(self, pair) -> None:
        depth = None if pair.depth is None else stamp_ns_from_cdr(pair.depth) // 10**9
        self.pairs.append((pair.frame.stamp_ns // 10**9, depth))

    def _on_unpaired(self) -> None:
        self.num_unpaired += 1

    def add(self, *seconds: int) -> None:
        for second in seconds:
            self.pairing.add(CameraFrame(image=image(second), camera_info=CameraInfo()))

    def send_depth(self, second: int) -> None:
        """Returns once it has come in."""
        received: list[bytes] = []
        on_depth = self.pairing._on_depth
        self.pairing._subscription.callback = lambda depth: received.append(on_depth(depth))
        self._depths.publish(image(second))
        self._harness.spin_until(lambda: received)

    def wait_for(self, condition: Callable[[], bool]) -> None:
        self._harness.spin_until(condition)


@pytest.fixture
def stream(harness):
    stream = Stream(harness)
    yield stream
    stream.pairing.destroy()


def test_an_image_waits_for_its_depth(stream):
    stream.add(1)
    assert stream.pairs == []
    stream.send_depth(1)
    assert stream.pairs == [(1, 1)]
    assert stream.num_unpaired == 0


def test_depth_may_come_before_its_image(stream):
    stream.send_depth(3)
    stream.add(3)
    assert stream.pairs == [(3, 3)]


def test_images_that_depth_node_has_dropped_do_not_wait(stream):
    stream.add(1, 2, 3, 4)
    stream.send_depth(3)
    assert stream.pairs == [(3, 3)]
    assert stream.num_unpaired == 2
    stream.send_depth(4)
    assert stream.pairs == [(3, 3), (4, 4)]


def test_without_depth_the_newest_image_goes_on_alone(harness):
    stream = Stream(harness, timeout_s=0.2)
    stream.add(1, 2, 3)
    stream.wait_for(lambda: stream.pairs)
    assert stream.pairs == [(3, None)]
    assert stream.num_unpaired == 2
    stream.pairing.destroy()


def test_as_long_as_depth_comes_no_image_goes_on_alone(stream, monkeypatch):
    now_s = 100.0
    monkeypatch.setattr(depth_pairing.time, 'monotonic', lambda: now_s)
    stream.add(1)
    for second in range(2, 6):
        now_s += 0.9 * TIMEOUT_S
        stream.add(second)
        stream.pairing._on_depth(serialize_message(image(second - 1)))
        stream.pairing._give_up()
    assert stream.pairs == [(second, second) for second in range(1, 5)]
    now_s += 1.1 * TIMEOUT_S
    stream.pairing._give_up()
    assert stream.pairs[-1] == (4, 4), 'what came while the process was held up is taken first'
    stream.pairing._give_up()
    assert stream.pairs[-1] == (5, None)


def test_depth_that_waits_to_be_taken_is_not_late(stream, monkeypatch):
    now_s = 100.0
    monkeypatch.setattr(depth_pairing.time, 'monotonic', lambda: now_s)
    stream.add(1)
    now_s += 2 * TIMEOUT_S
    stream.pairing._give_up()
    stream.pairing._on_depth(serialize_message(image(1)))
    stream.add(2)
    now_s += 2 * TIMEOUT_S
    stream.pairing._give_up()
    assert stream.pairs == [(1, 1)]


def test_few_images_wait(stream):
    stream.add(*range(NUM_WAITING + 3))
    assert stream.num_unpaired == 3
    stream.send_depth(2)
    assert stream.pairs == []


def test_images_of_one_stamp_are_one(stream):
    stream.add(0, 0, 0)
    assert stream.num_unpaired == 2
    stream.send_depth(0)
    assert stream.pairs == [(0, 0)]


def test_at_the_end_nothing_waits(harness):
    stream = Stream(harness)
    stream.add(1, 2)
    stream.pairing.destroy()
    assert stream.num_unpaired == 2
    assert harness.node.count_subscribers('depth/image_rect') == 0
