"""A camera, whatever says the depth, and a refiner_node in a harness."""

from typing import Any

import cv2
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from nav_msgs.msg import Odometry
import numpy as np
from rclpy.parameter import Parameter
from sensor_msgs.msg import CameraInfo, Image, PointCloud2
from std_msgs.msg import Header

from depth_nodes.messages.camera import Camera, fill_camera_info
from depth_nodes.messages.depth import DepthImageWriter
from depth_nodes.messages.image import fill_image
from depth_nodes.ros.nodes.refiner_node import RefinerNode
from depth_nodes.runtime.frame import Frame
from depth_nodes.runtime.refiner import make_refiner

HEIGHT, WIDTH = 300, 400
CAMERA = Camera.from_fov(WIDTH, HEIGHT, 70.0)
SMALL = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)
RGB = cv2.resize(SMALL, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
TOPICS = {
    'refined/image_rect': Image,
    'refined/camera_info': CameraInfo,
    'refined/points': PointCloud2,
}


def overrides(parameters: dict[str, Any]) -> list[Parameter]:
    return [Parameter(name, value=value) for name, value in parameters.items()]


class Rig:
    """A camera, whatever says the depth, and a refiner_node."""

    def __init__(self, harness: Any, parameters: dict[str, Any]) -> None:
        self.harness = harness
        defaults = {'backend': 'fake', 'diagnostics_period_s': 0.05, 'max_period_s': 3600.0}
        self.node = RefinerNode(
            context=harness.context, parameter_overrides=overrides(defaults | parameters)
        )
        harness.add(self.node)
        self.node.start()
        self.images = harness.publisher(Image, 'image')
        self.camera_infos = harness.publisher(CameraInfo, 'camera_info')
        self.depths = harness.publisher(Image, 'depth/image_rect')
        self.odometry = harness.publisher(Odometry, 'odom')
        self.statuses = harness.collect(DiagnosticArray, '/diagnostics')
        self.outputs = {topic: harness.collect(kind, topic) for topic, kind in TOPICS.items()}

    @property
    def refined(self) -> list[Image]:
        return self.outputs['refined/image_rect']

    def connect(self) -> 'Rig':
        publishers = (self.images, self.camera_infos, self.depths, self.odometry)
        self.harness.spin_until(
            lambda: (
                all(one.get_subscription_count() for one in publishers)
                and all(self.node.count_subscribers(topic) for topic in TOPICS)
            )
        )
        return self

    def send(self, second: int, rgb: np.ndarray = RGB, *, depth_m: float = 0.0) -> Header:
        """A frame and, above 0, its depth from elsewhere."""
        image, info = Image(), CameraInfo()
        image.header.frame_id, image.header.stamp.sec = 'camera_optical_frame', second
        fill_image(image, rgb)
        fill_camera_info(info, CAMERA)
        info.header = image.header
        self.camera_infos.publish(info)
        self.images.publish(image)
        if depth_m > 0:
            depth = Image()
            writer = DepthImageWriter(depth, '32FC1')
            writer.write(np.full((HEIGHT, WIDTH), depth_m, np.float32), image.header)
            self.depths.publish(depth)
        return image.header

    def refine(self, second: int, **options: Any) -> Image:
        """Sends a frame, and waits for its refined depth."""
        self.send(second, **options)
        self.harness.spin_until(
            lambda: self.refined and self.refined[-1].header.stamp.sec == second
        )
        return self.refined[-1]

    def status(self) -> DiagnosticStatus:
        """The next one of the node."""
        seen = len(self.statuses)
        self.harness.spin_until(
            lambda: any('refiner' in one.status[0].name for one in self.statuses[seen:])
        )
        return next(one.status[0] for one in self.statuses[seen:] if 'ref' in one.status[0].name)

    def values(self) -> dict[str, str]:
        return {value.key: value.value for value in self.status().values}

    def wait_for_count(self, outcome: str, count: int) -> None:
        self.harness.spin_until(
            lambda: int(self.values().get(f'frames {outcome}', 0)) >= count, timeout_s=15.0
        )


def expected_depth(reference: np.ndarray | None = None) -> np.ndarray:
    frame = Frame(image=RGB, camera=CAMERA)
    return make_refiner(backend='fake').refine(frame, reference).depth_m
