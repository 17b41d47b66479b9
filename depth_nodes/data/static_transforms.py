"""How the sensors of a robot stand to one another: /tf_static."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from depth_nodes.errors import InputError
from depth_nodes.messages.transform_tree import Pose, TransformTree

TF_TYPE = 'tf2_msgs/msg/TFMessage'


class StaticTransforms:
    """The fixed transforms between frames, read no farther than it takes to find one."""

    def __init__(self, messages: Iterator[Any]) -> None:
        """`messages` are those of the topic, TFMessages."""
        self._messages = messages
        self._tree = TransformTree()

    def target_from_source(self, target: str, source: str) -> Pose:
        """The transform along a chain of frames of any length.

        Raises:
            InputError: no chain connects the two, or a transform is none.
        """
        while (pose := self._tree.target_from_source(target, source)) is None:
            message = next(self._messages, None)
            if message is None:
                frames = ', '.join(self._tree.frames) or 'none'
                raise InputError(
                    f'/tf_static does not connect {source!r} with {target!r} (its frames: '
                    f'{frames}); record it with the static transform between the two'
                )
            self._tree.add(message)
        return pose
