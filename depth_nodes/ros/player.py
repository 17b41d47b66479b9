"""Publishes the frames of a playback at their times; runs in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
import threading
import time

from rclpy.duration import Duration
from rclpy.impl.rcutils_logger import RcutilsLogger
from rclpy.publisher import Publisher

from depth_nodes.errors import InputError
from depth_nodes.ros.cdr import restamped
from depth_nodes.ros.frame import Frame, Playback
from depth_nodes.ros.player_parameters import PlayerParameters
from depth_nodes.ros.stamp_clock import StampClock
from depth_nodes.ros.topics import CLOCK, COMPRESSED_IMAGE, IMAGE

POLL_S = 0.05
CLOCK_PERIOD_S = 0.01
SETTLE_S = 0.5  # the subscribers of the other topics are found a little later
# depth_node makes no depth before it has found the evaluator, which nobody else can see.
EVALUATOR_SETTLE_S = 2.0
ACKNOWLEDGE_TIME = Duration(seconds=3)
NUM_STAMPS_KEPT = 64


class Player:
    """Waits for subscribers, publishes, waits until the last message has arrived.

    Args:
        playback: the frames.
        publishers: one for each topic of the playback, and for /clock if it is to be published.
        parameters: of the node.
        logger: of the node.
        is_published: whether somebody publishes on a topic at present.
    """

    def __init__(
        self,
        playback: Playback,
        publishers: Mapping[str, Publisher],
        parameters: PlayerParameters,
        logger: RcutilsLogger,
        is_published: Callable[[str], bool],
    ) -> None:
        self._playback = playback
        self._publishers = publishers
        self._image = publishers[IMAGE if IMAGE in publishers else COMPRESSED_IMAGE]
        self._parameters = parameters
        self._logger = logger
        self._is_published = is_published
        self._keeps_stamps = parameters.keeps_stamps(playback.has_recorded_stamps)
        self._new_stamps: dict[int, int] = {}
        self._clock: StampClock | None = None
        if CLOCK in publishers:
            is_real = parameters.mode == 'realtime'
            self._clock = StampClock(publishers[CLOCK], parameters.rate if is_real else 0.0)
        self._stopping = threading.Event()
        self._answer_changed = threading.Condition()
        self._answer_ns = -1

    def play(self) -> None:
        """Publishes frame after frame, each at its own time after the first.

        Raises:
            InputError: a frame of the source cannot be read, or it has none.
        """
        self._wait_for_subscribers()
        start_s, num_images = 0.0, 0
        for frame in self._frames():
            start_s = start_s or time.monotonic()
            if self._parameters.mode == 'realtime':
                self._wait_until(start_s + frame.time_ns / 1e9 / self._parameters.rate)
            if self._stopping.is_set():
                return
            self._publish(frame)
            num_images += frame.has_image
        elapsed_s = time.monotonic() - start_s
        self._wait_for_acknowledgements()
        rate_hz = (num_images - 1) / elapsed_s if num_images > 1 else 0.0
        self._logger.info(f'published {num_images} frames in {elapsed_s:.2f} s ({rate_hz:.2f} Hz)')

    def stop(self) -> None:
        """Ends `play` before its next frame; callable from any thread."""
        self._stopping.set()
        with self._answer_changed:
            self._answer_changed.notify()

    def answer(self, stamp_ns: int) -> None:
        """Tells that the frame of this stamp has been worked on, for mode step."""
        with self._answer_changed:
            self._answer_ns = stamp_ns
            self._answer_changed.notify()

    def _frames(self) -> Iterator[Frame]:
        """The frames of all rounds; times and stamps go on from round to round."""
        round_ns, num_images = 0, 0
        while True:
            last_ns = 0
            for frame in self._playback:
                num_images += frame.has_image
                if 0 < self._parameters.max_frames < num_images:
                    return
                last_ns = frame.time_ns
                yield frame.delayed(round_ns)
            if not num_images:
                raise InputError(f'{self._parameters.source} holds no image')
            if not self._parameters.loop:
                return
            round_ns += last_ns + self._playback.period_ns

    def _wait_until(self, due_s: float) -> None:
        """Waits, and lets the clock run meanwhile."""
        step_s = CLOCK_PERIOD_S if self._clock else float('inf')
        while (left_s := due_s - time.monotonic()) > 0:
            if self._stopping.wait(min(left_s, step_s)):
                return
            if self._clock:
                self._clock.run()

    def _publish(self, frame: Frame) -> None:
        stamp_ns = frame.stamp_ns if self._keeps_stamps else self._new_stamp_ns(frame)
        if self._clock and not frame.is_odometry:  # which may be early, or of another clock
            self._clock.set(stamp_ns)
        for topic, cdr in frame.messages:
            message = cdr if self._keeps_stamps else restamped(cdr, stamp_ns)
            self._publishers[topic].publish(message)
        if self._parameters.mode == 'fast':  # otherwise new messages push out those in transit
            self._wait_for_acknowledgements()
        if self._parameters.mode == 'step' and frame.has_image:
            self._wait_for_answer(stamp_ns)

    def _new_stamp_ns(self, frame: Frame) -> int:
        """Now, or what an earlier message of the same recorded stamp got."""
        if frame.is_odometry:
            return time.time_ns()
        stamp_ns = self._new_stamps.setdefault(frame.stamp_ns, time.time_ns())
        if len(self._new_stamps) > NUM_STAMPS_KEPT:
            del self._new_stamps[next(iter(self._new_stamps))]
        return stamp_ns

    def _wait_for_subscribers(self) -> None:
        timeout_s = self._parameters.wait_timeout_s
        deadline_s = time.monotonic() + timeout_s
        while missing := self._missing():
            if time.monotonic() >= deadline_s:
                self._logger.warning(f'{missing}, after {timeout_s:g} s: playing anyway')
                return
            if self._stopping.wait(POLL_S):
                return
        if self._parameters.wait_for_evaluator:
            self._stopping.wait(EVALUATOR_SETTLE_S)
        elif self._parameters.wait_for_subscribers or self._parameters.awaited_topics:
            self._stopping.wait(SETTLE_S)

    def _missing(self) -> str:
        """Who is still waited for; empty: nobody."""
        wanted, found = self._parameters.wait_for_subscribers, self._image.get_subscription_count()
        if found < wanted:
            return f'{self._image.topic_name} has {found} of the {wanted} subscribers to wait for'
        silent = [one for one in self._parameters.awaited_topics if not self._is_published(one)]
        return f'nobody publishes {silent[0]}' if silent else ''

    def _wait_for_acknowledgements(self) -> None:
        for publisher in self._publishers.values():
            publisher.wait_for_all_acked(ACKNOWLEDGE_TIME)

    def _wait_for_answer(self, stamp_ns: int) -> None:
        timeout_s = self._parameters.step_timeout_s

        def is_over() -> bool:
            return self._answer_ns == stamp_ns or self._stopping.is_set()

        with self._answer_changed:
            if not self._answer_changed.wait_for(is_over, timeout_s):
                topic = self._parameters.answer_topic
                self._logger.warning(f'no {topic} for a frame after {timeout_s:g} s')
