"""A `depth_node` whose network looks at a frame before: odometry says how far that was away."""

from nav_msgs.msg import Odometry
import numpy as np
import pytest
from random_model import random_multi_frame_model

from depth_nodes.messages.camera import fill_camera_info
from depth_nodes.messages.depth import depth_from_image
from depth_nodes.messages.image import fill_image
from depth_nodes.runtime.depth_estimate import EstimatorConfig
from depth_nodes.runtime.estimator import make_estimator

pytestmark = pytest.mark.slow
PERIOD_NS = 100_000_000
ALL_DEPTH = {'min_depth_m': 0.001, 'max_depth_m': 1e6}
AHEAD = '0 0 1 -0.5 0.5 -0.5 0.5'  # a camera that looks along x


@pytest.fixture(scope='module')
def model():
    return str(random_multi_frame_model().onnx_path)


@pytest.fixture
def drive(make_depth_node, model, camera, image_message, camera_info_message):
    """A node, and a robot that it rides on."""

    class Drive:
        def __init__(self):
            self.depth_node = make_depth_node(
                backend='onnx', model=model, base_from_camera=AHEAD, **ALL_DEPTH
            )
            self.depth_node.subscribe('depth')
            self.harness = self.depth_node.harness
            self.odometry = None
            self.num_sent = 0
            config = EstimatorConfig(input_height_px=96, input_width_px=128, **ALL_DEPTH)
            self.single = make_estimator(model, 'onnx', estimator_config=config)

        def stamp(self, header, frame):
            at_ns = 5_000_000_000 + frame * PERIOD_NS
            header.stamp.sec, header.stamp.nanosec = divmod(at_ns, 1_000_000_000)

        def tell(self, y_m, frame):
            if self.odometry is None:
                self.odometry = self.harness.publisher(Odometry, 'odom')
                self.harness.spin_until(self.odometry.get_subscription_count)
            message = Odometry(child_frame_id='base_footprint')
            self.stamp(message.header, frame)
            message.pose.pose.position.y = y_m
            message.pose.pose.orientation.w = 1.0
            self.odometry.publish(message)
            self.harness.spin_for(0.05)

        def send(self):
            """The share of the pixels whose depth is not that of the frame alone."""
            rgb = np.random.default_rng(self.num_sent).integers(0, 256, (128, 160, 3), np.uint8)
            fill_image(image_message, rgb)
            fill_camera_info(camera_info_message, camera)
            for message in (image_message, camera_info_message):
                self.stamp(message.header, self.num_sent)
            self.depth_node.send(image_message, camera_info_message)
            self.num_sent += 1
            depths = self.depth_node.depths
            self.harness.spin_until(lambda: len(depths) >= self.num_sent)
            alone = self.single.estimate(rgb, camera).depth_m
            return float((depth_from_image(depths[-1]) != alone).mean())

        def state(self):
            return self.depth_node.values()['previous frame']

    drive = Drive()
    yield drive
    drive.single.close()


def test_a_frame_before_counts_where_the_robot_has_moved(drive):
    drive.tell(-0.5, -1)
    shares = []
    for n in range(3):
        drive.tell(0.5 * n, n)
        shares.append(drive.send())
    assert shares[0] == 0
    assert min(shares[1:]) > 0.3
    assert drive.state() == 'used'


def test_a_robot_that_stands_has_depth_of_single_frames(drive):
    drive.tell(0.0, -1)
    for n in range(3):
        drive.tell(0.0, n)
        assert drive.send() == 0
    assert drive.state() == 'standing'


def test_without_odometry_frames_are_single_and_one_warning_says_so(drive, capfd):
    for _ in range(3):
        assert drive.send() == 0
        drive.harness.spin_for(0.6)
    assert drive.state() == 'no pose'
    said = 'depth of single frames, because no pose is known: nobody publishes /odom'
    assert said in drive.depth_node.status().message
    assert capfd.readouterr().err.count(said) == 1
