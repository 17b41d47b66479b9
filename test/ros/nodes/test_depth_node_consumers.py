"""What people feed depth to takes every frame; each double can refuse."""

from collections.abc import Callable
import re
from typing import Any

from consumer_doubles import (
    CollisionMonitor,
    Consumer,
    CONSUMERS,
    DEPTH,
    DEPTH_INFO,
    DepthImageProcXyz,
    DepthImageProcXyzrgb,
    DepthimageToLaserscan,
    IMAGE,
    IMAGE_INFO,
    ImageView,
    Nvblox,
    NvbloxColour,
    POINTS,
    Rtabmap,
    stamp_ns,
    Transforms,
    VoxelLayer,
)
import numpy as np
import pytest
from rclpy.clock import Clock
from sensor_msgs.msg import CameraInfo, Image, PointCloud2
from std_msgs.msg import Header

from depth_nodes.messages.camera import fill_camera_info
from depth_nodes.messages.cloud import CloudWriter
from depth_nodes.messages.depth import DepthImageWriter
from depth_nodes.messages.image import fill_image

NUM_FRAMES = 300
FRAME_ID = 'camera_optical_frame'
TOO_OLD = re.compile(r'[\d.]+ s old')  # of single frames, while the machine does something else


def new_header(transforms: Transforms) -> Header:
    """Of an image that is taken now, at a place that odometry knows."""
    header = Header(stamp=Clock().now().to_msg(), frame_id=FRAME_ID)
    transforms.frames = {FRAME_ID}
    transforms.newest_ns = stamp_ns(Image(header=header))
    return header


@pytest.mark.parametrize('encoding', ['32FC1', '16UC1'])
def test_every_consumer_takes_every_frame(
    make_depth_node, harness, image_message, camera_info_message, encoding
):
    depth_node = make_depth_node(output_encoding=encoding)
    transforms = Transforms()
    consumers = [kind(harness.node, transforms) for kind in CONSUMERS]
    outputs = (DEPTH, DEPTH_INFO, POINTS)
    depth_node.wait_for_connections(
        outputs=sum(one in kind.topics for kind in CONSUMERS for one in outputs)
    )
    for frame in range(1, NUM_FRAMES + 1):
        image_message.header = camera_info_message.header = new_header(transforms)
        depth_node.send(image_message, camera_info_message)
        harness.spin_until(lambda n=frame: all(one.num_judged == n for one in consumers))
    for consumer in consumers:
        refusals = [one for one in consumer.refusals if not TOO_OLD.fullmatch(one)]
        assert refusals == [], type(consumer).__name__
        assert consumer.num_accepted >= 0.9 * NUM_FRAMES


def test_the_network_s_own_size_is_not_for_every_consumer(
    make_depth_node, harness, image_message, camera_info_message
):
    depth_node = make_depth_node(output_size='network')
    transforms = Transforms()
    kinds = (Nvblox, DepthImageProcXyz, VoxelLayer, Rtabmap, DepthImageProcXyzrgb)
    consumers = [kind(harness.node, transforms) for kind in kinds]
    depth_node.wait_for_connections(outputs=7)
    image_message.header = camera_info_message.header = new_header(transforms)
    depth_node.send(image_message, camera_info_message)
    harness.spin_until(lambda: all(one.num_judged for one in consumers))
    assert [one.refusals for one in consumers] == [
        [],
        [],
        [],
        ['160x128 is no multiple of 120x96'],
        ['depth of 120x96 for an image of 160x128'],
    ]


class Camera:
    """Every message of a frame, right until something is changed, published without a node."""

    def __init__(self, harness: Any, camera: Any, rgb: np.ndarray) -> None:
        self.harness, self.transforms = harness, Transforms()
        self.messages: dict[str, Any] = {
            IMAGE: Image(), IMAGE_INFO: CameraInfo(), DEPTH: Image(), DEPTH_INFO: CameraInfo(),
            POINTS: PointCloud2(),
        }  # fmt: skip
        self.publishers = {
            topic: harness.publisher(type(one), topic) for topic, one in self.messages.items()
        }
        header, depth_m = new_header(self.transforms), np.full(rgb.shape[:2], 2, np.float32)
        fill_image(self.messages[IMAGE], rgb)
        DepthImageWriter(self.messages[DEPTH], '32FC1').write(depth_m, header)
        CloudWriter(self.messages[POINTS], 1, 10.0).write(depth_m, camera, rgb, header)
        for topic in (IMAGE_INFO, DEPTH_INFO):
            fill_camera_info(self.messages[topic], camera)

    def wait_for(self, *consumers: Consumer) -> None:
        topics = {topic for consumer in consumers for topic in consumer.topics}
        self.harness.spin_until(
            lambda: all(self.publishers[one].get_subscription_count() for one in topics)
        )

    def publish(self, consumer: Consumer) -> None:
        for topic in consumer.topics:
            self.publishers[topic].publish(self.messages[topic])

    def set_headers(self) -> None:
        header = new_header(self.transforms)
        for message in self.messages.values():
            message.header = Header(stamp=header.stamp, frame_id=header.frame_id)


