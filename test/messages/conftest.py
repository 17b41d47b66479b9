from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from rosbags.typesys import get_typestore, Stores

TYPES = get_typestore(Stores.ROS2_HUMBLE).types
BYTES = np.empty(0, np.uint8)


def rosbags_message(name: str) -> Any:
    header_class = TYPES['std_msgs/msg/Header']
    header = header_class(TYPES['builtin_interfaces/msg/Time'](7, 8), 'camera')
    region = TYPES['sensor_msgs/msg/RegionOfInterest'](0, 0, 0, 0, False)
    values = {
        'Image': (header, 0, 0, '', 0, 0, BYTES),
        'CompressedImage': (header, '', BYTES),
        'CameraInfo': (header, 0, 0, '', *(np.zeros(n) for n in (0, 9, 9, 12)), 0, 0, region),
        'PointCloud2': (header, 0, 0, [], False, 0, 0, BYTES, False),
        'Header': (header.stamp, 'camera'),
    }[name]
    return header_class(*values) if name == 'Header' else TYPES[f'sensor_msgs/msg/{name}'](*values)


@pytest.fixture(params=['rosbags', 'rclpy'])
def make_message(request: pytest.FixtureRequest) -> Callable[[str], Any]:
    """Empty messages of both kinds that the package meets."""
    if request.param == 'rosbags':
        return rosbags_message
    sensor_msgs = pytest.importorskip('sensor_msgs.msg')
    std_msgs = pytest.importorskip('std_msgs.msg')
    return lambda name: getattr(std_msgs if name == 'Header' else sensor_msgs, name)()


@pytest.fixture
def image_message() -> Callable[..., Any]:
    """Makes an Image of given pixels whose rows are padded with a telling byte."""

    def make(pixels: np.ndarray, encoding: str, *, padding: int = 0, big: bool = False) -> Any:
        height, width = pixels.shape[:2]
        rows = [row.tobytes() + b'\xa5' * padding for row in pixels]
        message = rosbags_message('Image')
        message.height, message.width = height, width
        message.encoding, message.is_bigendian = encoding, int(big)
        message.step = len(rows[0])
        message.data = b''.join(rows)
        return message

    return make
