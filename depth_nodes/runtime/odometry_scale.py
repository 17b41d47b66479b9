"""The scale from odometry: each frame against a keyframe that the camera has moved away from."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
from jaxtyping import Float64, UInt8
import numpy as np

from depth_nodes.messages.camera import Camera
from depth_nodes.runtime.feature_track import FeatureTrack
from depth_nodes.runtime.scale_measurement import ScaleMeasurement
from depth_nodes.runtime.scale_view import ScaleView
from depth_nodes.runtime.translation_scale import Motion, scale_from_motion

MAX_WIDTH_PX = 640
# A keyframe is replaced when it is so old, so far away, or so little of it is still seen.
MAX_AGE_S = 3.0
MAX_PARALLAX_SHARE = 0.1  # of the width
MIN_FEATURE_SHARE = 0.4
MIN_FEATURES = 40

Pose = Float64[np.ndarray, '4 4']


@dataclass(kw_only=True, eq=False)
class _Keyframe:
    track: FeatureTrack
    depth: Float64[np.ndarray, ' feature']
    camera: Camera
    world_from_camera: Pose
    at_s: float
    num_features: int


class OdometryScale:
    """Compares how the features move with how odometry says that the camera has moved."""

    def __init__(self) -> None:
        self._keyframe: _Keyframe | None = None

    def measure(self, view: ScaleView, world_from_camera: Pose | None) -> ScaleMeasurement | None:
        """The scale of the keyframe's depth; frames are given in the order of their stamps.

        Args:
            view: the newest frame.
            world_from_camera: its pose in any frame that stays; None: unknown.

        Returns:
            None where the camera has not moved enough since the keyframe.
        """
        gray = _gray(view.image)
        keyframe = self._keyframe
        if world_from_camera is None:
            self._keyframe = None
            return None
        if keyframe is None or not _goes_on(keyframe, view, gray):
            self._keyframe = _new_keyframe(view, gray, world_from_camera)
            return None
        keyframe.depth = keyframe.depth[keyframe.track.follow(gray)]
        motion = _motion(keyframe, world_from_camera)
        measurement = scale_from_motion(motion)
        if _is_left_behind(keyframe):
            self._keyframe = _new_keyframe(view, gray, world_from_camera)
        return measurement


def _gray(image: UInt8[np.ndarray, 'height width 3']) -> UInt8[np.ndarray, 'small_height small']:
    height, width = image.shape[:2]
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    if width <= MAX_WIDTH_PX:
        return gray
    size = MAX_WIDTH_PX, max(1, round(height * MAX_WIDTH_PX / width))
    return cv2.resize(gray, size, interpolation=cv2.INTER_AREA)


def _goes_on(
    keyframe: _Keyframe, view: ScaleView, gray: UInt8[np.ndarray, 'height width']
) -> bool:
    height, width = gray.shape
    is_recent = 0 < view.at_s - keyframe.at_s <= MAX_AGE_S
    return is_recent and keyframe.camera == view.camera.resized(width, height)


def _new_keyframe(
    view: ScaleView, gray: UInt8[np.ndarray, 'height width'], world_from_camera: Pose
) -> _Keyframe:
    height, width = gray.shape
    track = FeatureTrack(gray)
    share = np.array([view.camera.width_px / width, view.camera.height_px / height])
    column, row = np.rint((track.start_px + 0.5) * share - 0.5).astype(np.intp).T
    column = column.clip(0, view.camera.width_px - 1)
    depth = view.depth_m[row.clip(0, view.camera.height_px - 1), column].astype(np.float64)
    return _Keyframe(
        track=track,
        depth=depth / view.scale,
        camera=view.camera.resized(width, height),
        world_from_camera=world_from_camera,
        at_s=view.at_s,
        num_features=len(depth),
    )


def _motion(keyframe: _Keyframe, world_from_camera: Pose) -> Motion:
    is_valid = np.isfinite(keyframe.depth) & (keyframe.depth > 0)
    return Motion(
        start=_rays(keyframe.track.start_px[is_valid], keyframe.camera),
        end=_rays(keyframe.track.current_px[is_valid], keyframe.camera),
        depth=keyframe.depth[is_valid],
        end_from_start=np.linalg.inv(world_from_camera) @ keyframe.world_from_camera,
        focal_px=keyframe.camera.fx_px,
    )


def _rays(pixels: np.ndarray, camera: Camera) -> Float64[np.ndarray, 'feature 3']:
    homogeneous = np.column_stack([pixels, np.ones(len(pixels))])
    return homogeneous @ np.linalg.inv(camera.matrix).T


def _is_left_behind(keyframe: _Keyframe) -> bool:
    track = keyframe.track
    num_left = len(track.start_px)
    if num_left < max(MIN_FEATURES, MIN_FEATURE_SHARE * keyframe.num_features):
        return True
    moved_px = np.median(np.linalg.norm(track.current_px - track.start_px, axis=-1))
    return bool(moved_px > MAX_PARALLAX_SHARE * keyframe.camera.width_px)
