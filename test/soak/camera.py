"""A camera that nobody built: random pixels at 30 Hz, and whatever can go wrong with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
import threading
import time
from typing import Any

import numpy as np
from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.time import Time
from sensor_msgs.msg import CameraInfo, Image
from soak.accounts import Seen

from depth_nodes.messages.camera import Camera, fill_camera_info
from depth_nodes.messages.image import fill_image

RATE_HZ = 30.0
FOV_DEG = 70.0
CAMERA = Camera.from_fov(320, 240, FOV_DEG)


@dataclass(frozen=True, kw_only=True)
class CameraState:
    """How the camera is at the moment.

    Attributes:
        size: width and height of its images [px].
        described: what its camera_info says.
        stamp_offset_ns: from the clock to its stamps.
        is_stalled: whether it sends nothing.
    """

    size: tuple[int, int] = (CAMERA.width_px, CAMERA.height_px)
    described: Camera = CAMERA
    stamp_offset_ns: int = 0
    is_stalled: bool = False


class SoakedCamera:
    """Publishes in a thread of its own from `start` to `stop`.

    Attributes:
        sent: the images by stamp [ns].
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        # Deep enough that whatever is lost is lost on the other side.
        self._images = node.create_publisher(Image, 'image', QoSProfile(depth=30))
        self._infos = node.create_publisher(CameraInfo, 'camera_info', QoSProfile(depth=30))
        self._state = CameraState()
        self._rng = np.random.default_rng(0)
        self._image = Image()
        self.sent: dict[int, Seen] = {}
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def is_seen(self) -> bool:
        """Whether somebody subscribes to both topics."""
        return all(one.get_subscription_count() for one in (self._images, self._infos))

    def start(self) -> None:
        """Publishes from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Publishes no more by itself."""
        self._is_over.set()
        if self._thread.is_alive():
            self._thread.join()

    def send(self) -> None:
        """One frame; not while the thread does."""
        at_s = time.monotonic()  # before the state is read, so that what is sent is no older
        state = self._state
        now_ns = self._node.get_clock().now().nanoseconds
        stamp_ns = now_ns + state.stamp_offset_ns
        width, height = state.size
        if (self._image.width, self._image.height) != state.size:
            fill_image(self._image, self._rng.integers(0, 256, (height, width, 3), np.uint8))
        info = CameraInfo()
        fill_camera_info(info, state.described)
        info.header.frame_id = self._image.header.frame_id = 'camera_optical_frame'
        info.header.stamp = self._image.header.stamp = Time(nanoseconds=stamp_ns).to_msg()
        self.sent[stamp_ns] = Seen(at_s, state.size)
        self._infos.publish(info)
        self._images.publish(self._image)

    @contextmanager
    def changed(self, **changes: Any) -> Iterator[None]:
        """Another state, and then the usual one."""
        usual = self._state
        self._state = replace(usual, **changes)
        try:
            yield
        finally:
            self._state = usual

    def _run(self) -> None:
        due_s = time.monotonic()
        while not self._is_over.wait(max(0.0, due_s - time.monotonic())):
            due_s += 1 / RATE_HZ
            if not self._state.is_stalled:
                self.send()
