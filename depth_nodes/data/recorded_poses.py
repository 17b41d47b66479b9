"""Where the camera of a recording was: its robot's odometry, and how it is mounted."""

from __future__ import annotations

from collections.abc import Iterator

from depth_nodes.data.message_streams import Stamped
from depth_nodes.data.static_transforms import StaticTransforms
from depth_nodes.errors import InputError
from depth_nodes.messages.odometry import pose_from_odometry
from depth_nodes.messages.pose_history import PoseHistory
from depth_nodes.messages.transform_tree import Pose

DEFAULT_BASE_FRAME = 'base_link'


class RecordedPoses:
    """Poses at the stamps of images, which are asked for in their order.

    Attributes:
        problem: why the mounting of the camera is unknown; empty: it is known, or nobody asked.
    """

    def __init__(
        self,
        odometry: Iterator[Stamped],
        transforms: StaticTransforms,
        base_from_camera: Pose | None = None,
    ) -> None:
        """The pose of the camera on its robot is looked up in `transforms` where it is None."""
        self.problem = ''
        self._odometry = odometry
        self._transforms = transforms
        self._given = base_from_camera
        self._history = PoseHistory()
        self._newest_ns = -1
        self._base_frame = ''
        self._mounted: dict[tuple[str, str], Pose] = {}

    def world_from_camera(self, stamp_ns: int, camera_frame: str) -> Pose | None:
        """The pose [m]; None where odometry or mounting do not tell."""
        self._read_beyond(stamp_ns)
        world_from_base = self._history.at(stamp_ns / 1e9)
        if world_from_base is None or self.problem:
            return None
        base_from_camera = self.base_from_camera(camera_frame)
        return None if base_from_camera is None else world_from_base @ base_from_camera

    def base_from_camera(self, camera_frame: str) -> Pose | None:
        """Where the camera is on what odometry tells of; None where nobody tells."""
        if self._given is not None:
            return self._given
        self._read_beyond(-1)  # the first message at least: it has the name of the base
        frames = (self._base_frame, camera_frame)
        try:
            if frames not in self._mounted:
                self._mounted[frames] = self._transforms.target_from_source(*frames)
        except InputError as error:
            self.problem = (
                f'the poses of the camera are unknown: {error}, or give --base-from-camera'
            )
            return None
        return self._mounted[frames]

    def _read_beyond(self, stamp_ns: int) -> None:
        """The pose after an image is read too: the image lies between two."""
        while self._newest_ns <= stamp_ns:
            found = next(self._odometry, None)
            if found is None:
                return
            pose = pose_from_odometry(found.message)
            if pose is not None:
                self._newest_ns = found.stamp_ns
                self._base_frame = found.message.child_frame_id or DEFAULT_BASE_FRAME
                self._history.add(found.stamp_ns / 1e9, pose)
