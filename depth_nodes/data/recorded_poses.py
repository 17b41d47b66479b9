"""Where the camera of a recording was: its robot's odometry, and how it is mounted."""

from __future__ import annotations

from collections.abc import Iterator

from depth_nodes.data.message_streams import Stamped
from depth_nodes.data.static_transforms import StaticTransforms
from depth_nodes.errors import InputError
from depth_nodes.messages.odometry import pose_from_odometry
from depth_nodes.messages.pose_history import PoseHistory
from depth_nodes.messages.transform_tree import Pose

# Where a message does not name what moves; as the parameter base_frame of depth_node.
DEFAULT_BASE_FRAME = 'base_link'
# From message to message, stamps and times of recording go on alike but for this.
MAX_CLOCK_STEP_NS = 1_000_000_000


class RecordedPoses:
    """Poses at the stamps of images, which are asked for in their order.

    Attributes:
        num_known: images whose pose was found.
        problem: why the newest one that was not found is unknown.
    """

    def __init__(
        self,
        odometry: Iterator[Stamped],
        transforms: StaticTransforms,
        base_from_camera: Pose | None = None,
    ) -> None:
        """The pose of the camera on its robot is looked up in `transforms` where it is None."""
        self.num_known = 0
        self.problem = ''
        self._odometry = odometry
        self._transforms = transforms
        self._given = base_from_camera
        self._history = PoseHistory()
        self._last: Stamped | None = None
        self._newest_ns = -1
        self._base_frame = ''
        self._mounted: dict[str, Pose | None] = {}

    def world_from_camera(self, stamp_ns: int, camera_frame: str) -> Pose | None:
        """The pose [m]; None where odometry or mounting do not tell."""
        self._read_beyond(stamp_ns)
        world_from_base = self._history.at(stamp_ns / 1e9)
        if world_from_base is None:
            self.problem = 'odometry tells none at their stamps'
            return None
        base_from_camera = self.base_from_camera(camera_frame)
        if base_from_camera is None:
            return None
        self.num_known += 1
        return world_from_base @ base_from_camera

    def base_from_camera(self, camera_frame: str) -> Pose | None:
        """Where the camera is on what odometry tells of; None where nobody tells."""
        if self._given is not None:
            return self._given
        if camera_frame not in self._mounted:
            self._read_beyond(-1)  # some messages at least: they have the name of the base
            self._mounted[camera_frame] = self._looked_up(camera_frame)
        return self._mounted[camera_frame]

    def _looked_up(self, camera_frame: str) -> Pose | None:
        base_frame = self._base_frame or DEFAULT_BASE_FRAME
        try:
            return self._transforms.target_from_source(base_frame, camera_frame)
        except InputError as error:
            self.problem = f'{error}, or give --base-from-camera'
            return None

    def _read_beyond(self, stamp_ns: int) -> None:
        """The pose after an image is read too: the image lies between two."""
        while self._newest_ns <= stamp_ns:
            found = next(self._odometry, None)
            if found is None:
                return
            before, self._last = self._last, found
            # One stamp that is far off would be the newest for good.
            if before is not None and _agree(before, found):
                self._add(before)
                self._add(found)

    def _add(self, found: Stamped) -> None:
        """Takes a pose, unless something else moves than before."""
        pose = pose_from_odometry(found.message)
        base_frame = found.message.child_frame_id
        if pose is not None and (self._newest_ns < 0 or base_frame == self._base_frame):
            self._base_frame = base_frame
            self._newest_ns = found.stamp_ns
            self._history.add(found.stamp_ns / 1e9, pose)


def _agree(before: Stamped, after: Stamped) -> bool:
    """Whether the stamps of two messages are as far apart as their times of recording."""
    apart_ns = after.stamp_ns - before.stamp_ns - (after.recorded_ns - before.recorded_ns)
    return abs(apart_ns) <= MAX_CLOCK_STEP_NS
