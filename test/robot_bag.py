"""Recordings of a robot as its recorder writes them, with rosbags, for tests of their reading."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
import struct
from typing import Any, NamedTuple

import cv2
import numpy as np
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer

from depth_nodes.data.bag_storage import TYPESTORE
from depth_nodes.data.bag_writer import MessageWriter
from depth_nodes.messages.camera import Camera

START_NS = 1_700_000_000_000_000_000
HEIGHT, WIDTH = 64, 80
CAMERA = Camera(width_px=WIDTH, height_px=HEIGHT, fx_px=60.0, fy_px=61.0, cx_px=39.0, cy_px=32.5)
OPTICAL = 'camera_optical_frame'
IMAGE, INFO = '/image', '/camera_info'
TRUTH, PREDICTION, LIDAR = '/ground_truth/image_rect', '/depth/image_rect', '/lidar/points'
# What the recorded predictions are off by.
FACTOR = np.float32(1.1)


class Event(NamedTuple):
    """A message as it comes to a recorder."""

    topic: str
    recorded_ns: int
    message: Any


def new(kind: str, *values: Any) -> Any:
    return TYPESTORE.types[kind](*values)


def header(stamp_ns: int, frame_id: str = OPTICAL) -> Any:
    time = new('builtin_interfaces/msg/Time', *divmod(stamp_ns, 1_000_000_000))
    return new('std_msgs/msg/Header', time, frame_id)


def image_message(pixels: np.ndarray, encoding: str, stamp_ns: int) -> Any:
    rows = np.ascontiguousarray(pixels)
    height, width = rows.shape[:2]
    data = rows.reshape(-1).view(np.uint8)
    step = data.size // height if height else 0
    kind = 'sensor_msgs/msg/Image'
    return new(kind, header(stamp_ns), height, width, encoding, 0, step, data)


def depth_message(depth_m: np.ndarray, stamp_ns: int, encoding: str = '32FC1') -> Any:
    if encoding == '16UC1':
        return image_message(np.rint(depth_m * 1000).astype(np.uint16), encoding, stamp_ns)
    return image_message(depth_m.astype(np.float32), encoding, stamp_ns)


def compressed_message(data: bytes, name: str, stamp_ns: int) -> Any:
    kind = 'sensor_msgs/msg/CompressedImage'
    return new(kind, header(stamp_ns), name, np.frombuffer(data, np.uint8))


def jpeg_message(rgb: np.ndarray, stamp_ns: int) -> Any:
    data = cv2.imencode('.jpg', rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
    return compressed_message(data, 'rgb8; jpeg compressed bgr8', stamp_ns)


def compressed_depth_message(depth_m: np.ndarray, stamp_ns: int, encoding: str = '16UC1') -> Any:
    """As compressed_depth_image_transport writes it, with its default parameters for 32FC1."""
    a = b = 0.0
    values = np.rint(depth_m * 1000)
    if encoding == '32FC1':
        quantisation, max_depth_m = 100.0, 10.0
        a = quantisation * (quantisation + 1)
        b = 1 - a / max_depth_m
        with np.errstate(divide='ignore'):
            is_held = (depth_m > 0) & (depth_m < max_depth_m)
            values = np.where(is_held, np.rint(a / depth_m + b), 0)
    png = cv2.imencode('.png', values.astype(np.uint16))[1].tobytes()
    name = f'{encoding}; compressedDepth png'
    return compressed_message(struct.pack('<iff', 0, a, b) + png, name, stamp_ns)


def info_message(camera: Camera, stamp_ns: int, **changes: Any) -> Any:
    matrix = camera.matrix
    projection = np.column_stack([matrix, [camera.stereo_offset_px_m, 0, 0]]).reshape(-1)
    roi = new('sensor_msgs/msg/RegionOfInterest', 0, 0, 0, 0, False)
    message = new(
        'sensor_msgs/msg/CameraInfo', header(stamp_ns), camera.height_px, camera.width_px,
        'plumb_bob', np.zeros(5), matrix.reshape(-1), np.eye(3).reshape(-1), projection, 0, 0, roi,
    )  # fmt: skip
    for name, value in changes.items():
        setattr(message, name, value)
    return message


def cloud_message(points_m: np.ndarray, stamp_ns: int, frame_id: str = 'lidar') -> Any:
    """A cloud of one row, x y z intensity."""
    field = TYPESTORE.types['sensor_msgs/msg/PointField']
    fields = [field(name, 4 * index, 7, 1) for index, name in enumerate(('x', 'y', 'z', 'i'))]
    data = np.column_stack([points_m, np.ones(len(points_m))]).astype(np.float32)
    return new(
        'sensor_msgs/msg/PointCloud2', header(stamp_ns, frame_id), 1, len(data), fields, False,
        16, 16 * len(data), data.reshape(-1).view(np.uint8), True,
    )  # fmt: skip


def transforms_message(*links: tuple[str, str, np.ndarray, np.ndarray]) -> Any:
    """TF of (parent, child, translation, quaternion x y z w)."""
    transforms = [
        new(
            'geometry_msgs/msg/TransformStamped', header(START_NS, parent), child,
            new(
                'geometry_msgs/msg/Transform',
                new('geometry_msgs/msg/Vector3', *map(float, shift)),
                new('geometry_msgs/msg/Quaternion', *map(float, turn)),
            ),
        )
        for parent, child, shift, turn in links
    ]  # fmt: skip
    return new('tf2_msgs/msg/TFMessage', transforms)


@cache
def scene(time_s: float) -> tuple[np.ndarray, np.ndarray]:
    """RGB and depth [m] of boxes that a camera drives past, over a ground that rises."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    depth = 12.0 - 8.0 * rows / HEIGHT
    shade = 60.0 + rows
    for number in range(40):
        random = np.random.default_rng(number)
        left = random.uniform(-40, 400) - 45 * time_s
        top, size = random.uniform(0, HEIGHT - 12), random.uniform(5, 16)
        distance, brightness = random.uniform(1.5, 7), random.uniform(90, 250)
        is_box = (abs(columns - left) < size) & (rows > top) & (rows < top + 1.5 * size)
        is_near = is_box & (distance < depth)
        depth, shade = np.where(is_near, distance, depth), np.where(is_near, brightness, shade)
    rgb = np.repeat(shade[..., None], 3, axis=-1).astype(np.uint8)
    return rgb, depth.astype(np.float32)


