"""The output topics of a camera: one preallocated message each, filled in place."""

from __future__ import annotations

from jaxtyping import UInt8
import numpy as np
from rclpy.lifecycle import LifecycleNode
from rclpy.publisher import Publisher
from sensor_msgs.msg import CameraInfo, Image, PointCloud2
from std_msgs.msg import Header

from depth_nodes.messages.buffer import writable_bytes
from depth_nodes.messages.camera import Camera, fill_camera_info
from depth_nodes.messages.cloud import CloudWriter
from depth_nodes.messages.depth import DepthImageWriter
from depth_nodes.messages.image import resize_rgb
from depth_nodes.ros.acknowledgements import Acknowledgements
from depth_nodes.ros.depth_parameters import DepthParameters
from depth_nodes.ros.qos import newest_only
from depth_nodes.ros.refiner_parameters import RefinerParameters
from depth_nodes.ros.topics import camera_topic, OUTPUTS
from depth_nodes.runtime.depth_estimate import DepthEstimate


class DepthOutputs:
    """Publishes what somebody subscribes to, and builds nothing else.

    Attributes:
        publishers: of the topics that there are.
        withholds_points: whether the cloud is kept back, because its points would not be metres.
    """

    def __init__(
        self,
        node: LifecycleNode,
        parameters: DepthParameters | RefinerParameters,
        camera: str = '',
        topics: tuple[str, str, str] = OUTPUTS,
        confidence: str = '',
    ) -> None:
        """Creates the topics of one camera: depth image, camera_info, cloud, maybe confidence."""
        self._node = node
        qos = newest_only(parameters.output_reliability)
        depth, info, points = (camera_topic(camera, topic) for topic in topics)
        self._depth_publisher = node.create_lifecycle_publisher(Image, depth, qos)
        self._info_publisher = node.create_lifecycle_publisher(CameraInfo, info, qos)
        self.publishers = [self._depth_publisher, self._info_publisher]
        self._points_publisher = None
        if parameters.points_enabled:
            self._points_publisher = node.create_lifecycle_publisher(PointCloud2, points, qos)
            self.publishers.append(self._points_publisher)
        self._confidence_publisher = None
        if confidence:
            topic = camera_topic(camera, confidence)
            self._confidence_publisher = node.create_lifecycle_publisher(Image, topic, qos)
            self.publishers.append(self._confidence_publisher)
        self._acknowledgements = [Acknowledgements(one) for one in self.publishers]
        self._confidence = Image()
        self._confidence_writer = DepthImageWriter(self._confidence, '32FC1')
        self._depth, self._info, self._cloud = Image(), CameraInfo(), PointCloud2()
        self._info_camera: Camera | None = None
        self.withholds_points = False
        self._depth_writer = DepthImageWriter(self._depth, parameters.output_encoding)
        self._points_stride = parameters.points_stride
        self._cloud_writer = CloudWriter(
            self._cloud, parameters.points_stride, parameters.points_max_range_m
        )

    @property
    def has_subscribers(self) -> bool:
        """Whether anybody wants any of the topics."""
        return any(publisher.get_subscription_count() for publisher in self.publishers)

    @property
    def wants_points(self) -> bool:
        """Whether anybody wants the cloud, and shall get it."""
        return not self.withholds_points and _has_subscribers(self._points_publisher)

    @property
    def wants_confidence(self) -> bool:
        """Whether anybody wants the confidence."""
        return _has_subscribers(self._confidence_publisher)

    def publish(
        self, estimate: DepthEstimate, image: UInt8[np.ndarray, 'height width 3'], header: Header
    ) -> None:
        """Publishes a frame under the header of its image."""
        for one in self._acknowledgements:
            one.look()
        if self._info_publisher.get_subscription_count():
            self._publish_info(estimate.camera, header)
        if self._depth_publisher.get_subscription_count():
            self._depth_writer.write(estimate.depth_m, header)
            self._depth_publisher.publish(self._depth)
        if self._confidence_publisher and estimate.confidence is not None:
            self._confidence_writer.write(estimate.confidence, header)
            self._confidence_publisher.publish(self._confidence)
        if self._points_publisher and self.wants_points:
            self._write_cloud(estimate, image, header)
            self._points_publisher.publish(self._cloud)

    @property
    def problems(self) -> list[str]:
        """The topics with a subscriber that is silent. For any thread."""
        return [one.problem for one in self._acknowledgements if one.problem]

    def destroy(self) -> None:
        """Removes the topics."""
        for publisher in self.publishers:
            self._node.destroy_lifecycle_publisher(publisher)

    def _publish_info(self, camera: Camera, header: Header) -> None:
        if camera != self._info_camera:
            fill_camera_info(self._info, camera)
            self._info_camera = camera
        self._info.header = header
        self._info_publisher.publish(self._info)

    def _write_cloud(
        self, estimate: DepthEstimate, image: UInt8[np.ndarray, 'height width 3'], header: Header
    ) -> None:
        """Copies the estimate's points, or makes them where it has none."""
        height, width = estimate.depth_m.shape
        if estimate.points is None:
            colours = resize_rgb(image, width, height)
            self._cloud_writer.write(
                estimate.depth_m, estimate.camera, colours, header, hidden=estimate.hidden
            )
            return
        cloud, stride = self._cloud, self._points_stride
        cloud.header = header
        cloud.height, cloud.width = -(-height // stride), -(-width // stride)
        cloud.row_step = cloud.width * cloud.point_step
        np.copyto(writable_bytes(cloud, cloud.row_step * cloud.height), estimate.points)


def _has_subscribers(publisher: Publisher | None) -> bool:
    return publisher is not None and publisher.get_subscription_count() > 0
