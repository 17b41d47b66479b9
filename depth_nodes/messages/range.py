"""What range sensors saw, as points in their own frame: LaserScan, Range, depth images."""

from __future__ import annotations

from typing import Any

from jaxtyping import Float32
import numpy as np

from depth_nodes.messages.camera import Camera

Points = Float32[np.ndarray, 'point 3']


def points_from_scan(message: Any) -> Points:
    """The points [m] of a LaserScan, x forward, y left (REP 103); none that is out of range."""
    ranges = np.asarray(message.ranges, np.float32)
    angles = message.angle_min + message.angle_increment * np.arange(len(ranges))
    with np.errstate(invalid='ignore'):
        is_valid = (ranges >= message.range_min) & (ranges <= message.range_max)
    distance, angle = (
        ranges[is_valid & np.isfinite(ranges)],
        angles[is_valid & np.isfinite(ranges)],
    )
    points = [distance * np.cos(angle), distance * np.sin(angle), np.zeros_like(distance)]
    return np.stack(points, axis=-1).astype(np.float32)


def distance_from_range(message: Any) -> float | None:
    """The distance [m] of a Range; None where nothing was in reach (REP 117)."""
    distance = float(message.range)
    return distance if message.min_range <= distance <= message.max_range else None


def points_from_depth(
    depth_m: Float32[np.ndarray, 'height width'], camera: Camera, max_points: int
) -> Points:
    """About as many points [m] of a depth image, in the optical frame of its camera."""
    step = max(1, int(np.ceil(np.sqrt(depth_m.size / max_points))))
    sampled = depth_m[::step, ::step]
    row, column = np.nonzero(np.isfinite(sampled) & (sampled > 0))
    z = sampled[row, column]
    x = (column * step - camera.cx_px) / camera.fx_px * z
    y = (row * step - camera.cy_px) / camera.fy_px * z
    return np.stack([x, y, z], axis=-1).astype(np.float32)
