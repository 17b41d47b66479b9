"""Consumers of depth as test doubles: real subscribers that take what the real ones take.

Each is written from what its documentation and threads state that it needs. One frame is the
messages of one stamp on all of its topics; it is accepted, or refused with the reason.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data, QoSProfile
from sensor_msgs.msg import CameraInfo, Image, PointCloud2, PointField
import yaml

RECIPES = Path(__file__).resolve().parents[1] / 'config/recipes'
RELIABLE = QoSProfile(depth=10)
QUEUE_LENGTH = 10
DEPTH, DEPTH_INFO, POINTS = 'depth/image_rect', 'depth/camera_info', 'depth/points'
IMAGE, IMAGE_INFO = 'image', 'camera_info'
PIXEL_BYTES = {'32FC1': 4, '16UC1': 2, 'mono16': 2, 'rgb8': 3, 'bgr8': 3, 'bgra8': 4, 'mono8': 1}
DEPTH_ENCODINGS = ('32FC1', '16UC1', 'mono16')
NS_PER_S = 1_000_000_000


@dataclass
class Transforms:
    """What tf2 knows: the frames of the tree, and until when."""

    frames: set[str] = field(default_factory=set)
    newest_ns: int = 0


class Consumer(ABC):
    """Judges a frame when all of its topics have brought one stamp (ExactTime of message_filters).

    Attributes:
        num_accepted: frames.
        refusals: why the other frames were not taken.
    """

    topics: ClassVar[dict[str, type]]
    qos: ClassVar[QoSProfile] = RELIABLE

    def __init__(self, node: Node, transforms: Transforms) -> None:
        self.node, self.transforms = node, transforms
        self.num_accepted, self.refusals = 0, []
        self._queue: dict[int, dict[str, Any]] = {}
        for topic, kind in self.topics.items():
            node.create_subscription(kind, topic, self._receiver(topic), self.qos)

    @property
    def num_judged(self) -> int:
        return self.num_accepted + len(self.refusals)

    @abstractmethod
    def reasons(self, messages: dict[str, Any]) -> Iterator[str]:
        """Everything that keeps the consumer from using the frame."""

    def _receiver(self, topic: str) -> Any:
        return lambda message: self._receive(topic, message)

    def _receive(self, topic: str, message: Any) -> None:
        messages = self._queue.setdefault(stamp_ns(message), {})
        messages[topic] = message
        if messages.keys() == self.topics.keys():
            del self._queue[stamp_ns(message)]
            self._judge(messages)
        while len(self._queue) > QUEUE_LENGTH:
            del self._queue[min(self._queue)]

    def _judge(self, messages: dict[str, Any]) -> None:
        reason = next(self.reasons(messages), '')
        if reason:
            self.refusals.append(reason)
        else:
            self.num_accepted += 1


class Nvblox(Consumer):
    """isaac_ros_nvblox, depth: metres or millimetres, with the camera_info of the same stamp."""

    topics: ClassVar = {DEPTH: Image, DEPTH_INFO: CameraInfo}

    def reasons(self, messages: dict[str, Any]) -> Iterator[str]:
        depth, info = messages[DEPTH], messages[DEPTH_INFO]
        yield from wrong_encoding(depth, ('32FC1', '16UC1'))
        yield from other_size(depth, info)
        yield from no_focal_length(info.k[0], info.k[4])
        yield from no_transform(depth, self.transforms)


class NvbloxColour(Consumer):
    """isaac_ros_nvblox, colour: rgb8 or bgra8 beside its camera_info."""

    topics: ClassVar = {IMAGE: Image, IMAGE_INFO: CameraInfo}

    def reasons(self, messages: dict[str, Any]) -> Iterator[str]:
        yield from wrong_encoding(messages[IMAGE], ('rgb8', 'bgra8'))
        yield from no_transform(messages[IMAGE], self.transforms)


class Rtabmap(Consumer):
    """rtabmap with approx_sync false: the image is the depth, times one integer."""

    topics: ClassVar = {IMAGE: Image, IMAGE_INFO: CameraInfo, DEPTH: Image}

    def reasons(self, messages: dict[str, Any]) -> Iterator[str]:
        image, depth = messages[IMAGE], messages[DEPTH]
        yield from wrong_encoding(depth, DEPTH_ENCODINGS)
        yield from other_size(image, messages[IMAGE_INFO])
        if image.width % depth.width or image.height % depth.height:
            yield f'{size(image)} is no multiple of {size(depth)}'
        if image.width * depth.height != image.height * depth.width:
            yield f'{size(image)} has another shape than {size(depth)}'
        yield from no_transform(depth, self.transforms)


class DepthImageProcXyz(Consumer):
    """point_cloud_xyz: the camera_info beside the image, the P of a rectified camera."""

    SIBLING = f'{DEPTH.rpartition("/")[0]}/camera_info'  # as image_transport names it
    topics: ClassVar = {DEPTH: Image, SIBLING: CameraInfo}

    def reasons(self, messages: dict[str, Any]) -> Iterator[str]:
        depth, info = messages[DEPTH], messages[self.SIBLING]
        yield from wrong_encoding(depth, DEPTH_ENCODINGS)
        yield from other_size(depth, info)
        yield from no_focal_length(info.p[0], info.p[5])


class DepthImageProcXyzrgb(Consumer):
    """point_cloud_xyzrgb: depth and colour of one size."""

    topics: ClassVar = {DEPTH: Image, IMAGE: Image, IMAGE_INFO: CameraInfo}

    def reasons(self, messages: dict[str, Any]) -> Iterator[str]:
        depth, image, info = messages[DEPTH], messages[IMAGE], messages[IMAGE_INFO]
        yield from wrong_encoding(depth, DEPTH_ENCODINGS)
        yield from wrong_encoding(image, ('rgb8', 'bgr8', 'bgra8', 'mono8'))
        if size(depth) != size(image):
            yield f'depth of {size(depth)} for an image of {size(image)}'
        if depth.header.frame_id != image.header.frame_id:
            yield 'depth and image are of two frames'
        yield from no_focal_length(info.p[0], info.p[5])


class ImageView(Consumer):
    """image_view and rqt: what cv_bridge can make an OpenCV image of."""

    topics: ClassVar = {DEPTH: Image}

    def reasons(self, messages: dict[str, Any]) -> Iterator[str]:
        image = messages[DEPTH]
        yield from wrong_encoding(image, tuple(PIXEL_BYTES))
        if (
            image.step % PIXEL_BYTES[image.encoding]
            or len(image.data) != image.step * image.height
        ):
            yield f'step {image.step} and {len(image.data)} bytes for {size(image)}'


class DepthimageToLaserscan(Consumer):
    """depthimage_to_laserscan with the parameters of the recipe: rows around the optical axis."""

    topics: ClassVar = {DEPTH: Image, DEPTH_INFO: CameraInfo}
    parameters = yaml.safe_load((RECIPES / 'depthimage_to_laserscan.yaml').read_text())['/**'][
        'depthimage_to_laserscan'
    ]['ros__parameters']

    def reasons(self, messages: dict[str, Any]) -> Iterator[str]:
        depth, info = messages[DEPTH], messages[DEPTH_INFO]
        yield from wrong_encoding(depth, ('32FC1', '16UC1'))
        yield from no_focal_length(info.p[0], info.p[5])
        half = self.parameters['scan_height'] / 2
        if half > info.p[6] or half > depth.height - info.p[6]:
            yield f'{2 * half:.0f} rows around {info.p[6]:.0f} are not in {size(depth)}'


class VoxelLayer(Consumer):
    """Nav2's obstacle and voxel layers: float x y z, a transform at the stamp, best effort."""

    topics: ClassVar = {POINTS: PointCloud2}
    qos = qos_profile_sensor_data

    def reasons(self, messages: dict[str, Any]) -> Iterator[str]:
        cloud = messages[POINTS]
        floats = {
            one.name: one.offset for one in cloud.fields if one.datatype == PointField.FLOAT32
        }
        if not {'x', 'y', 'z'} <= floats.keys():
            yield f'no float x y z among {[one.name for one in cloud.fields]}'
        if len(cloud.data) != cloud.height * cloud.width * cloud.point_step:
            yield f'{len(cloud.data)} bytes for {size(cloud)} points of {cloud.point_step}'
        z = np.ndarray(
            cloud.height * cloud.width, '<f4', cloud.data, floats['z'], cloud.point_step
        )
        if not np.isfinite(z).any():
            yield 'no point'
        yield from no_transform(cloud, self.transforms)


