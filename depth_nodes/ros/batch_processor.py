"""What the worker's thread does: frames of one camera or more in, their depth out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from depth_nodes.ros.frame_input import CameraFrame
from depth_nodes.ros.frame_processor import DecodedFrame, FrameProcessor
from depth_nodes.runtime.depth_estimate import Estimator


class BatchProcessor:
    """Never raises, so that no camera can stop the others. One thread calls it.

    Args:
        estimator: of all cameras.
        cameras: what decodes and publishes the frames of each.
    """

    def __init__(self, estimator: Estimator, cameras: Sequence[FrameProcessor]) -> None:
        self._estimator = estimator
        self._cameras = cameras

    def __call__(self, messages: Mapping[int, CameraFrame]) -> None:
        """Publishes the depth of each frame, or tells the camera's monitor why not."""
        decoded = {index: self._cameras[index].decode(one) for index, one in messages.items()}
        left = {index: frame for index, frame in decoded.items() if frame is not None}
        while left:
            try:
                self._estimate(left)
            except BaseException as error:  # a SystemExit of a library would end the thread
                # Whatever it is, the first that is left has a part in it; the others may not.
                index = next(iter(left))
                del left[index]
                self._cameras[index].fail(error)

    def _estimate(self, left: dict[int, DecodedFrame]) -> None:
        """Takes out what has its depth."""
        frames = {index: decoded.frame for index, decoded in left.items()}
        wants_points = any(self._cameras[index].wants_points for index in frames)
        wants_confidence = any(self._cameras[index].wants_confidence for index in frames)
        estimates = self._estimator.estimate_batch(
            frames, with_points=wants_points, with_confidence=wants_confidence
        )
        for index, estimate in estimates:
            self._cameras[index].publish(left.pop(index), estimate)
