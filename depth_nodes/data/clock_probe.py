"""Looks into a recording for how the clocks of its topics stand to one another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np

from depth_nodes.data.bag_storage import RawMessage
from depth_nodes.data.bag_truth import depth_from_message
from depth_nodes.data.clock_offset import ClockFinding, find_offset, TopicTimes
from depth_nodes.data.content_lag import (
    content_lag,
    depth_edge_feature,
    depth_feature,
    Feature,
    GRID,
    image_edge_feature,
    MIN_FRAMES,
    Series,
)
from depth_nodes.data.evaluation_topics import EvaluationTopics
from depth_nodes.data.message_streams import stamped
from depth_nodes.data.recording import Recording
from depth_nodes.errors import DamagedBagError, InputError

WINDOW_NS = 5_000_000_000
NUM_WINDOWS = 3
# Of a topic in a window; a camera is seldom faster than 60 Hz.
MAX_MESSAGES = 300

DepthOf = Callable[[Any], np.ndarray]
ImageOf = Callable[[Any], np.ndarray]


def probe_clock(
    recording: Recording, topics: EvaluationTopics, image_of: ImageOf, truth_of: DepthOf
) -> ClockFinding:
    """Compares stamps, times of recording and small pictures of a few seconds of a recording.

    Args:
        recording: what is looked into.
        topics: its topics.
        image_of: RGB of a message of the image topic.
        truth_of: depth [m] of a message of the truth's.
    """
    windows = [
        _Window(recording, topics, image_of, truth_of, window_ns)
        for window_ns in _windows_ns(recording)
    ]
    camera, truth = (
        _times(windows, topic, recording.summary.topics[topic][1])
        for topic in (topics.image, topics.truth)
    )
    pairs = [window.pair() for window in windows]
    return find_offset(camera, truth, content_lag(pairs))


def _windows_ns(recording: Recording) -> list[tuple[int, int]]:
    start_ns, duration_ns = recording.summary.start_ns, recording.summary.duration_ns
    if duration_ns <= NUM_WINDOWS * WINDOW_NS or recording.damage is not None:
        return [(start_ns, start_ns + NUM_WINDOWS * WINDOW_NS + 1)]
    step_ns = (duration_ns - WINDOW_NS) // (NUM_WINDOWS - 1)
    starts_ns = [start_ns + index * step_ns for index in range(NUM_WINDOWS)]
    return [(one, one + WINDOW_NS) for one in starts_ns]


def _times(windows: list[_Window], topic: str, num_messages: int) -> TopicTimes:
    found = np.array([time for window in windows for time in window.times[topic]], np.float64)
    stamps_s, recorded_s = found.reshape(-1, 2).T / 1e9
    return TopicTimes(stamps_s=stamps_s, recorded_s=recorded_s, num_messages=num_messages)


class _Window:
    """Times and small pictures of some seconds."""

    def __init__(
        self,
        recording: Recording,
        topics: EvaluationTopics,
        image_of: ImageOf,
        truth_of: DepthOf,
        window_ns: tuple[int, int],
    ) -> None:
        self.times: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        self._features: defaultdict[str, list[tuple[int, Feature]]] = defaultdict(list)
        self._topics, self._image_of, self._truth_of = topics, image_of, truth_of
        self._start_ns = window_ns[0]
        names = {topics.image, topics.truth, topics.prediction} - {None}
        try:
            for raw in recording.messages([str(name) for name in names], window_ns):
                if len(self.times[raw[0]]) < MAX_MESSAGES:
                    self._take(raw)
        except DamagedBagError:
            return  # what comes before is enough, and the reader of the frames tells

    def pair(self) -> tuple[Series, Series]:
        """Predictions and truth, or edges of images and of truth where too few are predicted."""
        prediction = self._topics.prediction
        if prediction is not None and len(self._features[prediction]) >= MIN_FRAMES:
            return self._series(prediction), self._series('truth')
        return self._series('image edges'), self._series('truth edges')

    def _take(self, raw: RawMessage) -> None:
        topic = raw[0]
        try:
            message = stamped(raw)
            self.times[topic].append((message.stamp_ns, message.recorded_ns))
            features = self._features_of(topic, message.message)
        except InputError:
            return  # the reader of the frames tells
        for name, feature in features.items():
            self._features[name].append((message.stamp_ns, feature))

    def _features_of(self, topic: str, message: Any) -> dict[str, Feature]:
        if topic == self._topics.image:
            return {'image edges': image_edge_feature(self._image_of(message))}
        if topic == self._topics.truth:
            depth = self._truth_of(message)
            return {'truth': depth_feature(depth), 'truth edges': depth_edge_feature(depth)}
        return {topic: depth_feature(depth_from_message(message))}

    def _series(self, name: str) -> Series:
        found = sorted(self._features[name], key=lambda one: one[0])
        stamps_s = [(stamp_ns - self._start_ns) / 1e9 for stamp_ns, _ in found]
        features = [feature for _, feature in found] or np.empty((0, GRID[0] * GRID[1]))
        return Series(np.array(stamps_s, np.float64), np.asarray(features, np.float32))
