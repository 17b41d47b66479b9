"""The subscriptions of a node: every image goes on with its camera_info."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rclpy.node import Node
from rclpy.subscription import Subscription
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from depth_nodes.ros.cdr import NS_PER_S
from depth_nodes.ros.depth_parameters import DepthParameters
from depth_nodes.ros.frame_monitor import FrameMonitor
from depth_nodes.ros.qos import newest_only
from depth_nodes.ros.refiner_parameters import RefinerParameters
from depth_nodes.ros.topics import CAMERA_INFO, camera_topic, image_topic, transported, TYPES

# An image that is this many camera_infos late gets the newest one.
NUM_CAMERA_INFOS = 8
# In Humble a callback gets the message alone.
TELLS_NUMBERS = hasattr(Subscription, 'CallbackType')


@dataclass(frozen=True, kw_only=True)
class CameraFrame:
    """An image as it came in, with the camera_info of its stamp, else the newest."""

    image: Image | CompressedImage
    camera_info: CameraInfo

    @property
    def stamp_ns(self) -> int:
        """Of the image."""
        stamp = self.image.header.stamp
        return int(stamp.sec) * NS_PER_S + int(stamp.nanosec)


class FrameInput:
    """Subscribes from construction to `destroy`.

    Until the first camera_info has come, the newest image waits for it; drivers publish the image
    first, and a bag that is played once would lose its first frame.

    Args:
        node: subscribes.
        parameters: transport and QoS.
        on_frame: called in the executor's thread; must return at once.
        monitor: counts received images, those lost on the way here, and rejected ones that no
            camera_info came for.
        camera: one of several, whose topics are in its folder.
    """

    def __init__(
        self,
        node: Node,
        parameters: DepthParameters | RefinerParameters,
        on_frame: Callable[[CameraFrame], None],
        monitor: FrameMonitor,
        camera: str = '',
    ) -> None:
        self._node = node
        self._on_frame = on_frame
        self._monitor = monitor
        self._camera_infos: dict[tuple[int, int], CameraInfo] = {}  # by stamp, the newest last
        self._waiting_image: Image | CompressedImage | None = None
        self._publisher: Any = None
        self._number = 0  # of its last image
        qos = newest_only(parameters.input_reliability)
        topic = image_topic(parameters.image_transport)
        self.camera_info_subscription = node.create_subscription(
            CameraInfo, camera_topic(camera, CAMERA_INFO), self._on_camera_info, qos
        )
        self.image_subscription = node.create_subscription(
            TYPES[topic],
            transported(node, camera_topic(camera, topic)),
            self._on_numbered_image if TELLS_NUMBERS else self._on_image,
            qos,
        )

    @property
    def has_camera_info(self) -> bool:
        """Whether one has come."""
        return bool(self._camera_infos)

    def destroy(self) -> None:
        """Ends the subscriptions."""
        self._reject_waiting()
        self._node.destroy_subscription(self.image_subscription)
        self._node.destroy_subscription(self.camera_info_subscription)

    def _on_numbered_image(self, image: Image | CompressedImage, info: Mapping[str, Any]) -> None:
        """Counts what DDS has numbered and not brought."""
        publisher, number = info.get('publisher_gid'), info['publication_sequence_number'] or 0
        if publisher == self._publisher and 0 < self._number < number:
            self._monitor.count('lost', number - self._number - 1)
        self._publisher, self._number = publisher, number
        self._on_image(image)

    def _on_image(self, image: Image | CompressedImage) -> None:
        self._monitor.count('received')
        if self._camera_infos:
            self._submit(image)
        else:
            self._reject_waiting()
            self._waiting_image = image

    def _on_camera_info(self, camera_info: CameraInfo) -> None:
        stamp = _stamp(camera_info)
        self._camera_infos.pop(stamp, None)  # so that it becomes the last
        self._camera_infos[stamp] = camera_info
        if len(self._camera_infos) > NUM_CAMERA_INFOS:
            del self._camera_infos[next(iter(self._camera_infos))]
        if self._waiting_image is not None:
            self._submit(self._waiting_image)
            self._waiting_image = None

    def _submit(self, image: Image | CompressedImage) -> None:
        newest = next(reversed(self._camera_infos.values()))
        camera_info = self._camera_infos.get(_stamp(image), newest)
        self._on_frame(CameraFrame(image=image, camera_info=camera_info))

    def _reject_waiting(self) -> None:
        if self._waiting_image is None:
            return
        self._waiting_image = None
        topic = self.camera_info_subscription.topic_name
        self._monitor.reject(
            'no camera_info',
            f'no message on {topic} yet; have the camera publish it, or remap camera_info: '
            'without intrinsics there are no metres',
        )


def _stamp(message: Image | CompressedImage | CameraInfo) -> tuple[int, int]:
    return message.header.stamp.sec, message.header.stamp.nanosec
