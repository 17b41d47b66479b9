"""The subscriptions of `depth_node`: every image goes on with the newest camera_info."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from depth_nodes.ros.depth_parameters import DepthParameters
from depth_nodes.ros.frame_monitor import FrameMonitor
from depth_nodes.ros.qos import newest_only


@dataclass(frozen=True, kw_only=True)
class Frame:
    """An image as it came in, with the newest camera_info."""

    image: Image | CompressedImage
    camera_info: CameraInfo


class FrameInput:
    """Subscribes from construction to `destroy`.

    Until the first camera_info has come, the newest image waits for it; drivers publish the image
    first, and a bag that is played once would lose its first frame.

    Args:
        node: subscribes.
        parameters: transport and QoS.
        on_frame: called in the executor's thread; must return at once.
        monitor: counts received images, and rejected ones that no camera_info came for.
    """

    def __init__(
        self,
        node: Node,
        parameters: DepthParameters,
        on_frame: Callable[[Frame], None],
        monitor: FrameMonitor,
    ) -> None:
        self._node = node
        self._on_frame = on_frame
        self._monitor = monitor
        self._camera_info: CameraInfo | None = None
        self._waiting_image: Image | CompressedImage | None = None
        qos = newest_only(parameters.input_reliability)
        message_type, topic = Image, 'image'
        if parameters.image_transport == 'compressed':
            # As image_transport does: a remapping of the base topic moves the compressed one.
            message_type, topic = CompressedImage, f'{node.resolve_topic_name("image")}/compressed'
        self.camera_info_subscription = node.create_subscription(
            CameraInfo, 'camera_info', self._on_camera_info, qos
        )
        self.image_subscription = node.create_subscription(
            message_type, topic, self._on_image, qos
        )

    @property
    def has_camera_info(self) -> bool:
        """Whether one has come."""
        return self._camera_info is not None

    def destroy(self) -> None:
        """Ends the subscriptions."""
        self._reject_waiting()
        self._node.destroy_subscription(self.image_subscription)
        self._node.destroy_subscription(self.camera_info_subscription)

    def _on_image(self, image: Image | CompressedImage) -> None:
        self._monitor.count('received')
        if self._camera_info is None:
            self._reject_waiting()
            self._waiting_image = image
        else:
            self._on_frame(Frame(image=image, camera_info=self._camera_info))

    def _on_camera_info(self, camera_info: CameraInfo) -> None:
        self._camera_info = camera_info
        if self._waiting_image is not None:
            self._on_frame(Frame(image=self._waiting_image, camera_info=camera_info))
            self._waiting_image = None

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
