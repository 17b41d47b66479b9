"""A running `depth_node` with the fake backend."""

from collections.abc import Callable, Iterator
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
import pytest
from rclpy.parameter import Parameter
from scale_harness import model_depth_of, ScaleHarness
from sensor_msgs.msg import CameraInfo, Image, PointCloud2

from depth_nodes.ros.nodes.depth_node import DepthNode

FAST = {'backend': 'fake', 'input_height_px': 96, 'input_width_px': 128}


class DepthHarness:
    """A harness around one depth_node: a camera to publish, outputs that are collected."""

    def __init__(self, harness: Any, parameters: dict[str, Any], image_type: type = Image) -> None:
        self.harness = harness
        overrides = [Parameter(name, value=value) for name, value in parameters.items()]
        self.node = DepthNode(context=harness.context, parameter_overrides=overrides)
        harness.add(self.node)
        self.node.start()
        topic = 'image' if image_type is Image else 'image/compressed'
        self.images = harness.publisher(image_type, topic)
        self.camera_infos = harness.publisher(CameraInfo, 'camera_info')
        self.statuses = harness.collect(DiagnosticArray, '/diagnostics')
        self.depths: list[Image] = []
        self.infos: list[CameraInfo] = []
        self.clouds: list[PointCloud2] = []

    def subscribe(self, *topics: str) -> None:
        """Collects these outputs from now on."""
        if 'depth' in topics:
            self.depths = self.harness.collect(Image, 'depth/image_rect')
        if 'info' in topics:
            self.infos = self.harness.collect(CameraInfo, 'depth/camera_info')
        if 'points' in topics:
            self.clouds = self.harness.collect(PointCloud2, 'depth/points')
        self.wait_for_connections(outputs=len(topics))

    def wait_for_connections(self, outputs: int) -> None:
        node = self.node
        names = ('depth/image_rect', 'depth/camera_info', 'depth/points')
        self.harness.spin_until(
            lambda: (
                self.images.get_subscription_count()
                and self.camera_infos.get_subscription_count()
                and sum(node.count_subscribers(name) for name in names) >= outputs
            )
        )

    def send(self, image: Any, camera_info: CameraInfo) -> None:
        """One frame, as a driver publishes it: the image first."""
        self.images.publish(image)
        self.camera_infos.publish(camera_info)

    def status(self) -> DiagnosticStatus:
        """The next status that the node publishes."""
        seen = len(self.statuses)
        self.harness.spin_until(lambda: len(self.statuses) > seen)
        return self.statuses[-1].status[0]

    def values(self) -> dict[str, str]:
        return {value.key: value.value for value in self.status().values}

    def wait_for_count(self, outcome: str, count: int) -> dict[str, str]:
        """The values of the first status with as many frames of this outcome."""
        values: dict[str, str] = {}

        def has_count() -> bool:
            if self.statuses:
                found = self.statuses[-1].status[0].values
                values.update({value.key: value.value for value in found})
            return int(values.get(f'frames {outcome}', 0)) >= count

        self.harness.spin_until(has_count)
        return values


@pytest.fixture
def make_depth_node(harness: Any) -> Iterator[Callable[..., DepthHarness]]:
    """Makes a node that is active, with further parameters."""

    def make(image_type: type = Image, **parameters: Any) -> DepthHarness:
        return DepthHarness(
            harness, {**FAST, 'diagnostics_period_s': 0.1, **parameters}, image_type
        )

    return make


@pytest.fixture
def make_scale(make_depth_node: Any, camera: Any) -> Callable[..., ScaleHarness]:
    """Makes a node whose scale is to be found."""

    def make(**parameters: Any) -> ScaleHarness:
        return ScaleHarness(make_depth_node(**parameters), camera, model_depth_of(camera))

    return make
