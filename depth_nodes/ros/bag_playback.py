"""Recordings (rosbag2) as frames of serialised messages."""

from __future__ import annotations

import bisect
from collections import deque
from collections.abc import Iterator
from functools import cached_property
import logging
from pathlib import Path

from rclpy.serialization import serialize_message
from sensor_msgs.msg import CameraInfo

from depth_nodes.data.bag import BagReader, raw_messages
from depth_nodes.data.bag_storage import RawMessage
from depth_nodes.data.bag_topics import TopicFinder
from depth_nodes.data.message_streams import stamped
from depth_nodes.data.sample import Sample
from depth_nodes.errors import ConfigError, InputError
from depth_nodes.messages.camera import fill_camera_info
from depth_nodes.ros.cdr import restamped, stamp_ns_from_cdr
from depth_nodes.ros.frame import Frame, PlaybackConfig
from depth_nodes.ros.recorded_message import (
    decoded_image,
    is_calibrated,
    with_camera,
    with_camera_frame,
    with_frame_id,
)
from depth_nodes.ros.topics import (
    CAMERA_INFO,
    GROUND_TRUTH,
    IMAGE,
    image_topic,
    ODOMETRY,
    TYPES,
)

logger = logging.getLogger(__name__)
# Odometry from before the first image: enough to know where that was.
MAX_LEAD_NS = 1_000_000_000
# While no image comes, of odometry the newest: ten seconds at 1 kHz.
MAX_WAITING = 10_000


class BagPlayback:
    """The messages of a rosbag2 as they were recorded.

    They stay byte for byte, but compressed images are decoded unless the config wants them as they
    are, its frame_id and fx_px are applied to the camera, and a message without a stamp gets the
    time of its recording. Odometry goes out where it lies between images, or shortly before them.

    Whatever the order of the recording is, every image comes after its CameraInfo.

    Raises:
        InputError: there is no such recording, or its images cannot be found.
        ConfigError: compressed images are wanted of a recording of raw ones.
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
        self._image = image_topic(config.image_transport)
        if self._image != IMAGE and not is_compressed:
            raise ConfigError(
                f'parameter image_transport is compressed, but {reader.image_topic} of {path} '
                'holds raw images; set it to raw'
            )
        self._is_decoding = is_compressed and self._image == IMAGE
        self._path = path
        self._config = config
        self._names = {reader.image_topic: self._image}
        if reader.ground_truth_topic:
            self._names[reader.ground_truth_topic] = GROUND_TRUTH
        finder = TopicFinder(path=path, topics=reader.topics)
        odometry = finder.odometry(config.odometry_topic or None)
        if odometry:
            self._names[odometry] = ODOMETRY
        self.topics = (CAMERA_INFO, *self._names.values())
        self.period_ns = round(1e9 / reader.rate_hz)
        self._cameras = self._read_cameras(reader)

    def __iter__(self) -> Iterator[Frame]:
        start_ns: int | None = None
        for topic, time_ns, cdr in self._between_images():
            start_ns = time_ns if start_ns is None else start_ns
            stamp_ns = stamp_ns_from_cdr(cdr)
            messages: tuple[tuple[str, bytes], ...] = ((topic, cdr),)
            if topic == self._image:
                messages = ((CAMERA_INFO, self._camera(stamp_ns)), *messages)
            yield Frame(time_ns=time_ns - start_ns, stamp_ns=stamp_ns, messages=messages)

    def _between_images(self) -> Iterator[tuple[str, int, bytes]]:
        """Topic, time of recording and bytes of the messages; no odometry before and after all."""
        waiting: deque[tuple[str, int, bytes]] = deque(maxlen=MAX_WAITING)
        has_begun = False
        for raw in raw_messages(self._path, list(self._names)):
            name, _, time_ns, recorded = raw
            topic = self._names[name]
            if topic == ODOMETRY:
                if is_whole(raw):
                    waiting.append((topic, time_ns, self._changed(topic, recorded, time_ns)))
                continue
            earliest_ns = 0 if has_begun else time_ns - MAX_LEAD_NS
            yield from (one for one in waiting if one[1] >= earliest_ns)
            waiting.clear()
            has_begun = True
            yield topic, time_ns, self._changed(topic, recorded, time_ns)

    def _changed(self, topic: str, cdr: bytes, time_ns: int) -> bytes:
        """The message as it goes out on a topic; time_ns is that of its recording."""
        if topic == IMAGE and self._is_decoding:
            try:
                cdr = decoded_image(cdr)
            except InputError as error:
                raise InputError(f'{self._path}: {error}') from error
        if self._config.frame_id and topic == ODOMETRY:
            cdr = with_camera_frame(cdr, self._camera_frame, self._config.frame_id)
        elif self._config.frame_id:
            cdr = with_frame_id(cdr, TYPES[topic], self._config.frame_id)
        return cdr if stamp_ns_from_cdr(cdr) > 0 else restamped(cdr, time_ns)

    @cached_property
    def _camera_frame(self) -> str:
        """That of the first image, as recorded."""
        name = next(name for name, topic in self._names.items() if topic == self._image)
        first = next(iter(raw_messages(self._path, [name])))
        return str(stamped(first).message.header.frame_id)

    def _read_cameras(self, reader: BagReader) -> list[tuple[int, bytes]]:
        """Stamps and CameraInfo messages in order; an assumed one where none was recorded."""
        cameras = []
        if reader.camera_info_topic is not None:
            for _, _, time_ns, recorded in raw_messages(self._path, [reader.camera_info_topic]):
                cdr = self._changed(CAMERA_INFO, recorded, time_ns)
                cameras.append((stamp_ns_from_cdr(cdr), cdr))
        if not cameras:
            return [(0, self._assumed_camera_info(next(iter(reader))))]
        if self._config.fx_px > 0 and not all(is_calibrated(cdr) for _, cdr in cameras):
            camera = self._config.assumed_camera(next(iter(reader)).image)
            cameras = [
                (stamp_ns, cdr if is_calibrated(cdr) else with_camera(cdr, camera))
                for stamp_ns, cdr in cameras
            ]
        return sorted(cameras)

    def _assumed_camera_info(self, sample: Sample) -> bytes:
        self._config.warn_of_assumption()
        message = CameraInfo()
        fill_camera_info(message, self._config.assumed_camera(sample.image))
        message.header.frame_id = self._config.frame_id or sample.frame_id
        return serialize_message(message)

    def _camera(self, stamp_ns: int) -> bytes:
        """The newest camera that is not newer than the image, else the first one."""
        index = bisect.bisect_right(self._cameras, stamp_ns, key=lambda camera: camera[0])
        recorded_ns, cdr = self._cameras[max(index - 1, 0)]
        return cdr if recorded_ns > 0 else restamped(cdr, stamp_ns)


def is_whole(raw: RawMessage) -> bool:
    """Whether the bytes are those of a message: nobody has asked for odometry."""
    try:
        stamped(raw)
    except InputError as error:
        logger.warning('a message is left out: %s', error)
        return False
    return True
