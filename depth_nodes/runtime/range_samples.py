"""The scale from distances that a sensor has measured of what the camera sees."""

from __future__ import annotations

import math

from jaxtyping import Float32, Float64
import numpy as np

from depth_nodes.messages.cloud_projection import depth_from_points, Projection
from depth_nodes.messages.range import points_from_depth
from depth_nodes.runtime.scale_measurement import scale_from_ratios, ScaleMeasurement
from depth_nodes.runtime.scale_view import ScaleView

MAX_POINTS = 20000
CONE_POINTS = 10000
MIN_CONE_POINTS = 4
# A cone hears what is nearest; the very nearest predicted point may be a stray one.
NEAREST_SHARE = 0.05
# Of a single distance, whatever is predicted around it.
CONE_STD = 0.1

Pose = Float64[np.ndarray, '4 4']


def scale_from_points(
    view: ScaleView, points_m: Float32[np.ndarray, 'point 3'], camera_from_sensor: Pose
) -> ScaleMeasurement | None:
    """From measured over predicted depth at the pixels that points fall on.

    Args:
        view: the frame.
        points_m: in the sensor's frame; NaN and what the camera does not see are left out.
        camera_from_sensor: to the camera's optical frame.
    """
    points_m = points_m[:: math.ceil(len(points_m) / MAX_POINTS) or 1]
    projection = Projection(camera=view.camera, rotation=np.eye(3))
    measured = depth_from_points(points_m, camera_from_sensor, projection)
    seen = np.flatnonzero(measured)
    predicted, measured = view.depth_m.ravel()[seen], measured.ravel()[seen]
    is_valid = np.isfinite(predicted) & (predicted > 0)
    return scale_from_ratios(measured[is_valid] / predicted[is_valid] * view.scale)


def scale_from_distance(
    view: ScaleView, distance_m: float, field_of_view: float, camera_from_sensor: Pose
) -> ScaleMeasurement | None:
    """From the measured distance over that of the nearest predicted point in the cone.

    Args:
        view: the frame.
        distance_m: from the sensor to the nearest thing.
        field_of_view: of the sensor, the whole angle [rad] around its x axis.
        camera_from_sensor: to the camera's optical frame.
    """
    axis, origin = camera_from_sensor[:3, 0], camera_from_sensor[:3, 3]
    points = points_from_depth(view.depth_m, view.camera, CONE_POINTS)
    distance = np.linalg.norm(points, axis=-1)
    is_inside = points @ axis > math.cos(field_of_view / 2) * distance
    if np.count_nonzero(is_inside) < MIN_CONE_POINTS:
        return None
    nearest = points[is_inside][distance[is_inside].argsort()]
    nearest = nearest[int(NEAREST_SHARE * len(nearest))].astype(np.float64)
    # |s * nearest - origin| = distance_m: the scale s moves the point along its ray.
    a, b, c = nearest @ nearest, nearest @ origin, origin @ origin - distance_m**2
    under_root = b * b - a * c
    scale = (b + math.sqrt(under_root)) / a if under_root >= 0 else 0.0
    return ScaleMeasurement(math.log(scale * view.scale), CONE_STD**2) if scale > 0 else None
