"""Where something was a moment ago: poses with stamps, and those between them."""

from __future__ import annotations

from bisect import bisect
from collections import deque

import cv2
import numpy as np

from depth_nodes.messages.transform_tree import Pose

MAX_POSES = 400
# So long after the newest pose, motion is taken to go on as it was.
MAX_AHEAD_S = 0.1
# Between poses that are farther apart, nothing is known.
MAX_GAP_S = 0.5


class PoseHistory:
    """The last poses `world_from_body`, in the order of their stamps."""

    def __init__(self) -> None:
        self._stamps: deque[float] = deque(maxlen=MAX_POSES)
        self._poses: deque[Pose] = deque(maxlen=MAX_POSES)

    def __len__(self) -> int:
        return len(self._stamps)

    @property
    def moved_m(self) -> float:
        """From the oldest to the newest."""
        if not self._poses:
            return 0.0
        return float(np.linalg.norm(self._poses[-1][:3, 3] - self._poses[0][:3, 3]))

    def add(self, at_s: float, pose: Pose) -> None:
        """Where time jumps back, what was before is forgotten; a pose twice counts once."""
        if self._stamps and at_s < self._stamps[-1]:
            self._stamps.clear()
            self._poses.clear()
        if not self._stamps or at_s > self._stamps[-1]:
            self._stamps.append(at_s)
            self._poses.append(pose)

    def at(self, at_s: float) -> Pose | None:
        """The pose at this time; None where none is known close enough before and after."""
        after = bisect(self._stamps, at_s)
        if after and self._stamps[after - 1] == at_s:
            return self._poses[after - 1]
        if len(self._stamps) < 2:
            return None
        after = min(max(after, 1), len(self._stamps) - 1)
        start_s, end_s = self._stamps[after - 1], self._stamps[after]
        is_known = start_s <= at_s <= end_s + MAX_AHEAD_S and end_s - start_s <= MAX_GAP_S
        if not is_known:
            return None
        share = (at_s - start_s) / (end_s - start_s)
        return _between(self._poses[after - 1], self._poses[after], share)


def _between(start: Pose, end: Pose, share: float) -> Pose:
    """Straight, and turning evenly; beyond the end where the share is above 1."""
    turn = cv2.Rodrigues(start[:3, :3].T @ end[:3, :3])[0]
    pose = np.eye(4)
    pose[:3, :3] = start[:3, :3] @ cv2.Rodrigues(turn * share)[0]
    pose[:3, 3] = start[:3, 3] + share * (end[:3, 3] - start[:3, 3])
    return pose
