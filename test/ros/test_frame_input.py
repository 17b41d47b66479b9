"""Which camera_info an image goes on with."""

from dataclasses import replace
import time

import pytest
from rclpy.logging import get_logger
from sensor_msgs.msg import CameraInfo, Image

from depth_nodes.messages.camera import Camera, fill_camera_info
from depth_nodes.ros.depth_parameters import DepthParameters
from depth_nodes.ros.frame_input import CameraFrame, FrameInput, NUM_CAMERA_INFOS, TELLS_NUMBERS
from depth_nodes.ros.frame_monitor import FrameMonitor

CAMERA = Camera.from_fov(64, 64, 70.0)


class Stream:
    """A camera whose focal length [px] is 100 plus the second of its stamp."""

    def __init__(self, harness):
        self.frames: list[CameraFrame] = []
        self.monitor = FrameMonitor(get_logger('stream'))
        self._harness = harness
        self._input = FrameInput(harness.node, DepthParameters(), self.frames.append, self.monitor)
        self._images = harness.publisher(Image, 'image')
        self._camera_infos = harness.publisher(CameraInfo, 'camera_info')
        harness.spin_until(self._images.get_subscription_count)
        harness.spin_until(self._camera_infos.get_subscription_count)

    def send_camera_info(self, second):
        message = CameraInfo()
        fill_camera_info(message, replace(CAMERA, fx_px=100.0 + second))
        message.header.stamp.sec = second
        self._camera_infos.publish(message)
        newest = self._input._camera_infos
        self._harness.spin_until(lambda: newest and [*newest.values()][-1] == message)

    def focal_length_px(self, second):
        """That of the frame which an image of this stamp becomes."""
        message = Image()
        message.header.stamp.sec = second
        seen = len(self.frames)
        self._images.publish(message)
        self._harness.spin_until(lambda: len(self.frames) > seen)
        assert self.frames[-1].image.header.stamp.sec == second
        return self.frames[-1].camera_info.k[0]


@pytest.fixture
def stream(harness):
    return Stream(harness)


def test_a_late_image_goes_with_the_camera_of_its_own_stamp(stream):
    for second in (1, 2, 3):
        stream.send_camera_info(second)
    assert [stream.focal_length_px(second) for second in (1, 3, 2)] == [101, 103, 102]


def test_without_one_of_its_stamp_the_newest_counts(stream):
    stream.send_camera_info(5)
    assert stream.focal_length_px(7) == 105
    stream.send_camera_info(4)  # the newest is the last that came
    assert stream.focal_length_px(7) == 104
    stream.send_camera_info(5)
    assert stream.focal_length_px(7) == 105


def test_few_cameras_are_kept(stream):
    for second in range(NUM_CAMERA_INFOS + 1):
        stream.send_camera_info(second)
    assert stream.focal_length_px(1) == 101
    assert stream.focal_length_px(0) == 100 + NUM_CAMERA_INFOS


@pytest.mark.skipif(not TELLS_NUMBERS, reason='ROS 2 Humble tells no numbers of messages')
def test_what_is_lost_on_the_way_is_counted(stream):
    stream.send_camera_info(1)
    stream.focal_length_px(1)
    for _ in range(3):  # only the newest waits to be taken
        stream._images.publish(Image())
        time.sleep(0.05)
    stream.focal_length_px(5)
    counts = stream.monitor.snapshot().counts
    assert counts['received'] + counts['lost'] == 5
    assert counts['lost'] >= 2
