"""Recordings (rosbag2) as frames of serialised messages, without decoding them."""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from pathlib import Path

from rclpy.serialization import serialize_message
from sensor_msgs.msg import CameraInfo

from depth_nodes.data.bag import BagReader, raw_messages
from depth_nodes.messages.camera import fill_camera_info
from depth_nodes.ros.assumed_camera import assumed_camera, warn_of_assumption
from depth_nodes.ros.cdr import stamp_ns_from_cdr
from depth_nodes.ros.frame import (
    CAMERA_INFO,
    COMPRESSED_IMAGE,
    Frame,
    GROUND_TRUTH,
    IMAGE,
    PlaybackConfig,
)


class BagPlayback:
    """The messages of a rosbag2 as they were recorded, byte for byte.

    Whatever the order of the recording is, every image comes after its CameraInfo.
    """

    has_recorded_stamps = True

    def __init__(self, path: Path, config: PlaybackConfig) -> None:
        reader = BagReader(
            path,
            image_topic=config.image_topic or None,
            camera_info_topic=config.camera_info_topic or None,
            ground_truth_topic=config.ground_truth_topic or None,
        )
        is_compressed = reader.topics[reader.image_topic][0].endswith('CompressedImage')
        self._image = COMPRESSED_IMAGE if is_compressed else IMAGE
        self._path = path
        self._names = {reader.image_topic: self._image}
        if reader.ground_truth_topic:
            self._names[reader.ground_truth_topic] = GROUND_TRUTH
        self.topics = (CAMERA_INFO, *self._names.values())
        self.period_ns = round(1e9 / reader.rate_hz)
        self._cameras = self._read_cameras(reader, config.fx_px)

    def __iter__(self) -> Iterator[Frame]:
        start_ns: int | None = None
        for name, _, time_ns, cdr in raw_messages(self._path, list(self._names)):
            start_ns = time_ns if start_ns is None else start_ns
            stamp_ns, topic = stamp_ns_from_cdr(cdr), self._names[name]
            messages: tuple[tuple[str, bytes], ...] = ((topic, cdr),)
            if topic == self._image:
                messages = ((CAMERA_INFO, self._camera(stamp_ns)), *messages)
            yield Frame(time_ns=time_ns - start_ns, stamp_ns=stamp_ns, messages=messages)

    def _read_cameras(self, reader: BagReader, fx_px: float) -> list[tuple[int, bytes]]:
        """Stamps and CameraInfo messages in order; an assumed one where none was recorded."""
        if reader.camera_info_topic is not None:
            messages = raw_messages(self._path, [reader.camera_info_topic])
            cameras = [(stamp_ns_from_cdr(cdr), cdr) for _, _, _, cdr in messages]
            if cameras:
                return sorted(cameras)
        warn_of_assumption(fx_px)
        sample, message = next(iter(reader)), CameraInfo()
        fill_camera_info(message, assumed_camera(sample, fx_px))
        message.header.frame_id = sample.frame_id
        return [(0, serialize_message(message))]

    def _camera(self, stamp_ns: int) -> bytes:
        """The newest camera that is not newer than the image, else the first one."""
        index = bisect.bisect_right(self._cameras, stamp_ns, key=lambda camera: camera[0])
        return self._cameras[max(index - 1, 0)][1]
