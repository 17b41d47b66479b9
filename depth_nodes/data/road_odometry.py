"""Metric poses of a car's camera from its images alone, for recordings that come without any.

Rotation and direction of travel are those of the essential matrix of tracked corners. The length
of a step is the one under which the road, a plane at a known height below the camera, looks the
same in both frames.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
import math

import cv2
from jaxtyping import Bool, Float32, Float64, UInt8
import numpy as np

from depth_nodes.data.sample import Sample
from depth_nodes.errors import InputError
from depth_nodes.messages.camera import Camera

Gray = UInt8[np.ndarray, 'height width']
Texture = Float32[np.ndarray, 'height width']
Patch = Float32[np.ndarray, 'row column']

MIN_FLOW_PX = 0.3
MIN_TRACKED = 30
STEP_M = 0.05
MIN_SHARE_SEEN = 0.3
OUTSIDE = -1e5


@dataclass(frozen=True, kw_only=True)
class RoadConfig:
    """The camera over its road.

    Attributes:
        camera_height_m: over the road.
        max_step_m: longest way from one frame to the next.
        near_m: where the compared piece of road begins: in view, and beyond the bonnet.
        far_m: where it ends.
        half_width_m: half its width.
        min_correlation: below it a frame's own step is not believed, but its neighbours'.
        smoothing: steps in the running median of their lengths; odd.
    """

    camera_height_m: float
    max_step_m: float = 3.5
    near_m: float = 8.0
    far_m: float = 22.0
    half_width_m: float = 2.4
    min_correlation: float = 0.5
    smoothing: int = 5


@dataclass(frozen=True, kw_only=True)
class _Step:
    """From one frame to the next: the rotation and the unit direction of the translation."""

    next_from_here: Float64[np.ndarray, '3 3']
    direction: Float64[np.ndarray, ' 3']

    @property
    def is_still(self) -> bool:
        return not self.direction.any()


def with_road_poses(samples: Sequence[Sample], config: RoadConfig) -> Iterator[Sample]:
    """The samples of one drive, in order, with `world_from_camera`; the first is the origin.

    Raises:
        InputError: the first sample has no camera, the images differ in size, or the road is
            never recognised.
    """
    camera = samples[0].camera
    if camera is None:
        raise InputError(f'frame {samples[0].name} has no intrinsics; its path needs them')
    if len({sample.image.shape for sample in samples}) > 1:
        raise InputError('the images of a drive must be of one size; resize them')
    grays = [cv2.cvtColor(sample.image, cv2.COLOR_RGB2GRAY) for sample in samples]
    steps = [_step(*pair, camera) for pair in zip(grays[:-1], grays[1:], strict=True)]
    lengths = _step_lengths(grays, steps, camera, config)
    pose = np.eye(4)
    yield replace(samples[0], world_from_camera=pose)
    for sample, step, length in zip(samples[1:], steps, lengths, strict=True):
        next_from_here = np.eye(4)
        next_from_here[:3, :3] = step.next_from_here
        next_from_here[:3, 3] = step.direction * length
        pose = pose @ np.linalg.inv(next_from_here)
        yield replace(sample, world_from_camera=pose)


def _step(here: Gray, following: Gray, camera: Camera) -> _Step:
    still = _Step(next_from_here=np.eye(3), direction=np.zeros(3))
    corners = cv2.goodFeaturesToTrack(here, maxCorners=1500, qualityLevel=0.003, minDistance=6)
    # Its stub says otherwise, but an image without any corner gives None.
    if len(corners if corners is not None else ()) < MIN_TRACKED:
        return still
    there, is_found = _tracked(here, following, corners)
    back, is_back = _tracked(following, here, there)
    is_good = is_found & is_back & (np.linalg.norm(back - corners, axis=-1)[:, 0] < 0.5)
    first, second = corners[is_good, 0], there[is_good, 0]
    if len(first) < MIN_TRACKED:
        return still
    if np.median(np.linalg.norm(second - first, axis=-1)) < MIN_FLOW_PX:
        return still
    matrix = camera.matrix
    essential, inliers = cv2.findEssentialMat(
        first, second, matrix, cv2.USAC_MAGSAC, prob=0.9999, threshold=0.4
    )
    # Nor does its stub know that corners which fit no motion give None.
    if len(essential if essential is not None else ()) < 3:
        return still
    _, rotation, direction, _ = cv2.recoverPose(essential[:3], first, second, matrix, mask=inliers)
    return _Step(next_from_here=rotation, direction=direction[:, 0])


def _tracked(
    here: Gray, following: Gray, corners: Float32[np.ndarray, 'point 1 2']
) -> tuple[Float32[np.ndarray, 'point 1 2'], Bool[np.ndarray, ' point']]:
    moved, is_found, _ = cv2.calcOpticalFlowPyrLK(
        here, following, corners, np.empty_like(corners), maxLevel=4
    )
    return np.asarray(moved, np.float32), np.asarray(is_found)[:, 0] > 0


def _step_lengths(
    grays: Sequence[Gray], steps: Sequence[_Step], camera: Camera, config: RoadConfig
) -> Float64[np.ndarray, ' step']:
    """Ways between the frames [m]; a running median over those that were recognised."""
    road = _Road.of_drive(steps, camera, config)
    textures = [_texture(gray) for gray in grays]
    found = np.array(
        [
            road.step_length(pair, step)
            for *pair, step in zip(textures[:-1], textures[1:], steps, strict=True)
        ]
    )
    is_found = np.isfinite(found)
    if not is_found.any():
        raise InputError(
            'the road is not recognised from frame to frame; correct camera_height_m, or leave '
            'the recording out'
        )
    index = np.arange(len(found))
    filled = np.interp(index, index[is_found], found[is_found])
    half = config.smoothing // 2
    padded = np.pad(filled, half, mode='edge')
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1), axis=-1)


@dataclass(frozen=True, kw_only=True)
class _Road:
    """A piece of road ahead of the car: its plane, and the rays (x/z, y/z, 1) to its points."""

    config: RoadConfig
    matrix: Float64[np.ndarray, '3 3']
    normal: Float64[np.ndarray, ' 3']
    rays: Float64[np.ndarray, 'row column 3']

    @classmethod
    def of_drive(cls, steps: Sequence[_Step], camera: Camera, config: RoadConfig) -> _Road:
        """A car travels along its road: the direction of travel points at the road's horizon."""
        drops = [step.direction[1] for step in steps if not step.is_still]
        pitch = math.asin(float(np.median(drops))) if drops else 0.0
        cos, sin, height = math.cos(pitch), math.sin(pitch), config.camera_height_m
        # Equal steps of inverse distance are equal steps of image rows.
        ahead = 1 / np.linspace(1 / config.near_m, 1 / config.far_m, 80)[:, None]
        aside = np.linspace(-config.half_width_m, config.half_width_m, 80)[None]
        z = height * sin + ahead * cos
        x, y = aside / z, (height * cos - ahead * sin) / z
        return cls(
            config=config,
            matrix=camera.matrix,
            normal=np.array([0.0, cos, sin]),
            rays=np.stack(np.broadcast_arrays(x, y, 1.0), -1),
        )

    def step_length(self, textures: Sequence[Texture], step: _Step) -> float:
        """The way [m] of one step; NaN where the road is not recognised."""
        if step.is_still:
            return 0.0
        here = self._seen(textures[0], np.eye(3))
        lengths = np.arange(0, self.config.max_step_m + STEP_M, STEP_M)
        correlations = np.array(
            [
                _correlation(here, self._seen(textures[1], self._moved(step, way)))
                for way in lengths
            ]
        )
        best = int(correlations[1:-1].argmax()) + 1
        if correlations[best] < self.config.min_correlation:
            return math.nan
        below, at, above = correlations[best - 1 : best + 2]
        curvature = min(below - 2 * at + above, -1e-9)
        shift = np.clip((below - above) / (2 * curvature), -0.5, 0.5)
        return float(lengths[best] + STEP_M * shift)

    def _moved(self, step: _Step, way: float) -> Float64[np.ndarray, '3 3']:
        """The rays of the next frame from those of this one, for points of the road."""
        plane = np.outer(step.direction * way, self.normal) / self.config.camera_height_m
        return step.next_from_here + plane

    def _seen(self, texture: Texture, moved: Float64[np.ndarray, '3 3']) -> Patch:
        pixels = self.rays @ (self.matrix @ moved).T
        u, v = (pixels[..., axis] / pixels[..., 2] for axis in (0, 1))
        return cv2.remap(
            texture,
            u.astype(np.float32),
            v.astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=OUTSIDE,
        )


def _texture(gray: Gray) -> Texture:
    """What is finer than shading and coarser than noise."""
    values = gray.astype(np.float32)
    return cv2.GaussianBlur(values, (0, 0), 1) - cv2.GaussianBlur(values, (0, 0), 10)


def _correlation(first: Patch, second: Patch) -> float:
    is_seen = (first > OUTSIDE / 100) & (second > OUTSIDE / 100)
    if is_seen.mean() < MIN_SHARE_SEEN:
        return 0.0
    a, b = (patch[is_seen] - patch[is_seen].mean() for patch in (first, second))
    return float((a * b).sum() / math.sqrt(float((a * a).sum() * (b * b).sum()) + 1e-3))
