"""Sequence folders and videos as frames of serialised messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from rclpy.serialization import serialize_message
from sensor_msgs.msg import CameraInfo, Image

from depth_nodes.data.sample import Sample
from depth_nodes.messages.camera import Camera, fill_camera_info
from depth_nodes.messages.depth import DepthImageWriter
from depth_nodes.messages.image import fill_image
from depth_nodes.ros.assumed_camera import assumed_camera, warn_of_assumption
from depth_nodes.ros.frame import CAMERA_INFO, Frame, GROUND_TRUTH, IMAGE, PlaybackConfig


class SamplePlayback:
    """Samples of a sequence folder or a video at a constant rate."""

    has_recorded_stamps = False

    def __init__(
        self, samples: Iterable[Sample], rate_hz: float, config: PlaybackConfig, *, has_truth: bool
    ) -> None:
        self._samples = samples
        self._config = config
        self.period_ns = round(1e9 / rate_hz)
        self.topics = (CAMERA_INFO, IMAGE) + ((GROUND_TRUTH,) if has_truth else ())
        self._has_warned = False

    def __iter__(self) -> Iterator[Frame]:
        for index, sample in enumerate(self._samples):
            messages: list[tuple[str, Any]] = [
                (CAMERA_INFO, self._camera_info(sample)),
                (IMAGE, Image()),
            ]
            fill_image(messages[1][1], sample.image)
            if sample.depth_m is not None and GROUND_TRUTH in self.topics:
                messages.append((GROUND_TRUTH, _ground_truth(sample)))
            for _, message in messages:
                message.header.frame_id = self._config.frame_id or sample.frame_id
            time_ns = index * self.period_ns
            serialised = tuple((topic, serialize_message(message)) for topic, message in messages)
            yield Frame(time_ns=time_ns, stamp_ns=time_ns, messages=serialised)

    def _camera_info(self, sample: Sample) -> CameraInfo:
        message = CameraInfo()
        camera = sample.camera or self._assumed_camera(sample)
        fill_camera_info(message, camera)
        if camera.is_distorted:
            message.distortion_model = camera.distortion_model
            message.d = list(camera.distortion)
        return message

    def _assumed_camera(self, sample: Sample) -> Camera:
        if not self._has_warned:
            self._has_warned = True
            warn_of_assumption(self._config.fx_px)
        return assumed_camera(sample, self._config.fx_px)


def _ground_truth(sample: Sample) -> Image:
    """32FC1 of the image's size, NaN where unknown and between the samples of a coarser grid."""
    assert sample.depth_m is not None, 'only called where there is ground truth'
    height, width = sample.image.shape[:2]
    truth_m = np.full((height, width), np.nan, np.float32)
    known_m = np.where(sample.depth_m > 0, sample.depth_m, np.nan)
    grid = truth_m[:: sample.depth_stride, :: sample.depth_stride]
    rows, columns = np.minimum(grid.shape, known_m.shape)
    grid[:rows, :columns] = known_m[:rows, :columns]
    message = Image()
    DepthImageWriter(message, '32FC1').write(truth_m, message.header)
    return message