def changed(topic: str, **values: Any) -> Callable[[Camera], None]:
    def change(camera: Camera) -> None:
        for name, value in values.items():
            setattr(camera.messages[topic], name, value)

    return change


def shrunk(topic: str) -> Callable[[Camera], None]:
    return lambda camera: fill_image(camera.messages[topic], np.zeros((96, 120, 3), np.uint8))


def uncalibrated(topic: str) -> Callable[[Camera], None]:
    return changed(topic, k=np.zeros(9), p=np.zeros(12))


def stamped_on_arrival(camera: Camera) -> None:
    """As a node does that takes the time of publishing for the time of the image."""
    camera.transforms.newest_ns -= 100_000_000


def old(camera: Camera) -> None:
    camera.messages[POINTS].header.stamp.sec -= 1000


def without_points(camera: Camera) -> None:
    data = np.frombuffer(camera.messages[POINTS].data, np.float32)
    data[:] = np.nan


@pytest.mark.parametrize(
    ('kind', 'change', 'reason'),
    [
        (Nvblox, changed(DEPTH, encoding='mono8'), 'encoding mono8'),
        (Nvblox, changed(DEPTH_INFO, width=320), 'camera_info of 320x128 for 160x128'),
        (Nvblox, uncalibrated(DEPTH_INFO), 'camera_info is not calibrated'),
        (Nvblox, stamped_on_arrival, 'no transform at the stamp'),
        (NvbloxColour, changed(IMAGE, encoding='bgr8'), 'encoding bgr8'),
        (Rtabmap, changed(DEPTH, encoding='32FC3'), 'encoding 32FC3'),
        (Rtabmap, changed(DEPTH, width=120, height=96), '160x128 is no multiple of 120x96'),
        (Rtabmap, changed(DEPTH, width=80), '160x128 has another shape than 80x128'),
        (DepthImageProcXyz, changed(DEPTH, encoding='rgb8'), 'encoding rgb8'),
        (DepthImageProcXyz, uncalibrated(DEPTH_INFO), 'camera_info is not calibrated'),
        (DepthImageProcXyzrgb, shrunk(IMAGE), 'depth of 160x128 for an image of 120x96'),
        (DepthImageProcXyzrgb, changed(IMAGE, encoding='yuv422'), 'encoding yuv422'),
        (ImageView, changed(DEPTH, encoding='depth'), 'encoding depth'),
        (ImageView, changed(DEPTH, step=641), 'step 641 and 81920 bytes for 160x128'),
        (DepthimageToLaserscan, changed(DEPTH, encoding='mono8'), 'encoding mono8'),
        (DepthimageToLaserscan, changed(DEPTH, height=70), '20 rows around 64 are not in 160x70'),
        (VoxelLayer, changed(POINTS, fields=[]), r'no float x y z among \[\]'),
        (VoxelLayer, changed(POINTS, width=120), '327680 bytes for 120x128 points of 16'),
        (VoxelLayer, without_points, 'no point'),
        (VoxelLayer, stamped_on_arrival, 'no transform at the stamp'),
        (CollisionMonitor, old, r'1\d{3}\.\d s old'),
    ],
)
def test_a_consumer_refuses_what_is_wrong(harness, camera, rgb, kind, change, reason):
    source = Camera(harness, camera, rgb)
    consumer = kind(harness.node, source.transforms)
    source.wait_for(consumer)
    source.set_headers()
    source.publish(consumer)
    harness.spin_until(lambda: consumer.num_judged)
    source.set_headers()
    change(source)
    source.publish(consumer)
    harness.spin_until(lambda: consumer.num_judged == 2)
    assert consumer.num_accepted == 1
    assert len(consumer.refusals) == 1
    assert re.fullmatch(reason, consumer.refusals[0])


def test_stamps_that_differ_by_a_nanosecond_are_no_frame(harness, camera, rgb):
    source = Camera(harness, camera, rgb)
    kinds = [kind for kind in CONSUMERS if len(kind.topics) > 1]
    consumers = [kind(harness.node, source.transforms) for kind in kinds]
    source.wait_for(*consumers)
    source.set_headers()
    for shift, topic in enumerate(source.messages):
        stamp = source.messages[topic].header.stamp
        stamp.nanosec = stamp.nanosec // 10 * 10 + shift
        source.publishers[topic].publish(source.messages[topic])
    source.set_headers()
    for topic, message in source.messages.items():
        source.publishers[topic].publish(message)
    harness.spin_until(lambda: all(one.num_judged for one in consumers))
    assert [(one.num_accepted, one.refusals) for one in consumers] == [(1, [])] * len(consumers)
