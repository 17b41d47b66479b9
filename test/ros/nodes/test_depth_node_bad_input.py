"""Input that cannot be used: one line, nothing published, and the next good frame works."""

from array import array
from collections.abc import Callable
import re
from typing import Any

import numpy as np
import pytest
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from depth_nodes.messages.camera import fill_camera_info
from depth_nodes.messages.image import fill_image


def unknown_encoding(image: Image, info: CameraInfo) -> None:
    image.encoding = 'bayer_rggb8'


def short_step(image: Image, info: CameraInfo) -> None:
    image.step = 100


def zero_size(image: Image, info: CameraInfo) -> None:
    image.width = image.height = image.step = 0
    image.data = array('B')


def cut_off(image: Image, info: CameraInfo) -> None:
    image.data = image.data[:1000]


def zero_focal_length(image: Image, info: CameraInfo) -> None:
    info.k = info.p = [0.0] * 9
    info.p = [0.0] * 12


def other_size(image: Image, info: CameraInfo) -> None:
    info.width, info.height = 640, 480


def tiny(image: Image, info: CameraInfo) -> None:
    fill_image(image, np.zeros((16, 16, 3), np.uint8))
    info.width = info.height = 16


def normalised_focal_length(image: Image, info: CameraInfo) -> None:
    info.k[0] = info.k[4] = info.p[0] = info.p[5] = 0.8


BAD_INPUT = {
    'image': [unknown_encoding, short_step, zero_size, cut_off],
    'camera_info': [zero_focal_length, normalised_focal_length],
    'size': [other_size, tiny],
}
CASES = [(spoil, reason) for reason, cases in BAD_INPUT.items() for spoil in cases]


class Log:
    """What the node has logged on its console."""

    def __init__(self, capfd: pytest.CaptureFixture[str]) -> None:
        self._capfd = capfd
        self._text = ''

    def lines(self, severity: str) -> list[str]:
        """The texts of this severity, WARN or ERROR, so far."""
        self._text += self._capfd.readouterr().err
        prefix = re.compile(rf'\[{severity}\] \[[\d.]+\] \[depth_node\]: (.*)')
        return [match[1] for line in self._text.splitlines() if (match := prefix.match(line))]

    @property
    def text(self) -> str:
        return self._text


@pytest.fixture
def log(capfd: pytest.CaptureFixture[str]) -> Log:
    return Log(capfd)


@pytest.mark.parametrize(
    ('spoil', 'reason'), CASES, ids=lambda value: getattr(value, '__name__', value)
)
def test_bad_frames_are_rejected_and_the_node_lives_on(
    make_depth_node: Callable[..., Any],
    image_message: Image,
    camera_info_message: CameraInfo,
    spoil: Callable[[Image, CameraInfo], None],
    reason: str,
    rgb: np.ndarray,
    camera: Any,
    log: Log,
):
    depth_node = make_depth_node()
    depth_node.subscribe('depth', 'info', 'points')
    spoil(image_message, camera_info_message)
    depth_node.send(image_message, camera_info_message)
    values = depth_node.wait_for_count('rejected', 1)
    assert values[f'frames rejected: {reason}'] == '1'
    depth_node.send(image_message, camera_info_message)
    depth_node.wait_for_count('rejected', 2)
    assert not depth_node.depths + depth_node.infos + depth_node.clouds

    (warning,) = log.lines('WARN')  # one line for two frames
    assert warning.startswith('frame rejected: ')
    worst = [status.status[0] for status in depth_node.statuses]
    assert any(status.level == b'\x01' and status.message == warning for status in worst)

    fill_image(image_message, rgb)
    fill_camera_info(camera_info_message, camera)
    depth_node.camera_infos.publish(camera_info_message)
    depth_node.harness.spin_for(0.1)
    depth_node.send(image_message, camera_info_message)
    depth_node.harness.spin_until(lambda: depth_node.depths)


def test_damaged_jpeg(make_depth_node, camera_info_message):
    depth_node = make_depth_node(CompressedImage, image_transport='compressed')
    depth_node.subscribe('depth')
    depth_node.send(CompressedImage(format='jpeg', data=b'\xff\xd8 no'), camera_info_message)
    assert depth_node.wait_for_count('rejected', 1)['frames rejected: image'] == '1'


def test_the_first_image_waits_for_its_camera_info(
    make_depth_node, image_message, camera_info_message
):
    depth_node = make_depth_node()
    depth_node.subscribe('depth')
    depth_node.images.publish(image_message)
    depth_node.wait_for_count('received', 1)
    status = depth_node.status()
    assert status.level == b'\x01'
    assert 'no camera_info' in status.message
    assert '/camera_info has 1 publisher(s), but nothing arrives' in status.message
    depth_node.camera_infos.publish(camera_info_message)
    depth_node.harness.spin_until(lambda: depth_node.depths)


def test_images_without_camera_info(make_depth_node, image_message, log):
    depth_node = make_depth_node()
    depth_node.subscribe('depth')
    for received in range(1, 4):
        depth_node.images.publish(image_message)
        depth_node.wait_for_count('received', received)
    # The newest one still waits.
    assert depth_node.wait_for_count('rejected', 2)['frames rejected: no camera_info'] == '2'
    (warning,) = log.lines('WARN')
    assert 'no message on /camera_info yet' in warning


def test_distortion_is_told_once_and_ignored(
    make_depth_node, image_message, camera_info_message, log
):
    camera_info_message.d = [-0.3, 0.1, 0.0, 0.0, 0.0]
    depth_node = make_depth_node()
    depth_node.subscribe('depth')
    for count in (1, 2):
        depth_node.send(image_message, camera_info_message)
        depth_node.harness.spin_until(lambda count=count: len(depth_node.depths) == count)
    (warning,) = log.lines('WARN')
    assert 'plumb_bob' in warning
    assert 'as if the image were rectified' in warning


def test_an_error_of_ours_is_loud_and_the_next_frame_is_tried(
    make_depth_node, image_message, camera_info_message, log
):
    depth_node = make_depth_node()
    depth_node.subscribe('depth')
    backend = depth_node.node._pipeline.estimator.backend
    infer = backend.infer
    backend.infer = lambda image: 1 / 0
    depth_node.send(image_message, camera_info_message)
    depth_node.wait_for_count('failed', 1)
    backend.infer = infer
    depth_node.send(image_message, camera_info_message)
    depth_node.harness.spin_until(lambda: depth_node.depths)
    (error,) = log.lines('ERROR')
    assert 'ZeroDivisionError' in error
    assert 'Traceback' in log.text
    statuses = [status.status[0] for status in depth_node.statuses]
    assert any(
        status.level == b'\x02' and 'ZeroDivisionError' in status.message for status in statuses
    )


def test_a_stamp_before_1970_is_no_failure(make_depth_node, image_message, camera_info_message):
    depth_node = make_depth_node()
    depth_node.subscribe('depth')
    image_message.header.stamp.sec = -7
    depth_node.send(image_message, camera_info_message)
    values = depth_node.wait_for_count('published', 1)
    assert values['frames failed'] == '0'
    assert values['age at publish'] == 'stamps are not of this clock'
