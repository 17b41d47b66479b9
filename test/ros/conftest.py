"""Real nodes over real DDS, away from every other ROS process on the machine."""

import atexit
from collections.abc import Callable, Iterator
import gc
import os
import shutil
import socket
import tempfile
import time
from typing import Any
import warnings

LOCK_PORT, DDS_PORT, DDS_PORTS_A_DOMAIN = 22119, 7410, 250


def reserve_domain() -> int:
    """A domain that neither another test run nor any other node uses, until this process ends."""
    for attempt in range(100):
        domain = 1 + (os.getpid() + attempt) % 100
        lock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                lock.bind(('127.0.0.1', LOCK_PORT + domain))
                probe.bind(('', DDS_PORT + DDS_PORTS_A_DOMAIN * domain))
            except OSError:
                lock.close()
            else:
                atexit.register(lock.close)
                return domain
    raise RuntimeError('every ROS domain is in use')


# Read by ROS when it is first imported, and inherited by the processes that tests start.
os.environ['ROS_DOMAIN_ID'] = str(reserve_domain())
os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
os.environ['ROS_LOG_DIR'] = tempfile.mkdtemp(prefix='depth_nodes_ros_log_')
atexit.register(shutil.rmtree, os.environ['ROS_LOG_DIR'], ignore_errors=True)

with warnings.catch_warnings():
    # rclpy imports it with the first node, and its parser a module that Python deprecates.
    warnings.simplefilter('ignore', DeprecationWarning)
    import rosidl_generator_py  # noqa: F401

import numpy as np  # noqa: E402
import pytest  # noqa: E402
import rclpy  # noqa: E402
from rclpy.context import Context  # noqa: E402
from rclpy.executors import SingleThreadedExecutor  # noqa: E402
from rclpy.node import Node  # noqa: E402
from rclpy.qos import QoSProfile, ReliabilityPolicy  # noqa: E402
from sensor_msgs.msg import CameraInfo, Image  # noqa: E402

from depth_nodes.messages.camera import Camera, fill_camera_info  # noqa: E402
from depth_nodes.messages.image import fill_image  # noqa: E402

TIMEOUT_S = 30.0


class Harness:
    """A test's own node, and one executor for it and the nodes under test."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.node = Node('harness', context=context)
        self._executor = SingleThreadedExecutor(context=context)
        self._executor.add_node(self.node)
        self._nodes = [self.node]
        self._clients: dict[str, Any] = {}

    def add(self, node: Node) -> Node:
        """Spins the node from now on, and destroys it at the end."""
        self._executor.add_node(node)
        self._nodes.append(node)
        return node

    def remove(self, node: Node) -> None:
        self._executor.remove_node(node)
        self._nodes.remove(node)
        node.destroy_node()

    def spin_until(self, condition: Callable[[], Any], timeout_s: float = TIMEOUT_S) -> None:
        """Spins until it holds; fails where it does not in time."""
        deadline_s = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < deadline_s, 'the condition did not come true in time'
            self._executor.spin_once(timeout_sec=0.02)

    def spin_for(self, duration_s: float) -> None:
        deadline_s = time.monotonic() + duration_s
        while time.monotonic() < deadline_s:
            self._executor.spin_once(timeout_sec=0.02)

    def publisher(
        self, message_type: type, topic: str, reliability: str = 'RELIABLE', depth: int = 10
    ) -> Any:
        qos = QoSProfile(depth=depth, reliability=ReliabilityPolicy[reliability])
        return self.node.create_publisher(message_type, topic, qos)

    def collect(self, message_type: type, topic: str, reliability: str = 'RELIABLE') -> list[Any]:
        """The list into which everything on the topic goes."""
        messages: list[Any] = []
        qos = QoSProfile(depth=10, reliability=ReliabilityPolicy[reliability])
        self.node.create_subscription(message_type, topic, messages.append, qos)
        return messages

    def call(self, service_type: type, name: str, request: Any) -> Any:
        """Calls a service and waits for the answer; ROS loses one in a thousand."""
        if name not in self._clients:
            self._clients[name] = self.node.create_client(service_type, name)
            self.spin_until(self._clients[name].service_is_ready)
            self.spin_for(0.1)
        for _ in range(3):
            future = self._clients[name].call_async(request)
            if self._is_done(future):
                return future.result()
        raise AssertionError(f'{name} does not answer')

    def _is_done(self, future: Any) -> bool:
        deadline_s = time.monotonic() + TIMEOUT_S / 3
        self.spin_until(lambda: future.done() or time.monotonic() > deadline_s)
        return future.done()

    def close(self) -> None:
        for node in list(self._nodes):
            self.remove(node)
        self._executor.shutdown()


@pytest.fixture
def context() -> Iterator[Context]:
    context = Context()
    rclpy.init(context=context)
    yield context
    context.try_shutdown()
    # A lifecycle node keeps its DDS participant until it is collected; a dozen of them in one
    # process have locked each other up for good (Fast DDS 3.2, delivery within a process).
    gc.collect()


@pytest.fixture
def harness(context: Context) -> Iterator[Harness]:
    harness = Harness(context)
    yield harness
    harness.close()


CAMERA = Camera.from_fov(160, 128, 70.0)


@pytest.fixture
def camera() -> Camera:
    return CAMERA


@pytest.fixture
def rgb() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (128, 160, 3), np.uint8)


@pytest.fixture
def image_message(rgb: np.ndarray) -> Image:
    message = Image()
    message.header.frame_id = 'front_camera_optical_frame'
    message.header.stamp.sec, message.header.stamp.nanosec = 1234, 567891234
    fill_image(message, rgb)
    return message


@pytest.fixture
def camera_info_message(camera: Camera) -> CameraInfo:
    message = CameraInfo()
    message.header.frame_id = 'front_camera_optical_frame'
    fill_camera_info(message, camera)
    return message
