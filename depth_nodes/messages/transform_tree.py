"""How the frames of a robot stand to one another, from the messages of /tf and /tf_static."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

from jaxtyping import Float64
import numpy as np

from depth_nodes.errors import InputError

Pose = Float64[np.ndarray, '4 4']
NUM_POSE_VALUES = 7


class TransformTree:
    """The newest transform of every pair of frames that was told."""

    def __init__(self) -> None:
        self._poses: dict[str, dict[str, Pose]] = {}

    @property
    def frames(self) -> tuple[str, ...]:
        """All that have a transform to another, in order."""
        return tuple(sorted(self._poses))

    def add(self, message: Any) -> None:
        """Takes the transforms of a TFMessage.

        Raises:
            InputError: one is no rotation and translation.
        """
        for transform in message.transforms:
            self._add(transform)

    def target_from_source(self, target: str, source: str) -> Pose | None:
        """The transform along the shortest chain of frames; None where there is none."""
        target, source = target.lstrip('/'), source.lstrip('/')
        found = {target: np.eye(4)}
        waiting = deque([target])
        while waiting and source not in found:
            frame = waiting.popleft()
            for neighbour, frame_from_neighbour in self._poses.get(frame, {}).items():
                if neighbour not in found:
                    found[neighbour] = found[frame] @ frame_from_neighbour
                    waiting.append(neighbour)
        return found.get(source)

    def _add(self, message: Any) -> None:
        parent, child = message.header.frame_id.lstrip('/'), message.child_frame_id.lstrip('/')
        turn, shift = message.transform.rotation, message.transform.translation
        try:
            pose = pose_from_values([shift.x, shift.y, shift.z, turn.x, turn.y, turn.z, turn.w])
        except ValueError as error:
            raise InputError(
                f'the transform {parent} to {child} is no rotation and translation; correct it'
            ) from error
        self._poses.setdefault(parent, {})[child] = pose
        self._poses.setdefault(child, {})[parent] = np.linalg.inv(pose)


def pose_from_values(values: Sequence[float]) -> Pose:
    """The pose of tx ty tz qx qy qz qw; the quaternion need not be normalised.

    Raises:
        ValueError: no rotation, or a value that is not finite.
    """
    tx, ty, tz, *quaternion = values
    norm = float(np.linalg.norm(quaternion))
    if norm == 0 or not np.isfinite(values).all():
        raise ValueError('no rotation, or not finite')
    x, y, z, w = np.asarray(quaternion) / norm
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w), tx],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w), ty],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y), tz],
            [0, 0, 0, 1],
        ]
    )


def values_from_pose(pose: Pose) -> list[float]:
    """A pose as tx ty tz qx qy qz qw."""
    rotation = pose[:3, :3]
    # The largest of the four quaternion entries is found first: dividing by it is always safe.
    trace = np.array([rotation[0, 0], rotation[1, 1], rotation[2, 2], np.trace(rotation)])
    pivot = int(np.argmax(trace))
    if pivot == 3:
        differences = rotation - rotation.T
        axis = np.array([differences[2, 1], differences[0, 2], differences[1, 0]])
        quaternion = np.append(axis, 1 + trace[3])
    else:
        i, j, k = pivot, (pivot + 1) % 3, (pivot + 2) % 3
        quaternion = np.empty(4)
        quaternion[i] = 1 + rotation[i, i] - rotation[j, j] - rotation[k, k]
        quaternion[j] = rotation[j, i] + rotation[i, j]
        quaternion[k] = rotation[k, i] + rotation[i, k]
        quaternion[3] = rotation[k, j] - rotation[j, k]
    quaternion /= np.linalg.norm(quaternion)
    return [float(value) for value in (*pose[:3, 3], *quaternion)]


def text_from_pose(pose: Pose) -> str:
    """What `pose_from_text` reads."""
    return ' '.join(f'{value:.9g}' for value in values_from_pose(pose))


def pose_from_text(text: str) -> Pose:
    """The pose of "x y z qx qy qz qw".

    Raises:
        ValueError: another number of values, no rotation, or a value that is not finite.
    """
    values = [float(value) for value in text.split()]
    if len(values) != NUM_POSE_VALUES:
        raise ValueError('another number of values')
    return pose_from_values(values)
