import cv2
import numpy as np
import pytest
from rclpy.serialization import deserialize_message, serialize_message
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from depth_nodes.errors import InputError
from depth_nodes.messages.camera import Camera, camera_from_message
from depth_nodes.messages.image import rgb_from_image
from depth_nodes.ros.cdr import header_from_cdr
from depth_nodes.ros.recorded_message import (
    decoded_image,
    is_calibrated,
    with_camera,
    with_frame_id,
)


def test_a_compressed_image_becomes_rgb8_under_its_header(image_message, rgb):
    png = cv2.imencode('.png', rgb[..., ::-1])[1].tobytes()
    cdr = serialize_message(CompressedImage(header=image_message.header, format='png', data=png))
    image = deserialize_message(decoded_image(cdr), Image)
    np.testing.assert_array_equal(rgb_from_image(image), rgb)
    assert header_from_cdr(decoded_image(cdr)) == header_from_cdr(cdr)


def test_damaged_images_are_input_errors(image_message):
    with pytest.raises(InputError, match='cannot be decoded'):
        decoded_image(serialize_message(CompressedImage(header=image_message.header)))


@pytest.mark.parametrize('frame_id', ['', 'x', 'a_long_name_of_a_frame'])
def test_another_frame_id_changes_nothing_else(camera_info_message, frame_id):
    cdr = with_frame_id(serialize_message(camera_info_message), CameraInfo, frame_id)
    camera_info_message.header.frame_id = frame_id
    assert deserialize_message(cdr, CameraInfo) == camera_info_message


def test_another_camera_under_the_same_header(camera_info_message):
    camera = Camera.from_fov(64, 48, 50.0)
    unknown = serialize_message(CameraInfo(header=camera_info_message.header))
    assert not is_calibrated(unknown)
    known = with_camera(unknown, camera)
    assert is_calibrated(known)
    assert header_from_cdr(known) == header_from_cdr(unknown)
    found = camera_from_message(deserialize_message(known, CameraInfo))
    assert (found.width_px, found.fx_px, found.cy_px) == (64, camera.fx_px, camera.cy_px)
