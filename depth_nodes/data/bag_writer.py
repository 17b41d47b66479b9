"""Frames as a rosbag2 recording (a folder with MCAP inside), without ROS."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
import logging
import math
from pathlib import Path
import shutil
from typing import Any

import cv2
import numpy as np
from rosbags.interfaces import Connection
from rosbags.rosbag2 import StoragePlugin, Writer

from depth_nodes.data.bag_storage import TYPESTORE
from depth_nodes.data.bag_topics import STANDARD_ODOMETRY
from depth_nodes.data.sample import dense_depth, Sample
from depth_nodes.errors import ConfigError, InputError
from depth_nodes.messages.camera import fill_camera_info
from depth_nodes.messages.depth import DepthImageWriter
from depth_nodes.messages.image import fill_image
from depth_nodes.messages.odometry import fill_odometry

IMAGE_TOPIC = '/image'
COMPRESSED_TOPIC = '/image/compressed'
CAMERA_INFO_TOPIC = '/camera_info'
GROUND_TRUTH_TOPIC = '/ground_truth/image_rect'
JPEG_QUALITY = 95
# A header stamp of 0 means "not stamped", so no recording begins there.
START_NS = 1_000_000_000

_LOGGER = logging.getLogger(__name__)


def write_bag(
    samples: Iterable[Sample], path: Path | str, *, rate_hz: float, is_compressed: bool = False
) -> None:
    """Writes images, cameras, ground-truth depth and poses as a new recording.

    Poses become odometry of the camera's own frame.

    Args:
        samples: frames; those without a stamp follow each other at `rate_hz`, from 1 s on.
        path: the folder to make.
        rate_hz: frames a second.
        is_compressed: JPEG on `/image/compressed` instead of rgb8 on `/image`.

    Raises:
        InputError: the folder exists, there are no samples, or depth does not fit its image.
        ConfigError: the rate is not positive.
    """
    path = Path(path)
    if not (rate_hz > 0 and math.isfinite(rate_hz)):
        raise ConfigError(f'rate of {rate_hz} Hz must be above 0')
    if path.exists():
        raise InputError(f'{path} exists already; remove it or choose another output')
    remaining = iter(samples)
    first = next(remaining, None)
    if first is None:
        raise InputError(f'no frames for {path}; give a sequence that holds some')
    try:
        with Writer(path, version=9, storage_plugin=StoragePlugin.MCAP) as writer:
            recording = _Recording(writer, is_compressed)
            for sample, stamp_ns in _stamped(chain([first], remaining), rate_hz):
                recording.write(sample, stamp_ns)
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)  # half a recording cannot be opened
        raise


def _stamped(samples: Iterable[Sample], rate_hz: float) -> Iterator[tuple[Sample, int]]:
    """Every sample with its header stamp [ns], all above 0."""
    offset_ns = 0
    for index, sample in enumerate(samples):
        if sample.stamp_ns is None:
            yield sample, START_NS + round(index / rate_hz * 1e9)
            continue
        if index == 0 and sample.stamp_ns < 1:
            offset_ns = START_NS - sample.stamp_ns
        stamp_ns = sample.stamp_ns + offset_ns
        if stamp_ns < 1:
            raise InputError(f'frame {sample.name} lies {-stamp_ns} ns before time 0; correct it')
        yield sample, stamp_ns


class MessageWriter:
    """Messages into an open recording; a topic begins with its first one."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._connections: dict[str, Connection] = {}

    def write(self, topic: str, recorded_ns: int, message: Any) -> None:
        """Writes a message of rosbags under its time of recording [ns]."""
        kind = message.__msgtype__
        if topic not in self._connections:
            connection = self._writer.add_connection(topic, kind, typestore=TYPESTORE)
            self._connections[topic] = connection
        cdr = TYPESTORE.serialize_cdr(message, kind)
        self._writer.write(self._connections[topic], recorded_ns, cdr)


class _Recording:
    """The frames of one recording."""

    def __init__(self, writer: Writer, is_compressed: bool) -> None:
        self._messages = MessageWriter(writer)
        self._is_compressed = is_compressed
        self._has_warned = False
        self._image = _new_image()
        self._depth_writer = DepthImageWriter(_new_image(), '32FC1')

    def write(self, sample: Sample, stamp_ns: int) -> None:
        time = _new('builtin_interfaces/msg/Time', *divmod(stamp_ns, 1_000_000_000))
        header = _new('std_msgs/msg/Header', time, sample.frame_id)
        if sample.world_from_camera is not None:  # first: who gets the image knows its pose
            message = new_odometry(time)
            fill_odometry(message, sample.world_from_camera, sample.frame_id)
            self._messages.write(STANDARD_ODOMETRY, stamp_ns, message)
        if self._is_compressed:
            self._messages.write(COMPRESSED_TOPIC, stamp_ns, _compressed_image(header, sample))
        else:
            self._image.header = header
            fill_image(self._image, sample.image)
            self._messages.write(IMAGE_TOPIC, stamp_ns, self._image)
        if sample.camera is not None:
            info = _new_camera_info(header)
            fill_camera_info(info, sample.camera)
            self._messages.write(CAMERA_INFO_TOPIC, stamp_ns, info)
        elif not self._has_warned:
            self._has_warned = True
            _LOGGER.warning('frames without intrinsics get no camera_info: %s', sample.name)
        if sample.depth_m is not None:
            self._depth_writer.write(dense_depth(sample), header)
            self._messages.write(GROUND_TRUTH_TOPIC, stamp_ns, self._depth_writer.message)


def _compressed_image(header: Any, sample: Sample) -> Any:
    bgr = cv2.cvtColor(sample.image, cv2.COLOR_RGB2BGR)
    data = cv2.imencode('.jpg', bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1]
    kind = 'sensor_msgs/msg/CompressedImage'
    return _new(kind, header, 'rgb8; jpeg compressed bgr8', data.reshape(-1))


def _new(kind: str, *values: Any) -> Any:
    return TYPESTORE.types[kind](*values)


def _new_image() -> Any:
    return _new('sensor_msgs/msg/Image', None, 0, 0, '', 0, 0, np.empty(0, np.uint8))


def _new_camera_info(header: Any) -> Any:
    """A CameraInfo whose numbers fill_camera_info writes."""
    kind, empty = 'sensor_msgs/msg/CameraInfo', np.empty(0)
    roi = _new('sensor_msgs/msg/RegionOfInterest', 0, 0, 0, 0, False)
    return _new(kind, header, 0, 0, '', empty, empty, empty, empty, 0, 0, roi)


def new_odometry(time: Any) -> Any:
    """At rest; covariances of 0 are unknown ones."""
    pose = _new(
        'geometry_msgs/msg/Pose',
        _new('geometry_msgs/msg/Point', 0.0, 0.0, 0.0),
        _new('geometry_msgs/msg/Quaternion', 0.0, 0.0, 0.0, 1.0),
    )
    still = (_new('geometry_msgs/msg/Vector3', 0.0, 0.0, 0.0) for _ in range(2))
    twist, unknown = _new('geometry_msgs/msg/Twist', *still), np.zeros(36)
    return _new(
        'nav_msgs/msg/Odometry',
        _new('std_msgs/msg/Header', time, ''),
        '',
        _new('geometry_msgs/msg/PoseWithCovariance', pose, unknown),
        _new('geometry_msgs/msg/TwistWithCovariance', twist, unknown),
    )
