"""The subscriptions to /tf and /tf_static."""

from __future__ import annotations

import threading
from typing import Any

from jaxtyping import Float64
import numpy as np
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.subscription import Subscription

from depth_nodes.errors import InputError
from depth_nodes.messages.transform_tree import TransformTree

QUEUE_DEPTH = 100


class TransformInput:
    """Subscribes from construction to `destroy`, where this ROS installation knows TF.

    What comes between two frames that are mounted to each other changes seldom: the newest
    transforms count, whatever the stamp of the frame.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._tree = TransformTree()
        self._lock = threading.Lock()
        self._error = ''
        self._subscriptions: list[Subscription] = []
        try:
            from tf2_msgs.msg import TFMessage  # no wheel has it, only a ROS installation
        except ImportError:
            self._error = (
                'TF needs tf2_msgs, which is not installed: install ros-$ROS_DISTRO-tf2-msgs, or '
                'set camera_height_m, base_from_camera and camera_from_range'
            )
            return
        latched = QoSProfile(depth=QUEUE_DEPTH, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        for topic, qos in (('/tf', QoSProfile(depth=QUEUE_DEPTH)), ('/tf_static', latched)):
            one = node.create_subscription(TFMessage, topic, self.add, qos)
            self._subscriptions.append(one)

    def add(self, message: Any) -> None:
        """Takes a TFMessage; one with a transform that is none is left out from there on."""
        try:
            with self._lock:
                self._tree.add(message)
        except InputError as error:
            self._error = str(error)

    def target_from_source(self, target: str, source: str) -> Float64[np.ndarray, '4 4']:
        """The transform between two frames; for any thread.

        Raises:
            InputError: not known.
        """
        with self._lock:
            pose, frames = self._tree.target_from_source(target, source), self._tree.frames
        if pose is None:
            reason = self._error or (
                f'TF does not connect {source!r} with {target!r} (its frames: '
                f'{", ".join(frames) or "none"}): publish the transform, or set base_from_camera '
                'and camera_from_range'
            )
            raise InputError(reason)
        return pose

    def destroy(self) -> None:
        """Ends the subscriptions."""
        for one in self._subscriptions:
            self._node.destroy_subscription(one)
        self._subscriptions = []
