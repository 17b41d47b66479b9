from collections.abc import Iterable, Iterator

import numpy as np
import pytest
from robot_bag import image_message

from depth_nodes.data.bag_storage import RawMessage, TYPESTORE
from depth_nodes.data.message_streams import MessageStreams
from depth_nodes.errors import DamagedBagError

KIND = 'sensor_msgs/msg/Image'
PIXELS = np.zeros((10, 10), np.uint8)


class Passes:
    """Passes through a recording of (topic, stamp), and how far each got."""

    def __init__(self, recorded: list[tuple[str, int]], damage_at: int | None = None) -> None:
        self.recorded, self.damage_at = recorded, damage_at
        self.topics: list[list[str]] = []
        self.num_read: list[int] = []

    def __call__(self, topics: Iterable[str]) -> Iterator[RawMessage]:
        number = len(self.topics)
        self.topics.append(sorted(topics))
        self.num_read.append(0)
        for index, (topic, stamp_ns) in enumerate(self.recorded):
            if index == self.damage_at:
                raise DamagedBagError('cut off')
            if topic in self.topics[number]:
                self.num_read[number] += 1
                message = image_message(PIXELS, 'mono8', stamp_ns)
                cdr = bytes(TYPESTORE.serialize_cdr(message, KIND))
                yield topic, KIND, 1000 + index, cdr


def stamps(streams: MessageStreams, topic: str) -> Iterator[int]:
    return (message.stamp_ns for message in streams.of_topic(topic))


def test_topics_in_step_take_one_pass():
    passes = Passes([(topic, stamp) for stamp in range(1, 9) for topic in 'ab'])
    streams = MessageStreams(passes, 'ab', max_waiting_bytes=1000)
    both = zip(stamps(streams, 'a'), stamps(streams, 'b'), strict=True)
    assert list(both) == [(stamp, stamp) for stamp in range(1, 9)]
    assert passes.topics == [['a', 'b']]


@pytest.mark.parametrize('order', ['ab', 'ba'])
def test_a_topic_that_is_far_behind_gets_a_pass_of_its_own(order):
    passes = Passes([(topic, stamp) for topic in order for stamp in range(1, 101)])
    streams = MessageStreams(passes, 'ab', max_waiting_bytes=1000)
    both = zip(stamps(streams, 'a'), stamps(streams, 'b'), strict=True)
    for expected, pair in enumerate(both, start=1):
        assert pair == (expected, expected)
        # What waits is bounded: the passes are a few messages apart from what was taken.
        assert sum(passes.num_read) < 2 * expected + 20
    assert len(passes.topics) == 2


def test_a_pass_of_its_own_begins_after_what_was_taken():
    recorded = [('a', 1), ('b', 1), ('a', 2), ('b', 2), *(('a', n) for n in range(3, 60))]
    passes = Passes([*recorded, *(('b', n) for n in range(3, 60))])
    streams = MessageStreams(passes, 'ab', max_waiting_bytes=1000)
    both = zip(stamps(streams, 'a'), stamps(streams, 'b'), strict=True)
    assert list(both) == [(n, n) for n in range(1, 60)]


def test_damage_is_the_end_and_is_kept():
    passes = Passes([('a', 1), ('b', 1), ('a', 2), ('b', 2)], damage_at=3)
    streams = MessageStreams(passes, 'ab')
    assert list(stamps(streams, 'b')) == [1]
    assert list(stamps(streams, 'a')) == [1, 2]
    assert str(streams.damage) == 'cut off'


def test_a_stamp_of_zero_counts_as_the_time_of_recording():
    streams = MessageStreams(Passes([('a', 0), ('a', 7)]), 'a')
    assert [(m.stamp_ns, m.recorded_ns) for m in streams.of_topic('a')] == [
        (1000, 1000),
        (7, 1001),
    ]


def test_bytes_of_no_message_are_left_out_and_kept_in_mind():
    messages = list(Passes([('a', 1), ('a', 2), ('a', 3)])('a'))
    messages[1] = ('a', KIND, 5, b'\x00\x01\x00\x00abc')
    streams = MessageStreams(lambda _: iter(messages), 'a')
    assert list(stamps(streams, 'a')) == [1, 3]
    assert str(streams.unreadable) == 'a holds a damaged message; record it again'
