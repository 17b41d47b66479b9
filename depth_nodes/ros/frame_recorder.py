"""Keeps account of what arrives: counts, ages, headers, and some frames to look at."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from depth_nodes.evaluation.latency import latency_statistics
from depth_nodes.ros.age import is_plausible_age
from depth_nodes.ros.cdr import header_from_cdr, stamp_ns_from_cdr
from depth_nodes.ros.topics import (
    CAMERA_INFO,
    DEPTH,
    DEPTH_CAMERA_INFO,
    GROUND_TRUTH,
    IMAGE,
    OUTPUTS,
    POINTS,
)

PICTURED = (IMAGE, DEPTH, POINTS, GROUND_TRUTH)

NUM_OPEN_FRAMES = 16
MAX_KEPT_FRAMES = 8

Messages = dict[str, bytes]


@dataclass
class RecordedFrame:
    """The messages of one stamp; those that nobody needs any more are left out."""

    index: int
    is_kept: bool = False
    headers: Messages = field(default_factory=dict)
    messages: Messages = field(default_factory=dict)


class FrameRecorder:
    """Sorts serialised messages by stamp.

    Args:
        topics: what will be added. Headers are held against that of the image, where images are,
            else of the depth image.
        wanted: those of them that make a frame complete.

    Attributes:
        counts: messages by topic.
        num_complete: frames that were complete.
    """

    def __init__(self, topics: tuple[str, ...], wanted: frozenset[str]) -> None:
        self._wanted = wanted
        self._outputs = [topic for topic in OUTPUTS if topic in topics]
        self._reference = IMAGE if IMAGE in topics else DEPTH
        self.num_complete = 0
        self.counts: Counter[str] = Counter()
        self.num_header_mismatches = 0
        self.num_outputs_without_image = 0
        self._num_frames = 0
        self._open: dict[int, RecordedFrame] = {}
        self._kept: list[RecordedFrame] = []
        self._stride = 1
        self._arrivals_ns: list[int] = []
        self._ages_ms: dict[str, list[float]] = {topic: [] for topic in OUTPUTS}

    def add(self, topic: str, cdr: bytes, arrival_ns: int) -> Messages | None:
        """Takes a message in.

        Returns:
            The wanted messages of a frame, once all have arrived.
        """
        self.counts[topic] += 1
        stamp_ns = stamp_ns_from_cdr(cdr)
        if topic in OUTPUTS:
            self._ages_ms[topic].append((arrival_ns - stamp_ns) / 1e6)
        if topic == DEPTH:
            self._arrivals_ns.append(arrival_ns)
        if topic == CAMERA_INFO:
            return None
        frame = self._open.get(stamp_ns) or self._open_frame(stamp_ns)
        frame.headers[topic] = header_from_cdr(cdr)
        if topic in self._wanted or (topic in PICTURED and frame.is_kept):
            frame.messages[topic] = cdr
        return self._take_complete(frame, topic)

    @property
    def num_outputs(self) -> int:
        """Frames of which every output has arrived, whatever else has."""
        return min(self.counts[topic] for topic in self._outputs)

    def close(self) -> None:
        """Judges the frames that are still open."""
        while self._open:
            self._close_oldest()

    def pictured_frames(self, count: int) -> list[RecordedFrame]:
        """Complete frames, spread over the recording."""
        wanted = {IMAGE, DEPTH, *(topic for topic in PICTURED if self.counts[topic])}
        complete = [frame for frame in self._kept if wanted <= frame.messages.keys()]
        if not complete:
            complete = [frame for frame in self._kept if {IMAGE, DEPTH} <= frame.messages.keys()]
        places = (np.arange(count) + 0.5) / count * len(complete)
        return [complete[index] for index in sorted(set(places.astype(int)))] if complete else []

    def report(self) -> dict[str, object]:
        """Counts, rate and age, ready for JSON."""
        duration_s = (
            (self._arrivals_ns[-1] - self._arrivals_ns[0]) / 1e9 if self._arrivals_ns else 0
        )
        num_depths = len(self._arrivals_ns)
        num_suspect = self.num_header_mismatches + self.num_outputs_without_image
        return {
            'frames_received': {
                'image': self.counts[IMAGE],
                'depth': self.counts[DEPTH],
                'camera_info': self.counts[DEPTH_CAMERA_INFO],
                'points': self.counts[POINTS],
                'ground_truth': self.counts[GROUND_TRUTH],
            },
            'headers_identical': num_depths > 0 and num_suspect == 0,
            'header_mismatches': self.num_header_mismatches,
            'outputs_without_image': self.num_outputs_without_image,
            'rate_hz': (num_depths - 1) / duration_s if duration_s > 0 else None,
            'age_ms': {topic: age_statistics(ages) for topic, ages in self._ages_ms.items()},
        }

    def latency(self, num_expected: int) -> dict[str, int | float | None]:
        """Of the depth images that have arrived, of so many that were expected."""
        ages_ms = self._ages_ms[DEPTH]
        is_known = age_statistics(ages_ms) is not None
        return latency_statistics(ages_ms if is_known else [], self._arrivals_ns, num_expected)

    def _open_frame(self, stamp_ns: int) -> RecordedFrame:
        if len(self._open) >= NUM_OPEN_FRAMES:
            self._close_oldest()
        frame = RecordedFrame(index=self._num_frames)
        self._num_frames += 1
        self._open[stamp_ns] = frame
        if frame.index % self._stride == 0:
            frame.is_kept = True
            self._kept.append(frame)
        if len(self._kept) > MAX_KEPT_FRAMES:
            self._thin()
        return frame

    def _thin(self) -> None:
        """Keeps every second of the kept frames, so that a recording may have any length."""
        self._stride *= 2
        for frame in self._kept:
            if frame.index % self._stride:
                frame.is_kept = False
                frame.messages.clear()
        self._kept = [frame for frame in self._kept if frame.is_kept]

    def _take_complete(self, frame: RecordedFrame, topic: str) -> Messages | None:
        if topic not in self._wanted or not self._wanted <= frame.messages.keys():
            return None
        self.num_complete += 1
        complete = {one: frame.messages[one] for one in self._wanted}
        if not frame.is_kept:
            frame.messages.clear()
        return complete

    def _close_oldest(self) -> None:
        frame = self._open.pop(next(iter(self._open)))
        outputs = [frame.headers[topic] for topic in OUTPUTS if topic in frame.headers]
        reference = frame.headers.get(self._reference)
        if reference is None:  # lost here, or the output has a stamp that no image had
            self.num_outputs_without_image += len(outputs)
        else:
            self.num_header_mismatches += sum(one != reference for one in outputs)
        if not frame.is_kept:
            frame.messages.clear()


def age_statistics(ages_ms: list[float]) -> dict[str, float] | None:
    """Percentiles of capture to arrival [ms]; None where stamps are not those of now."""
    if not ages_ms or not is_plausible_age(float(np.median(ages_ms))):
        return None
    p50, p99 = (float(value) for value in np.percentile(ages_ms, (50, 99)))
    return {'p50': p50, 'p99': p99, 'max': max(ages_ms)}
