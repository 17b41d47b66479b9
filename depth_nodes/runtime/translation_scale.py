"""The scale from a known motion: how far the pixels move says how far away things are."""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
from jaxtyping import Float64
import numpy as np

from depth_nodes.runtime.scale_measurement import (
    MIN_STD,
    robust_std,
    scale_from_ratios,
    ScaleMeasurement,
    TUKEY,
)

MIN_FEATURES = 15
# Less motion across the image than this, of the median feature, says little.
MIN_PARALLAX_PX = 4.0
# A feature whose pixels moved less is too far away to be triangulated.
MIN_FEATURE_PARALLAX_PX = 1.0
NUM_ITERATIONS = 8
# How far odometry may be wrong about the turn between two frames [rad].
ROTATION_STD = 0.003
PIXEL_STD = 0.5
# By which all tracks of a pair of frames may be wrong together.
TRACK_BIAS_PX = 0.3
# Of the distance that odometry tells.
DISTANCE_STD = 0.02
# What is less certain is no measurement: frames against one keyframe are wrong together, so that
# a filter would make too much of them.
MAX_STD = 0.1
# As many features as are independent: their depths are wrong together.
MAX_INDEPENDENT = 30

Rays = Float64[np.ndarray, 'feature 3']
Vector = Float64[np.ndarray, '3']


class Motion(NamedTuple):
    """Features of two frames, as normalised rays (x, y, 1) of the optical frame.

    Attributes:
        start: in the first frame.
        end: in the second.
        depth: predicted in the first frame, in any unit.
        end_from_start: the pose that odometry tells [m].
        focal_px: to tell how many pixels a ray moves.
    """

    start: Rays
    end: Rays
    depth: Float64[np.ndarray, ' feature']
    end_from_start: Float64[np.ndarray, '4 4']
    focal_px: float


def scale_from_motion(motion: Motion) -> ScaleMeasurement | None:
    """The factor from predicted depth to metres.

    It starts where the depths lie that the motion triangulates, and is then fitted by Gauss-Newton
    together with a small correction of the turn, which wheels and gyros know less well than the
    way: the features shall be seen where the scaled points move to. Tukey's biweight leaves out
    tracks that are wrong, things that move, and depths that do not fit.

    Returns:
        None where the camera has not moved enough, or the features do not agree.
    """
    parallax_px, start = _triangulated(motion)
    if start is None:
        return None
    log_scale, turn = start.log_scale, np.zeros(3)
    prior = np.diag([0.0, *[(1 / ROTATION_STD) ** 2] * 3])
    for _ in range(NUM_ITERATIONS):
        residual, jacobian = _residuals(motion, log_scale, turn)
        sigma = max(robust_std(residual, 0.0), PIXEL_STD / motion.focal_px)
        length = np.linalg.norm(residual.reshape(-1, 2), axis=-1) / (TUKEY * sigma)
        weight = np.repeat(np.clip(1 - length**2, 0, None) ** 2, 2) / sigma**2
        information = (jacobian * weight[:, None]).T @ jacobian + prior
        slope = (jacobian * weight[:, None]).T @ residual + prior @ [0, *turn]
        update = np.linalg.lstsq(information, -slope, rcond=None)[0]
        log_scale, turn = log_scale + float(np.clip(update[0], -0.5, 0.5)), turn + update[1:]
    num_used = int(np.count_nonzero(weight)) // 2
    if num_used < MIN_FEATURES:
        return None
    variance = float(np.linalg.pinv(information)[0, 0]) * max(1.0, num_used / MAX_INDEPENDENT)
    if variance > MAX_STD**2:
        return None
    together = (TRACK_BIAS_PX / parallax_px) ** 2 + DISTANCE_STD**2 + MIN_STD**2
    return ScaleMeasurement(log_scale, variance + together)


def _triangulated(motion: Motion) -> tuple[float, ScaleMeasurement | None]:
    """The median parallax [px], and the scale from it, the turn being taken as told.

    z of the first frame solves z R start + t ~ end; of both equations the least squares.
    """
    rotation, translation = motion.end_from_start[:3, :3], motion.end_from_start[:3, 3]
    turned = motion.start @ rotation.T
    across = (turned[:, :2] - motion.end[:, :2] * turned[:, 2:]) * motion.focal_px
    along = (motion.end[:, :2] * translation[2] - translation[:2]) * motion.focal_px
    parallax_px = np.linalg.norm(across, axis=-1)
    typical_px = float(np.median(parallax_px)) if len(across) else 0.0
    if len(across) < MIN_FEATURES or typical_px < MIN_PARALLAX_PX:
        return typical_px, None
    depth = (across * along).sum(-1) / np.maximum(parallax_px, 1e-9) ** 2
    is_useful = (depth > 0) & (parallax_px > MIN_FEATURE_PARALLAX_PX)
    return typical_px, scale_from_ratios(depth[is_useful] / motion.depth[is_useful])


def _residuals(
    motion: Motion, log_scale: float, turn: Vector
) -> tuple[Float64[np.ndarray, ' twice'], Float64[np.ndarray, 'twice 4']]:
    """Where features are seen, less where they should be, and how scale and turn move that."""
    rotation = cv2.Rodrigues(turn)[0] @ motion.end_from_start[:3, :3]
    points = motion.start * (motion.depth * math.exp(log_scale))[:, None]
    turned = points @ rotation.T
    x, y, z = (turned + motion.end_from_start[:3, 3]).T
    z = np.maximum(z, 1e-3)
    zero = np.zeros_like(z)
    # Of the projection (x / z, y / z) by the point.
    by_point = np.stack(
        [np.stack([1 / z, zero, -x / z**2], -1), np.stack([zero, 1 / z, -y / z**2], -1)], axis=1
    )
    by_turn = np.cross(np.eye(3)[None], turned[:, None, :])  # e_i x point, i the row
    by_parameters = np.concatenate([turned[:, None, :], by_turn], axis=1)
    residual = np.stack([x / z, y / z], -1) - motion.end[:, :2]
    return residual.ravel(), np.einsum('fkp,fip->fki', by_point, by_parameters).reshape(-1, 4)
