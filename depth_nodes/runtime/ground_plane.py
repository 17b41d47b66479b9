"""The scale from the height of the camera: the ground is the plane that it stands over."""

from __future__ import annotations

import math

from jaxtyping import Bool, Float64
import numpy as np

from depth_nodes.messages.range import points_from_depth
from depth_nodes.runtime.scale_measurement import robust_std, scale_from_ratios, ScaleMeasurement
from depth_nodes.runtime.scale_view import ScaleView

MAX_POINTS = 1500
MAX_SCORED = 500  # that hypotheses are compared by
MIN_POINTS = 100
NUM_HYPOTHESES = 400
# Of the height that a point says the ground has, from that of the plane.
TOLERANCE = 0.1
MIN_TOLERANCE = 0.02
# How far from where down should be the normal may point.
MAX_TILT_DEG = 12.0
# The ground is so much of all that lies below the horizon, and of the steepest rays there. A
# table or a shelf seldom is: less is no ground that a robot stands on.
MIN_SHARE = 0.3
MIN_NEAR_SHARE = 0.4
NEAR_QUANTILE = 0.6
# Rays that go down by less meet the ground far away, where depth is worst.
MIN_DESCENT = 0.08
NUM_REFINEMENTS = 5
# Of the box that three rays span: less is nearly a line in the image.
MIN_VOLUME = 1e-4

Points = Float64[np.ndarray, 'point 3']
Vector = Float64[np.ndarray, '3']
# The camera looks straight ahead.
LEVEL = np.array([0.0, 1.0, 0.0])


class GroundPlane:
    """Finds the ground in predicted depth; the same frames give the same planes."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(0)

    def measure(
        self, view: ScaleView, height_m: float, down: Vector = LEVEL
    ) -> ScaleMeasurement | None:
        """The scale at which the ground is as far below the camera as it really is.

        Args:
            view: the frame.
            height_m: of the camera over the ground.
            down: where down is in the camera's optical frame, a unit vector.

        Returns:
            None where there is no ground to be seen.
        """
        points = points_from_depth(view.depth_m, view.camera, 2 * MAX_POINTS).astype(np.float64)
        descent = points @ down / np.linalg.norm(points, axis=-1)
        is_below = descent > MIN_DESCENT
        points, descent = points[is_below], descent[is_below]
        if len(points) < MIN_POINTS:
            return None
        plane = self._plane(points, down)
        if plane is None:
            return None
        is_ground = _is_on(points, plane, _tolerance(points, plane))
        is_near = descent > np.quantile(descent, NEAR_QUANTILE)
        if is_ground.mean() < MIN_SHARE or is_ground[is_near].mean() < MIN_NEAR_SHARE:
            return None
        normal = plane / np.linalg.norm(plane)
        is_ground = _is_on(points, plane, 2 * _tolerance(points, plane))
        return scale_from_ratios(view.scale * height_m / (points[is_ground] @ normal))

    def _plane(self, points: Points, down: Vector) -> Vector | None:
        """The vector a with a @ point = 1 on the ground; one over its length is the height.

        RANSAC (Fischler and Bolles, 1981) with the soft score of MSAC (Torr and Zisserman, 2000).
        Nothing lies below the ground, so that a table does not win against the floor: a point
        below costs as much as one in the plane is worth.
        """
        triples = points[self._random.integers(0, len(points), (NUM_HYPOTHESES, 3))]
        rays = triples / np.linalg.norm(triples, axis=-1, keepdims=True)
        triples = triples[np.abs(np.linalg.det(rays)) > MIN_VOLUME]
        planes = np.linalg.solve(triples, np.ones((len(triples), 3, 1)))[..., 0]
        planes = planes[_is_level(planes, down)]
        if not len(planes):
            return None
        error = planes @ points[:: math.ceil(len(points) / MAX_SCORED)].T - 1
        worth = np.clip(1 - (error / TOLERANCE) ** 2, 0, None) - (error > 2 * TOLERANCE)
        plane = planes[worth.sum(axis=-1).argmax()]
        for _ in range(NUM_REFINEMENTS):
            plane = _refined(points[_is_on(points, plane, _tolerance(points, plane))], plane)
        return plane if _is_level(plane[None], down)[0] else None


def _is_level(planes: Float64[np.ndarray, 'plane 3'], down: Vector) -> Bool[np.ndarray, ' plane']:
    cosine = planes @ down / np.linalg.norm(planes, axis=-1)
    return cosine > math.cos(math.radians(MAX_TILT_DEG))


def _tolerance(points: Points, plane: Vector) -> float:
    """As narrow as the depth allows: a pavement beside the road is another plane."""
    error = points @ plane - 1
    spread = robust_std(error[np.abs(error) < TOLERANCE], 0.0)
    return min(max(2 * spread, MIN_TOLERANCE), TOLERANCE)


def _is_on(points: Points, plane: Vector, tolerance: float) -> Bool[np.ndarray, ' point']:
    return np.abs(points @ plane - 1) < tolerance


def _refined(points: Points, plane: Vector) -> Vector:
    """Least squares of inverse depth, which is affine over the image of a plane.

    Each point weighs as much as the plane is far away there: depth is wrong in proportion.
    """
    if len(points) < 3:
        return plane
    rays = points / points[:, 2:]
    weight = 1 / (rays @ plane)
    solution = np.linalg.lstsq(rays * weight[:, None], weight / points[:, 2], rcond=None)[0]
    return solution if np.isfinite(solution).all() else plane
