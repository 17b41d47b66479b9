"""A `depth_node` with `fake` as its network, and sensors beside its camera.

That network sees a plane, whose depth depends on the row of the image alone; here the plane is
FACTOR times as far away. Its picture moves as it would if the camera moved along the rows.
"""

import cv2
from geometry_msgs.msg import Vector3Stamped
import numpy as np
from rcl_interfaces.srv import SetParameters
from rclpy.parameter import Parameter
from sensor_msgs.msg import CameraInfo, Image, LaserScan, PointCloud2, Range

from depth_nodes.messages.camera import fill_camera_info
from depth_nodes.messages.cloud import CloudWriter
from depth_nodes.messages.depth import DepthImageWriter
from depth_nodes.messages.image import fill_image
from depth_nodes.ros.frame_monitor import OUTCOMES
from depth_nodes.runtime.depth_estimate import EstimatorConfig
from depth_nodes.runtime.estimator import make_estimator

FACTOR = 4.0
NUM_FRAMES = 20  # 2 s at 10 Hz
PERIOD_S = 0.1
SPEED_MPS = 1.0
SAME_PLACE = '0 0 0 0 0 0 1'
# A sensor with x ahead and y left, at the place of the camera.
AHEAD = '0 0 0 0.5 -0.5 0.5 0.5'


def model_depth_of(camera):
    """What the network says of every frame."""
    config = EstimatorConfig(input_height_px=96, input_width_px=128)
    estimator = make_estimator('fake', 'fake', estimator_config=config)
    return estimator.estimate(picture(camera, None), camera).depth_m.copy()


def picture(camera, model_depth, moved_m=0.0):
    """The network only looks at the green channel; the features are in the others."""
    image = np.full((camera.height_px, camera.width_px, 3), 128, np.uint8)
    if model_depth is None:
        return image
    noise = np.random.default_rng(0).integers(0, 256, (camera.height_px, 1024)).astype(np.float32)
    noise = cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 1.5), None, 0, 255, cv2.NORM_MINMAX)
    v, u = np.mgrid[: camera.height_px, : camera.width_px].astype(np.float32)
    ray_x = (u - camera.cx_px) / camera.fx_px
    place_m = ray_x * model_depth * FACTOR + moved_m
    texture_u = (place_m * 50 + 512).astype(np.float32)
    image[..., 0] = image[..., 2] = cv2.remap(noise, texture_u, v, cv2.INTER_LINEAR)
    return image


class ScaleHarness:
    """Sends frames of 10 Hz, each with what `before` publishes, and keeps what comes out."""

    def __init__(self, depth_node, camera, model_depth):
        self.depth_node, self.harness = depth_node, depth_node.harness
        self.camera, self.model_depth = camera, model_depth
        self.scales = self.harness.collect(Vector3Stamped, 'depth_node/scale')
        depth_node.subscribe('depth', 'points')
        self.harness.spin_until(lambda: depth_node.node.count_subscribers('depth_node/scale'))
        self.num_sent = 0

    def connect(self, message_type, topic):
        publisher = self.harness.publisher(message_type, topic)
        self.harness.spin_until(publisher.get_subscription_count)
        return publisher

    def stamp(self, header):
        at_ns = 5_000_000_000 + round(self.num_sent * PERIOD_S * 1e9)
        header.stamp.sec, header.stamp.nanosec = divmod(at_ns, 1_000_000_000)
        return header

    def send(self, num_frames=1, before=lambda: None):
        for _ in range(num_frames):
            before()
            moved_m = SPEED_MPS * PERIOD_S * self.num_sent
            image, info = Image(), CameraInfo()
            fill_image(image, picture(self.camera, self.model_depth, moved_m))
            fill_camera_info(info, self.camera)
            for message in (image, info):
                self.stamp(message.header).frame_id = 'camera'
            self.depth_node.camera_infos.publish(info)
            self.depth_node.images.publish(image)
            self.num_sent += 1
            self.harness.spin_until(self._is_done)
        return self.scales[-1].vector

    def _is_done(self):
        """A frame is counted after the scale has learnt from it, which is after it is told."""
        counts = self.depth_node.node.monitors[''].snapshot().counts
        num_done = sum(counts[outcome] for outcome in OUTCOMES)
        return len(self.scales) >= self.num_sent and num_done >= self.num_sent

    def set(self, **values):
        given = [Parameter(name, value=value).to_parameter_msg() for name, value in values.items()]
        request = SetParameters.Request(parameters=given)
        (result,) = self.harness.call(SetParameters, 'depth_node/set_parameters', request).results
        return result


def send_scan(scale, publisher):
    """Along the row in the middle, from right to left; every third range is wrong."""
    message = LaserScan(range_min=0.05, range_max=50.0)
    scale.stamp(message.header)
    angles = np.linspace(-0.6, 0.6, 240)
    row = round(scale.camera.cy_px)
    depth = scale.model_depth[row, 80] * FACTOR
    ranges = depth / np.cos(angles)
    ranges[::3] *= np.random.default_rng(abs(scale.num_sent)).uniform(0.2, 5, 80)
    message.angle_min, message.angle_increment = angles[0], angles[1] - angles[0]
    message.ranges = ranges.astype(np.float32).tolist()
    publisher.publish(message)


def send_cloud(scale, publisher):
    message = PointCloud2()
    rgb = np.zeros((*scale.model_depth.shape, 3), np.uint8)
    header = scale.stamp(message.header)
    writer = CloudWriter(message, stride=4, max_range_m=100.0)
    writer.write(scale.model_depth * np.float32(FACTOR), scale.camera, rgb, header)
    publisher.publish(message)


def send_distance(scale, publisher):
    middle = scale.model_depth[round(scale.camera.cy_px), 80] * FACTOR
    message = Range(field_of_view=0.05, min_range=0.05, max_range=50.0, range=float(middle))
    scale.stamp(message.header)
    publisher.publish(message)


def send_depth(scale, publisher):
    message, info = Image(), CameraInfo()
    header = scale.stamp(message.header)
    DepthImageWriter(message, '16UC1').write(scale.model_depth * np.float32(FACTOR), header)
    fill_camera_info(info, scale.camera)
    scale.range_infos.publish(info)
    publisher.publish(message)
