import numpy as np
import pytest
from rclpy.serialization import serialize_message
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from depth_nodes.errors import InputError
from depth_nodes.messages.depth import DepthImageWriter
from depth_nodes.messages.image import fill_image
from depth_nodes.ros.received_truth import ReceivedTruth
from depth_nodes.ros.topics import DEPTH, GROUND_TRUTH

DEPTH_M = np.arange(1, 49, dtype=np.float32).reshape(6, 8)


def message(depth_m: np.ndarray) -> bytes:
    header = Header(frame_id='cam')
    header.stamp.sec, header.stamp.nanosec = 12, 345
    image = Image()
    DepthImageWriter(image, '32FC1').write(depth_m, header)
    return serialize_message(image)


def pair(depth_m: np.ndarray, truth_m: np.ndarray):
    return ReceivedTruth().pair({DEPTH: message(depth_m), GROUND_TRUTH: message(truth_m)})


def test_invalid_truth_is_unknown_and_depth_stays_as_it_is():
    truth_m = DEPTH_M.copy()
    truth_m[0, :4] = [np.nan, np.inf, -np.inf, -1.0]
    depth_m = np.where(DEPTH_M == 48, np.float32(np.inf), DEPTH_M)
    sample, found_m = pair(depth_m, truth_m)
    np.testing.assert_array_equal(found_m, depth_m)
    np.testing.assert_array_equal(sample.depth_m[0, :4], 0)
    np.testing.assert_array_equal(sample.depth_m.ravel()[4:], truth_m.ravel()[4:])
    assert (sample.stamp_ns, sample.depth_stride) == (12_000_000_345, 1)


def test_coarser_truth_is_that_of_every_kth_pixel():
    sample, depth_m = pair(DEPTH_M, DEPTH_M[::2, ::2])
    assert (sample.depth_stride, depth_m.shape) == (2, (6, 8))


def test_depth_of_the_networks_size_is_brought_to_that_of_the_truth():
    sample, depth_m = pair(DEPTH_M[::2, ::2], DEPTH_M)
    assert (sample.depth_stride, depth_m.shape) == (1, (6, 8))
    np.testing.assert_array_equal(depth_m[::2, ::2], DEPTH_M[::2, ::2])


def test_a_picture_is_no_depth():
    picture = Image()
    fill_image(picture, np.zeros((6, 8, 3), np.uint8))
    with pytest.raises(InputError, match="depth encoding 'rgb8'"):
        ReceivedTruth().pair({DEPTH: serialize_message(picture), GROUND_TRUTH: message(DEPTH_M)})