class CollisionMonitor(VoxelLayer):
    """Nav2's collision monitor: also younger than its source_timeout."""

    SOURCE_TIMEOUT_S = 2.0

    def reasons(self, messages: dict[str, Any]) -> Iterator[str]:
        yield from super().reasons(messages)
        age_s = (self.node.get_clock().now().nanoseconds - stamp_ns(messages[POINTS])) / NS_PER_S
        if not 0 <= age_s <= self.SOURCE_TIMEOUT_S:
            yield f'{age_s:.1f} s old'


CONSUMERS: tuple[type[Consumer], ...] = (
    Nvblox,
    NvbloxColour,
    Rtabmap,
    DepthImageProcXyz,
    DepthImageProcXyzrgb,
    ImageView,
    DepthimageToLaserscan,
    VoxelLayer,
    CollisionMonitor,
)


def stamp_ns(message: Any) -> int:
    return message.header.stamp.sec * NS_PER_S + message.header.stamp.nanosec


def size(message: Any) -> str:
    return f'{message.width}x{message.height}'


def wrong_encoding(image: Image, allowed: tuple[str, ...]) -> Iterator[str]:
    if image.encoding not in allowed:
        yield f'encoding {image.encoding}'


def other_size(image: Image, info: CameraInfo) -> Iterator[str]:
    if size(image) != size(info):
        yield f'camera_info of {size(info)} for {size(image)}'


def no_focal_length(fx_px: float, fy_px: float) -> Iterator[str]:
    if not (fx_px > 0 and fy_px > 0):
        yield 'camera_info is not calibrated'


def no_transform(message: Any, transforms: Transforms) -> Iterator[str]:
    """tf2's message filter waits 50 ms for the transform, then drops the message."""
    if message.header.frame_id not in transforms.frames:
        yield f'no transform of frame {message.header.frame_id!r}'
    if not 0 < stamp_ns(message) <= transforms.newest_ns + NS_PER_S // 20:
        yield 'no transform at the stamp'
