"""Points of a LiDAR as a sparse depth image of a camera."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
from jaxtyping import Float32, Float64
import numpy as np

from depth_nodes.errors import InputError
from depth_nodes.messages.camera import Camera, camera_from_message, raw_camera_from_message
from depth_nodes.messages.rectification import NUM_COEFFICIENTS

MIN_DEPTH_M = 0.05
# Beyond this angle [rad] from the axis no lens model is looked at.
MAX_ANGLE = 1.5
# How far outside of the image points are still sent through the lens model: polynomials bend
# what lies farther out back into the image.
BORDER = 1.02


@dataclass(frozen=True, kw_only=True)
class Projection:
    """How points of the camera's optical frame come onto the pixels of its image.

    Attributes:
        camera: of the image; its `distortion` counts only where `lens_matrix` is there.
        rotation: rectified_from_camera, R of CameraInfo.
        lens_matrix: K of a raw, distorted image, in pixels of the image as it is sent.
    """

    camera: Camera
    rotation: Float64[np.ndarray, '3 3']
    lens_matrix: Float64[np.ndarray, '3 3'] | None = None

    def pixels(self, points_m: Float32[np.ndarray, 'point 3']) -> Float64[np.ndarray, 'point 2']:
        """Where points in front of the camera are seen [px]; far outside for those it misses."""
        camera = self.camera
        if self.lens_matrix is not None:
            return _distorted(points_m.astype(np.float64), camera, self.lens_matrix)
        x, y, z = (points_m @ self.rotation.T.astype(np.float32)).astype(np.float64).T
        u = (camera.fx_px * x + camera.stereo_offset_px_m) / z + camera.cx_px
        return np.stack([u, camera.fy_px * y / z + camera.cy_px], axis=-1)


def projection_from_message(message: Any, *, is_rectified: bool) -> Projection:
    """How the image of a CameraInfo sees points.

    Args:
        message: the CameraInfo; binning and region of interest are applied.
        is_rectified: the lens distortion is no longer in the image: P and R count, else K and D.

    Raises:
        InputError: uncalibrated, or a lens model that is not known.
    """
    camera = camera_from_message(message)
    if is_rectified or not camera.is_distorted:
        rotation = np.asarray(message.r, np.float64).reshape(3, 3)
        is_set = abs(np.linalg.det(rotation) - 1) < 0.1
        return Projection(camera=camera, rotation=rotation if is_set else np.eye(3))
    model, num_coefficients = camera.distortion_model, len(camera.distortion)
    if num_coefficients not in NUM_COEFFICIENTS.get(model, ()):
        raise InputError(
            f'lens model {model!r} with {num_coefficients} coefficients is not supported for a '
            'LiDAR; evaluate the rectified image (image_proc), or calibrate with plumb_bob'
        )
    raw = raw_camera_from_message(message)
    return Projection(camera=raw, rotation=np.eye(3), lens_matrix=raw.matrix)


def depth_from_points(
    points_m: Float32[np.ndarray, 'point 3'],
    camera_from_points: Float64[np.ndarray, '4 4'],
    projection: Projection,
) -> Float32[np.ndarray, 'height width']:
    """A sparse depth image [m] of points: each at the pixel nearest to it, 0 elsewhere.

    Of several points at one pixel the nearest counts. Depth is along the optical axis.
    """
    camera = projection.camera
    with np.errstate(invalid='ignore', over='ignore'):
        moved = points_m @ camera_from_points[:3, :3].T.astype(np.float32)
        moved += camera_from_points[:3, 3].astype(np.float32)
        moved = moved[np.isfinite(moved).all(axis=-1) & (moved[:, 2] > MIN_DEPTH_M)]
        pixels = projection.pixels(moved)
    limits = (camera.width_px - 0.5, camera.height_px - 0.5)
    is_seen = ((pixels >= -0.5) & (pixels < limits)).all(axis=-1)
    column, row = np.floor(pixels[is_seen] + 0.5).astype(np.intp).T
    depth = np.full(camera.height_px * camera.width_px, np.inf, np.float32)
    # A rectified camera is turned against the raw one, and its depth with it.
    np.minimum.at(depth, row * camera.width_px + column, _depths(moved[is_seen], projection))
    depth[np.isinf(depth)] = 0
    return depth.reshape(camera.height_px, camera.width_px)


def _depths(
    points_m: Float32[np.ndarray, 'point 3'], projection: Projection
) -> Float32[np.ndarray, ' point']:
    return points_m @ projection.rotation[2].astype(np.float32)


def _distorted(
    points_m: Float64[np.ndarray, 'point 3'],
    camera: Camera,
    matrix: Float64[np.ndarray, '3 3'],
) -> Float64[np.ndarray, 'point 2']:
    """The pixels of points through the lens; those beyond its view are NaN."""
    lens = np.array(camera.distortion)
    is_fisheye = camera.distortion_model == 'equidistant'
    pixels = np.full((len(points_m), 2), np.nan)
    angles = np.arctan2(np.hypot(points_m[:, 0], points_m[:, 1]), points_m[:, 2])
    is_near = angles < min(_widest_angle(camera, matrix, lens, is_fisheye) * BORDER, MAX_ANGLE)
    if is_near.any():
        zero, near = np.zeros(3), points_m[is_near][:, None]
        if is_fisheye:
            found, _ = cv2.fisheye.projectPoints(near, zero, zero, matrix, lens)
        else:
            found, _ = cv2.projectPoints(near, zero, zero, matrix, lens)
        pixels[is_near] = found[:, 0]
    return pixels


def _widest_angle(camera: Camera, matrix: np.ndarray, lens: np.ndarray, is_fisheye: bool) -> float:
    """The largest angle [rad] from the axis that the border of the image sees."""
    columns = np.linspace(-0.5, camera.width_px - 0.5, 17)
    rows = np.linspace(-0.5, camera.height_px - 0.5, 17)
    sides = [np.stack([columns, np.full(17, row)], -1) for row in rows[[0, -1]]]
    sides += [np.stack([np.full(17, column), rows], -1) for column in columns[[0, -1]]]
    border = np.concatenate(sides)[:, None]
    if is_fisheye:
        rays = cv2.fisheye.undistortPoints(border, matrix, lens)
    else:
        rays = cv2.undistortPoints(border, matrix, lens)
    radii = np.linalg.norm(rays[:, 0], axis=-1)
    return float(np.arctan(np.nanmax(radii))) if np.isfinite(radii).any() else MAX_ANGLE
