"""The bytes of a message, written in place."""

from __future__ import annotations

from array import array
from typing import Any

from jaxtyping import UInt8
import numpy as np


def writable_bytes(message: Any, num_bytes: int) -> UInt8[np.ndarray, ' num_bytes']:
    """The message's `data` as a writable view, allocated anew only when its size changes.

    rclpy keeps an `array.array('B')` by reference, whereas a numpy array assigned to `data` is
    checked and copied byte by byte (20-100 ms an image). The messages of rosbags hold numpy
    arrays and stay so.
    """
    data = message.data
    if isinstance(data, np.ndarray):
        if data.nbytes != num_bytes or not data.flags.writeable:
            message.data = np.zeros(num_bytes, np.uint8)
        return message.data
    if not isinstance(data, array) or len(data) != num_bytes:
        message.data = array('B', bytes(num_bytes))
    return np.frombuffer(message.data, np.uint8)
