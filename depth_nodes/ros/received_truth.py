"""Frames put together from depth and ground truth as they come on topics."""

from __future__ import annotations

import cv2
from jaxtyping import Float32
import numpy as np
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import Image

from depth_nodes.data.sample import Sample, stride_of_grid
from depth_nodes.messages.depth import depth_from_image
from depth_nodes.ros.cdr import stamp_ns_from_cdr
from depth_nodes.ros.frame_recorder import Messages
from depth_nodes.ros.topics import CAMERA_INFO, DEPTH, GROUND_TRUTH, IMAGE, OUTPUTS

Depth = Float32[np.ndarray, 'height width']


class ReceivedTruth:
    """The truth that comes on ground_truth/image_rect, as the comparison wants it.

    Attributes:
        topics: what is received.
        wanted: what must have come before a frame can be compared.
        num_frames: how many will come; 0: unknown.
    """

    topics = (IMAGE, CAMERA_INFO, GROUND_TRUTH, *OUTPUTS)
    wanted = frozenset((DEPTH, GROUND_TRUTH))
    num_frames = 0

    def pair(self, messages: Messages) -> tuple[Sample, Depth]:
        """The truth of a frame, without its image, and its depth [m].

        Depth of the network's size is brought to that of the truth.

        Raises:
            InputError: a message holds no depth.
        """
        depth_m, truth_m = (depth_from_cdr(messages[topic]) for topic in (DEPTH, GROUND_TRUTH))
        truth_m[~(np.isfinite(truth_m) & (truth_m > 0))] = 0
        (rows, columns), (height, width) = truth_m.shape, depth_m.shape
        stride = stride_of_grid((height, width), (rows, columns))
        if stride is None:
            depth_m = cv2.resize(depth_m, (columns, rows), interpolation=cv2.INTER_NEAREST)
        stamp_ns = stamp_ns_from_cdr(messages[DEPTH])
        sample = Sample(
            name=str(stamp_ns),
            image=np.broadcast_to(np.uint8(0), (*depth_m.shape, 3)),
            depth_m=truth_m,
            depth_stride=stride or 1,
            stamp_ns=stamp_ns,
        )
        return sample, depth_m


def depth_from_cdr(cdr: bytes) -> Depth:
    """Depth [m] of a serialised image.

    Raises:
        InputError: it holds none.
    """
    return depth_from_image(deserialize_message(cdr, Image))