@dataclass(frozen=True, kw_only=True)
class Robot:
    """What is recorded.

    `truth_shift_s` moves the stamps of the truth, `truth_delay_s` its time of recording (which
    does not move with the stamps).
    """

    num_frames: int = 12
    rate_hz: float = 10.0
    has_prediction: bool = True
    has_info: bool = True
    truth_topic: str = TRUTH
    truth_encoding: str = '32FC1'
    truth_shift_s: float = 0.0
    truth_delay_s: float = 0.0
    is_moving: bool = True


def events_of(robot: Robot) -> list[Event]:
    """The messages of a drive, ordered by their times of recording."""
    events = []
    for index in range(robot.num_frames):
        stamp_ns = START_NS + round(index / robot.rate_hz * 1e9)
        rgb, depth = scene(index / robot.rate_hz if robot.is_moving else 0.0)
        events.append(Event(IMAGE, stamp_ns, image_message(rgb, 'rgb8', stamp_ns)))
        if robot.has_info:
            events.append(Event(INFO, stamp_ns, info_message(CAMERA, stamp_ns)))
        if robot.has_prediction:
            message = depth_message(depth * FACTOR, stamp_ns)
            events.append(Event(PREDICTION, stamp_ns, message))
        message = depth_message(
            depth, stamp_ns + round(robot.truth_shift_s * 1e9), robot.truth_encoding
        )
        recorded_ns = stamp_ns + round(robot.truth_delay_s * 1e9)
        events.append(Event(robot.truth_topic, recorded_ns, message))
    return sorted(events, key=lambda event: event.recorded_ns)


def write_events(
    path: Path,
    events: Iterable[Event],
    *,
    plugin: StoragePlugin = StoragePlugin.MCAP,
    compression: CompressionMode = CompressionMode.NONE,
) -> Path:
    """A recording of messages in the order given."""
    writer = Writer(path, version=9, storage_plugin=plugin)
    writer.set_compression(compression, CompressionFormat.ZSTD)
    with writer:
        messages = MessageWriter(writer)
        for event in events:
            messages.write(*event)
    return path


def write_robot(path: Path, robot: Robot, **storage: Any) -> Path:
    return write_events(path, events_of(robot), **storage)
