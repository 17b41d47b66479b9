"""What all camera paths share: gazes, poses, free space, smooth motion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import math

from jaxtyping import Float64
import numpy as np

from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.scene import Primitive, Scene

Pose = Float64[np.ndarray, '4 4']
Point = Float64[np.ndarray, ' 3']


@dataclass(frozen=True, kw_only=True)
class Gaze:
    """Angles of the optical axis [rad]: yaw counter-clockwise from +x, pitch up, roll."""

    yaw: float
    pitch: float = 0.0
    roll: float = 0.0


def pose_from_gaze(position: Point, gaze: Gaze) -> Pose:
    """World from camera; camera axes are x right, y down, z forward."""
    cos_pitch = math.cos(gaze.pitch)
    forward = np.array(
        [cos_pitch * math.cos(gaze.yaw), cos_pitch * math.sin(gaze.yaw), math.sin(gaze.pitch)]
    )
    right = np.array([math.sin(gaze.yaw), -math.cos(gaze.yaw), 0.0])
    down = np.cross(forward, right)
    cos, sin = math.cos(gaze.roll), math.sin(gaze.roll)
    pose = np.eye(4)
    pose[:3, 0] = cos * right + sin * down
    pose[:3, 1] = cos * down - sin * right
    pose[:3, 2] = forward
    pose[:3, 3] = position
    return pose


class FreeSpace:
    """Tells whether a camera may be somewhere."""

    def __init__(self, scene: Scene) -> None:
        primitives: Sequence[Primitive] = scene.primitives
        self._centre = np.array([primitive.centre for primitive in primitives])
        self._half = np.array([primitive.half_size for primitive in primitives])
        self._turn = np.stack([primitive.world_from_object for primitive in primitives])
        self._interior = scene.interior

    def clearance(self, position: Point, num_ignored: int = 0) -> float:
        """Distance [m] to the nearest box around a solid; negative inside one.

        The first `num_ignored` solids do not count: 1 leaves out the floor that a robot stands on.
        """
        offset = position - self._centre[num_ignored:]
        local = np.abs(np.einsum('pji,pj->pi', self._turn[num_ignored:], offset))
        local -= self._half[num_ignored:]
        outside = np.linalg.norm(np.maximum(local, 0), axis=1)
        distance = float((outside + np.minimum(local.max(1), 0)).min())
        if self._interior is not None:
            low, high = (np.array(corner, float) for corner in self._interior)
            if num_ignored:
                low[2] = -math.inf
            distance = min(distance, float((position - low).min()), float((high - position).min()))
        return distance


def there_and_back(
    start: Float64[np.ndarray, ' 3'], goal: Float64[np.ndarray, ' 3'], length: float, count: int
) -> Float64[np.ndarray, 'point 3']:
    """Positions that swing smoothly between two points."""
    distance = max(float(np.linalg.norm(goal - start)), 1e-6)
    phase = np.linspace(0, length / distance, count) * math.pi
    share = (1 - np.cos(phase)) / 2
    return start + share[:, None] * (goal - start)


def sway(
    draw: Draw, time: Float64[np.ndarray, ' frame'], size: float
) -> Float64[np.ndarray, ' frame']:
    """Slow smooth motion around zero; `time` in seconds."""
    total = np.zeros_like(time)
    for period in (7.0, 3.1, 1.3):
        total += (
            draw.uniform(-1, 1) * period * np.sin(math.tau * time / period + draw.uniform(0, 6))
        )
    return total * (size / 8)
