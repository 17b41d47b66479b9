"""How the sensors of a robot stand to one another: /tf_static."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from jaxtyping import Float64
import numpy as np

from depth_nodes.data.pose_file import pose_from_values
from depth_nodes.errors import InputError

TF_TYPE = 'tf2_msgs/msg/TFMessage'
Pose = Float64[np.ndarray, '4 4']


class StaticTransforms:
    """The fixed transforms between frames, read no farther than it takes to find one."""

    def __init__(self, messages: Iterator[Any]) -> None:
        """`messages` are those of the topic, TFMessages."""
        self._messages = messages
        self._poses: dict[str, dict[str, Pose]] = {}

    def target_from_source(self, target: str, source: str) -> Pose:
        """The transform along a chain of frames of any length.

        Raises:
            InputError: no chain connects the two, or a transform is none.
        """
        target, source = target.lstrip('/'), source.lstrip('/')
        while (pose := self._chained(target, source)) is None:
            message = next(self._messages, None)
            if message is None:
                frames = ', '.join(sorted(self._poses)) or 'none'
                raise InputError(
                    f'/tf_static does not connect {source!r} with {target!r} (its frames: '
                    f'{frames}); record it with the static transform between the two'
                )
            for transform in message.transforms:
                self._add(transform)
        return pose

    def _add(self, transform: Any) -> None:
        parent, child = transform.header.frame_id.lstrip('/'), transform.child_frame_id.lstrip('/')
        pose = _pose(transform.transform, f'{parent} to {child}')
        self._poses.setdefault(parent, {})[child] = pose
        self._poses.setdefault(child, {})[parent] = np.linalg.inv(pose)

    def _chained(self, target: str, source: str) -> Pose | None:
        """Goes from the target over its neighbours, the nearest first."""
        found = {target: np.eye(4)}
        waiting = deque([target])
        while waiting and source not in found:
            frame = waiting.popleft()
            for neighbour, frame_from_neighbour in self._poses.get(frame, {}).items():
                if neighbour not in found:
                    found[neighbour] = found[frame] @ frame_from_neighbour
                    waiting.append(neighbour)
        return found.get(source)


def _pose(transform: Any, name: str) -> Pose:
    turn, shift = transform.rotation, transform.translation
    try:
        return pose_from_values([shift.x, shift.y, shift.z, turn.x, turn.y, turn.z, turn.w])
    except ValueError as error:
        raise InputError(
            f'/tf_static: {name} is no rotation and translation; correct it'
        ) from error
