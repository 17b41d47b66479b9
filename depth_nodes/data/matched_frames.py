"""The messages of a recording that belong to one image."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from depth_nodes.data.evaluation_topics import EvaluationTopics
from depth_nodes.data.message_streams import MessageStreams, Stamped
from depth_nodes.data.stamp_matching import NearestInTime


class Tolerance(NamedTuple):
    """How messages are matched to the stamp of an image [ns].

    `offset_ns` is what the clock of the truth is ahead of the camera's.
    """

    truth_ns: int = 0
    prediction_ns: int = 0
    offset_ns: int = 0


class Matched(NamedTuple):
    """An image and what belongs to it; None where nothing does."""

    stamp_ns: int
    image: Any
    info: Any
    truth: Any
    prediction: Any


class MatchedFrames:
    """Goes through the images of a recording, in step with all that belongs to them."""

    def __init__(
        self, streams: MessageStreams, topics: EvaluationTopics, tolerance: Tolerance
    ) -> None:
        self._images = streams.of_topic(topics.image)
        self._infos = streams.of_topic(topics.camera_info)
        self.truths = NearestInTime(
            streams.of_topic(topics.truth),
            tolerance_ns=tolerance.truth_ns,
            offset_ns=tolerance.offset_ns,
        )
        self.predictions: NearestInTime | None = None
        if topics.prediction is not None:
            self.predictions = NearestInTime(
                streams.of_topic(topics.prediction), tolerance_ns=tolerance.prediction_ns
            )

    def __iter__(self) -> Iterator[Matched]:
        """Every image, with the newest CameraInfo that is not younger, or the first."""
        info = next(self._infos, None)
        next_info = next(self._infos, None)
        image = next(self._images, None)
        while image is not None:
            following = next(self._images, None)
            next_stamp_ns = following and following.stamp_ns
            while next_info is not None and next_info.stamp_ns <= image.stamp_ns:
                info, next_info = next_info, next(self._infos, None)
            yield Matched(
                stamp_ns=image.stamp_ns,
                image=image.message,
                info=info and info.message,
                truth=_found(self.truths, image, next_stamp_ns),
                prediction=_found(self.predictions, image, next_stamp_ns),
            )
            image = following


def _found(messages: NearestInTime | None, image: Stamped, next_stamp_ns: int | None) -> Any:
    found = messages and messages.find(image.stamp_ns, next_stamp_ns)
    return found and found.message
