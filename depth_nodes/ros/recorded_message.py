"""What the player changes in a recorded message when it is asked to; the rest stays."""

from __future__ import annotations

from typing import Any

from nav_msgs.msg import Odometry
from rclpy.serialization import deserialize_message, serialize_message
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from depth_nodes.messages.camera import Camera, fill_camera_info
from depth_nodes.messages.image import fill_image, rgb_from_compressed


def decoded_image(cdr: bytes) -> bytes:
    """A CompressedImage as an rgb8 Image under the same header.

    Raises:
        InputError: it is no whole JPEG or PNG.
    """
    compressed = deserialize_message(cdr, CompressedImage)
    image = Image(header=compressed.header)
    fill_image(image, rgb_from_compressed(compressed))
    return serialize_message(image)


def with_frame_id(cdr: bytes, message_type: type, frame_id: str) -> bytes:
    """The message in another coordinate frame.

    It is decoded for that: a longer text in the header moves the alignment of all that follows.
    """
    message: Any = deserialize_message(cdr, message_type)
    message.header.frame_id = frame_id
    return serialize_message(message)


def with_camera_frame(cdr: bytes, recorded: str, frame_id: str) -> bytes:
    """The Odometry, that of the camera's recorded frame as that of another one."""
    message = deserialize_message(cdr, Odometry)
    if message.child_frame_id != recorded:
        return cdr
    message.child_frame_id = frame_id
    return serialize_message(message)


def is_calibrated(cdr: bytes) -> bool:
    """Whether a CameraInfo holds a focal length."""
    return bool(deserialize_message(cdr, CameraInfo).k[0] > 0)


def with_camera(cdr: bytes, camera: Camera) -> bytes:
    """The CameraInfo with another camera."""
    message = deserialize_message(cdr, CameraInfo)
    fill_camera_info(message, camera)
    return serialize_message(message)
