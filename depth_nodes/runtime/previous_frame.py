"""What a network of several frames is given beside the newest one: the frame before, and the way.

numpy only: the network's backend makes tensors of it.
"""

from __future__ import annotations

from typing import NamedTuple

from jaxtyping import Float32, Float64
import numpy as np

from depth_nodes.runtime.continuity import Continuity
from depth_nodes.runtime.frame import Frame
from depth_nodes.runtime.preprocess import Fit


class PreviousView(NamedTuple):
    """The frame before as the network saw it, its pose [m], and the intrinsics of both [px]."""

    image: Float32[np.ndarray, '1 3 height width']
    previous_from_current: Float64[np.ndarray, '4 4']
    intrinsics: Float64[np.ndarray, '3 3']


class PreviousFrame:
    """Keeps the last frame of one camera whose pose and time are known."""

    def __init__(self) -> None:
        self._continuity = Continuity()
        self._image = np.empty((1, 3, 0, 0), np.float32)
        self._world_from_camera = np.eye(4)

    def replaced_by(
        self, frame: Frame, image: Float32[np.ndarray, '1 3 height width'], fit: Fit
    ) -> PreviousView | None:
        """The frame before this one; None where there is none, or it is of another recording.

        Args:
            frame: what is kept for the next one, unless its pose or time is unknown.
            image: of the frame, as the network takes it.
            fit: how it was fitted.
        """
        if frame.world_from_camera is None or frame.stamp_ns is None:
            return None
        goes_on = self._continuity.goes_on(frame) and self._image.shape == image.shape
        before, world_from_previous = self._image, self._world_from_camera
        self._image, self._world_from_camera = image.copy(), frame.world_from_camera
        if not goes_on:
            return None
        camera = frame.camera.resized(fit.content_width_px, fit.content_height_px)
        previous_from_current = np.linalg.inv(world_from_previous) @ frame.world_from_camera
        return PreviousView(before, previous_from_current, camera.matrix)
