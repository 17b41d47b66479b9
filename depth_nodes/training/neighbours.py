"""The images that each frame of a recording is compared with by their looks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
from jaxtyping import Float64, UInt8
import numpy as np

from depth_nodes.data.sample import Sample
from depth_nodes.data.transforms import Neighbour

# Below these a car stands and a camera rests: nothing is seen from elsewhere. The rotation is a
# twentieth of a pixel at a focal length of 500.
MIN_DIFFERENCE, MIN_MOTION_M, MIN_ROTATION_RAD = 1.0, 1e-3, 1e-4


def neighbours_of_frames(
    frames: Sequence[Sample], step: int, *, has_poses: bool
) -> list[tuple[Neighbour, ...]]:
    """The neighbours of each frame: those `step` before and after it, and its right image.

    The images are the frames' own, not copies. Frames of another camera or another size are no
    neighbours, nor are those that hardly differ.

    Args:
        frames: of one recording, in order.
        step: frames from one to its neighbour, 1 or more.
        has_poses: whether neighbours get the poses that are recorded.
    """
    neighbours = []
    for index, frame in enumerate(frames):
        around = [at for at in (index - step, index + step) if 0 <= at < len(frames)]
        found = [
            Neighbour(frames[at].image, _pose(frame, frames[at]), is_earlier=at < index)
            for at in around
            if _fits(frame, frames[at])
        ]
        found += _right_neighbour(frame)
        neighbours.append(
            tuple(
                one if has_poses else one._replace(neighbour_from_view=None)
                for one in found
                if _differs(frame.image, one)
            )
        )
    return neighbours


def _fits(frame: Sample, other: Sample) -> bool:
    """Whether one window and one set of intrinsics hold for both images."""
    is_known = frame.camera is not None and frame.camera == other.camera
    return is_known and frame.image.shape == other.image.shape


def _pose(frame: Sample, other: Sample) -> Float64[np.ndarray, '4 4'] | None:
    """Other camera from the frame's camera [m], where both are posed."""
    if frame.world_from_camera is None or other.world_from_camera is None:
        return None
    return np.linalg.inv(other.world_from_camera) @ frame.world_from_camera


def _right_neighbour(frame: Sample) -> Iterator[Neighbour]:
    """The right image of a rectified pair, whose pose needs no estimate.

    Where disparity has an unknown offset, the right camera's principal point is unknown as well.
    """
    if frame.right is None or frame.stereo_baseline_m is None or frame.camera is None:
        return
    if frame.disparity_px is not None:
        return
    right_from_left = np.eye(4)
    right_from_left[0, 3] = -frame.stereo_baseline_m
    yield Neighbour(frame.right, right_from_left)


def _differs(image: UInt8[np.ndarray, 'height width 3'], neighbour: Neighbour) -> bool:
    pose = neighbour.neighbour_from_view
    if pose is not None:
        moves = float(np.linalg.norm(pose[:3, 3])) >= MIN_MOTION_M
        if not moves and np.abs(pose[:3, :3] - np.eye(3)).max() < MIN_ROTATION_RAD:
            return False
    grays = [cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) for one in (image, neighbour.image)]
    return cv2.norm(grays[0], grays[1], cv2.NORM_L1) >= MIN_DIFFERENCE * grays[0].size
