"""Sequence folders and videos as frames of serialised messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from nav_msgs.msg import Odometry
from rclpy.serialization import serialize_message
from rclpy.time import Time
from sensor_msgs.msg import CameraInfo, Image

from depth_nodes.data.bag_writer import START_NS
from depth_nodes.data.sample import dense_depth, Sample
from depth_nodes.errors import ConfigError
from depth_nodes.messages.camera import Camera, fill_camera_info
from depth_nodes.messages.depth import DepthImageWriter
from depth_nodes.messages.image import fill_image
from depth_nodes.messages.odometry import fill_odometry
from depth_nodes.ros.frame import Frame, PlaybackConfig
from depth_nodes.ros.topics import CAMERA_INFO, GROUND_TRUTH, IMAGE, ODOMETRY


class SamplePlayback:
    """Samples of a sequence folder or a video at a constant rate.

    Their stamps are those that `depth_nodes bag make` gives them.

    Raises:
        ConfigError: compressed images are wanted, which only a bag has.
    """

    has_recorded_stamps = False

    def __init__(
        self,
        samples: Iterable[Sample],
        rate_hz: float,
        config: PlaybackConfig,
        *,
        has_truth: bool,
        has_poses: bool = False,
    ) -> None:
        if config.image_transport == 'compressed':
            raise ConfigError(
                'parameter image_transport is compressed, but only a bag holds compressed '
                'messages; set it to raw'
            )
        self._samples = samples
        self._config = config
        self.period_ns = round(1e9 / rate_hz)
        also = ((GROUND_TRUTH, has_truth), (ODOMETRY, has_poses))
        self.topics = (CAMERA_INFO, IMAGE, *(topic for topic, is_there in also if is_there))
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
            time_ns = index * self.period_ns
            stamp_ns = START_NS + (time_ns if sample.stamp_ns is None else sample.stamp_ns)
            camera_frame = self._config.frame_id or sample.frame_id
            for _, message in messages:
                message.header.frame_id = camera_frame
            if sample.world_from_camera is not None and ODOMETRY in self.topics:
                messages.insert(0, (ODOMETRY, Odometry()))
                fill_odometry(messages[0][1], sample.world_from_camera, camera_frame)
            for _, message in messages:
                message.header.stamp = Time(nanoseconds=stamp_ns).to_msg()
            serialised = tuple((topic, serialize_message(message)) for topic, message in messages)
            yield Frame(time_ns=time_ns, stamp_ns=stamp_ns, messages=serialised)

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
            self._config.warn_of_assumption()
        return self._config.assumed_camera(sample.image)


def _ground_truth(sample: Sample) -> Image:
    """32FC1 of the image's size, NaN where unknown."""
    message = Image()
    DepthImageWriter(message, '32FC1').write(dense_depth(sample), message.header)
    return message
