"""The motion of one camera, for a network that looks at a frame before as well."""

from __future__ import annotations

import time

from rclpy.node import Node
from std_msgs.msg import Header

from depth_nodes.errors import InputError
from depth_nodes.messages.transform_tree import Pose
from depth_nodes.ros.depth_parameters import DepthParameters
from depth_nodes.ros.frame_monitor import FrameMonitor
from depth_nodes.ros.mounting import Mounting
from depth_nodes.ros.pose_input import PoseInput
from depth_nodes.runtime.previous_frame import NO_POSE

# Odometry may start after the camera, and its message come after that of the image.
PATIENCE_S = 1.0


class CameraMotion:
    """The worker's thread asks for the poses of frames; a warning says once that there are none.

    Attributes:
        previous_frame: what became of the search for a frame before the newest, in the words of
            `PreviousFrame`.
    """

    def __init__(
        self, node: Node, parameters: DepthParameters, mounting: Mounting, monitor: FrameMonitor
    ) -> None:
        self._node = node
        self._reliability = parameters.input_reliability
        self._mounting = mounting
        self._monitor = monitor
        self._poses: PoseInput | None = None
        self._posed_at_s = 0.0
        self._problem = ''
        self.previous_frame = NO_POSE

    def start(self) -> None:
        """Subscribes."""
        self._mounting.subscribe(('odometry',))
        self._poses = PoseInput(self._node, self._reliability, self._mounting)
        self._posed_at_s = time.monotonic()

    def stop(self) -> None:
        """Unsubscribes; does nothing where nothing is subscribed to."""
        if self._poses:
            self._poses.destroy()
        self._poses = None

    def world_from_camera(self, header: Header) -> Pose | None:
        """The pose of a frame; None where odometry or its mounting is unknown."""
        assert self._poses is not None, 'frames come between start and stop'
        try:
            pose = self._poses.world_from_camera(header)
            reason = self._poses.why_silent() or 'odometry tells none at the stamps of the images'
        except InputError as error:
            pose, reason = None, str(error)
        if pose is not None:
            self._posed_at_s, self._problem = time.monotonic(), ''
        elif time.monotonic() - self._posed_at_s > PATIENCE_S:
            is_news = not self._problem
            self._problem = f'depth of single frames, because no pose is known: {reason}'
            if is_news:
                self._monitor.warn('motion', self._problem)
        return pose

    @property
    def values(self) -> dict[str, object]:
        """For diagnostics."""
        return {'previous frame': self.previous_frame}

    @property
    def problems(self) -> list[str]:
        """For diagnostics: why every frame is taken alone, if not for standing."""
        return [self._problem] if self._problem else []
