"""Chooses what a network of several frames is given beside the newest one: a frame before it."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from jaxtyping import Float32, Float64
import numpy as np

from depth_nodes.runtime.continuity import Continuity
from depth_nodes.runtime.frame import Frame
from depth_nodes.runtime.preprocess import Fit
from depth_nodes.runtime.previous_view import PreviousView

# A motion of so large a share of the depth tells more about it than the network knows by itself.
MIN_MOTION = 0.03
# Frames that are kept lie so far apart, so that a few of them reach back far enough.
MIN_STEP = MIN_MOTION / 4
MAX_FRAMES = 8
# Poses drift, and things move.
MAX_AGE_NS = 2_000_000_000
SAMPLE_STRIDE = 4
USED, STANDING, FIRST, NO_POSE = 'used', 'standing', 'none yet', 'no pose'

NetworkImage = Float32[np.ndarray, '1 3 height width']


class _Kept(NamedTuple):
    image: NetworkImage
    camera_from_world: Float64[np.ndarray, '4 4']
    stamp_ns: int


class PreviousFrame:
    """Keeps a few frames of one camera, each some way from the next.

    Attributes:
        state: of the newest frame: what became of the search, one of the words above.
    """

    def __init__(self) -> None:
        self.state = FIRST
        self._continuity = Continuity()
        self._kept: deque[_Kept] = deque(maxlen=MAX_FRAMES)
        self._inverse_depth = 0.0  # 1/m, the mean of the newest

    def of(self, frame: Frame, fit: Fit) -> PreviousView | None:
        """The newest of the frames that the camera has moved far enough from; None: there is none.

        Args:
            frame: the newest one. Without pose or time it changes nothing.
            fit: how it is fitted.
        """
        if frame.world_from_camera is None or frame.stamp_ns is None:
            self.state = NO_POSE
            return None
        goes_on = self._continuity.goes_on(frame)
        self._forget(frame.stamp_ns, goes_on)
        self.state = STANDING if goes_on else FIRST
        for kept in reversed(self._kept):
            previous_from_current = kept.camera_from_world @ frame.world_from_camera
            if self._motion(previous_from_current) >= MIN_MOTION:
                self.state = USED
                camera = frame.camera.resized(fit.content_width_px, fit.content_height_px)
                return PreviousView(kept.image, previous_from_current, camera.matrix)
        return None

    def keep(
        self,
        frame: Frame,
        image: NetworkImage,
        inverse_depth: Float32[np.ndarray, 'content_height content_width'],
    ) -> None:
        """Keeps a frame for those that come, unless the camera has hardly moved.

        Args:
            frame: the one that `of` was asked about.
            image: of it, copied where it is kept.
            inverse_depth: of it [1/m], as the network has it.
        """
        if frame.world_from_camera is None or frame.stamp_ns is None:
            return
        # What counts is parallax, which is even in inverse depth: the sky has none.
        sample = inverse_depth[::SAMPLE_STRIDE, ::SAMPLE_STRIDE]
        self._inverse_depth = float(sample.mean()) / frame.scale
        if self._kept:
            last_from_current = self._kept[-1].camera_from_world @ frame.world_from_camera
            if self._motion(last_from_current) < MIN_STEP:
                return
        camera_from_world = np.linalg.inv(frame.world_from_camera)
        self._kept.append(_Kept(image.copy(), camera_from_world, frame.stamp_ns))

    def _forget(self, stamp_ns: int, goes_on: bool) -> None:
        """What is too old, and everything where a recording begins."""
        while self._kept and not (goes_on and stamp_ns - self._kept[0].stamp_ns <= MAX_AGE_NS):
            self._kept.popleft()

    def _motion(self, previous_from_current: Float64[np.ndarray, '4 4']) -> float:
        """The way of the camera as a share of the depth."""
        return float(np.linalg.norm(previous_from_current[:3, 3])) * self._inverse_depth
