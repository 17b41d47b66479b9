"""Samples from the messages that belong together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import cv2
from jaxtyping import Float32, UInt8
import numpy as np

from depth_nodes.data.bag_reader import decode_image
from depth_nodes.data.bag_truth import depth_from_message, LidarTruth, truth_from_message
from depth_nodes.data.evaluation_topics import EvaluationTopics
from depth_nodes.data.matched_frames import Matched
from depth_nodes.data.sample import Sample
from depth_nodes.data.skip_reason import EMPTY_TRUTH, NO_PREDICTION, NO_TRUTH, UNREADABLE
from depth_nodes.errors import InputError
from depth_nodes.messages.camera import camera_from_message

Decoded = TypeVar('Decoded')


class SkippedFrameError(Exception):
    """A frame that cannot be compared.

    Attributes:
        reason: what it is counted under.
        error: what is wrong with its messages, where that is it.
    """

    def __init__(self, reason: str, error: InputError | None = None) -> None:
        super().__init__(reason)
        self.reason, self.error = reason, error


class FrameDecoder:
    """Decodes the messages of frames; with a LiDAR, its points become the truth."""

    def __init__(self, topics: EvaluationTopics, lidar: LidarTruth | None) -> None:
        self._topics = topics
        self._lidar = lidar

    def sample(self, name: str, frame: Matched) -> Sample:
        """The sample of a frame.

        Raises:
            SkippedFrameError: it has no truth or prediction, or one cannot be read.
            InputError: its camera is not calibrated.
        """
        has_prediction = self._topics.prediction is not None
        if frame.truth is None:
            raise SkippedFrameError(NO_TRUTH)
        if has_prediction and frame.prediction is None:
            raise SkippedFrameError(NO_PREDICTION)
        camera = _decoded('camera_info', self._topics.camera_info, camera_from_message, frame.info)
        image = _decoded('image', self._topics.image, decode_image, frame.image)
        truth, stride = _decoded(
            'truth', self._topics.truth, lambda _: self.truth(frame, image.shape[:2]), frame.truth
        )
        if not truth.any():
            raise SkippedFrameError(EMPTY_TRUTH)
        prediction = None
        if has_prediction:
            topic = str(self._topics.prediction)
            decoded = _decoded('prediction', topic, depth_from_message, frame.prediction)
            prediction = _at_size(decoded, image)
        return Sample(
            name=name,
            image=image,
            camera=camera,
            depth_m=truth,
            depth_stride=stride,
            prediction_m=prediction,
            stamp_ns=frame.stamp_ns,
            frame_id=frame.image.header.frame_id,
        )

    def truth(
        self, frame: Matched, image_size_px: tuple[int, int]
    ) -> tuple[Float32[np.ndarray, 'depth_height depth_width'], int]:
        """Depth [m], 0 where unknown, and its stride on an image of (height, width).

        Raises:
            InputError: as `truth_from_message` and `LidarTruth`.
        """
        if self._lidar is None:
            return truth_from_message(frame.truth, image_size_px)
        return self._lidar.depth(frame.truth, frame.info, frame.image, image_size_px), 1


def _decoded(kind: str, topic: str, decode: Callable[[Any], Decoded], message: Any) -> Decoded:
    try:
        if message is None:  # its metadata.yaml, or what is damaged, promised some
            raise InputError('no message can be read; record it again')
        return decode(message)
    except InputError as error:
        raise SkippedFrameError(f'{UNREADABLE}{kind}', InputError(f'{topic}: {error}')) from error


def _at_size(
    depth_m: Float32[np.ndarray, 'depth_height depth_width'],
    image: UInt8[np.ndarray, 'height width 3'],
) -> Float32[np.ndarray, 'height width']:
    """Depth of the whole image in another size; the nearest pixel counts, as depth has edges."""
    if depth_m.shape == image.shape[:2]:
        return depth_m
    size = (image.shape[1], image.shape[0])
    return cv2.resize(depth_m, size, interpolation=cv2.INTER_NEAREST_EXACT)
