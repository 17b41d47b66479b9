"""Which pixels of two frames show the same point: through their poses, or where nothing moves."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Bool, Float, Float64, Int
import numpy as np

from depth_nodes.messages.camera import Camera

# Truth that changes less is the same point at the same place.
MAX_STATIC_CHANGE = 0.01
# Truth that lies elsewhere than the reprojected point is another one: hidden, or it moved.
MAX_REPROJECTED_CHANGE = 0.05
MIN_DEPTH_M = 1e-3


@dataclass(frozen=True, kw_only=True)
class View:
    """The truth of a frame, and where it was seen from.

    Attributes:
        truth_m: depth [m], 0 where unknown or not compared.
        camera: of the grid of the truth, see `grid_camera`; None where unknown.
        world_from_camera: pose [m]; None where unknown.
    """

    truth_m: Float[np.ndarray, 'height width']
    camera: Camera | None = None
    world_from_camera: Float64[np.ndarray, '4 4'] | None = None


@dataclass(frozen=True, kw_only=True)
class Correspondence:
    """The same points in two frames.

    Attributes:
        last: their flat indices in the frame before.
        current: and in this one.
        share: how many of the points whose truth is known in both frames these are.
    """

    last: Int[np.ndarray, ' point']
    current: Int[np.ndarray, ' point']
    share: float


def same_pixels(last: View, current: View) -> Correspondence | None:
    """The pixels whose truth stays the same; None where no truth is known in both frames."""
    if last.truth_m.shape != current.truth_m.shape:
        return None
    before, now = last.truth_m.ravel(), current.truth_m.ravel()
    is_known = (before > 0) & (now > 0)
    indices = np.flatnonzero(is_known & (np.abs(now - before) < MAX_STATIC_CHANGE * before))
    return _correspondence(indices, indices, is_known)


def reprojected(last: View, current: View) -> Correspondence | None:
    """The points that the poses bring from one frame to the next.

    A point goes to the pixel that it falls into; there its depth must be the truth, or it is
    hidden or has moved. None where a pose or camera is unknown, or no point falls on known truth.
    """
    if last.camera is None or current.camera is None:
        return None
    if last.world_from_camera is None or current.world_from_camera is None:
        return None
    current_from_last = np.linalg.inv(current.world_from_camera) @ last.world_from_camera
    source = np.flatnonzero(last.truth_m > 0)
    height, width = current.truth_m.shape
    columns, rows, depth = _projected(last, source, current.camera, current_from_last)
    is_seen = _is_within(columns, width) & _is_within(rows, height) & (depth > MIN_DEPTH_M)
    source, depth = source[is_seen], depth[is_seen]
    target = np.rint(rows[is_seen]).astype(np.intp) * width
    target += np.rint(columns[is_seen]).astype(np.intp)
    truth = current.truth_m.ravel()[target]
    is_known = truth > 0
    is_same = is_known & (np.abs(truth - depth) < MAX_REPROJECTED_CHANGE * depth)
    return _correspondence(source[is_same], target[is_same], is_known)


def grid_camera(camera: Camera, image_size_px: tuple[int, int], stride: int) -> Camera:
    """The camera of the pixels (stride * i, stride * j) of a depth image.

    Args:
        camera: of the image.
        image_size_px: height and width of the depth image.
        stride: see `Sample.depth_stride`.
    """
    height, width = image_size_px
    camera = camera.resized(width, height)
    return Camera(
        width_px=-(-width // stride),
        height_px=-(-height // stride),
        fx_px=camera.fx_px / stride,
        fy_px=camera.fy_px / stride,
        cx_px=camera.cx_px / stride,
        cy_px=camera.cy_px / stride,
    )


def _projected(
    view: View,
    indices: Int[np.ndarray, ' point'],
    camera: Camera,
    camera_from_view: Float64[np.ndarray, '4 4'],
) -> tuple[Float[np.ndarray, ' point'], ...]:
    """Column and row [px] and depth [m] in another camera of the pixels of a view."""
    assert view.camera is not None, 'the caller has checked it'
    rows, columns = np.divmod(indices, view.truth_m.shape[1])
    pixels_from_pixels = camera.matrix @ camera_from_view[:3, :3]
    pixels_from_pixels = pixels_from_pixels @ np.linalg.inv(view.camera.matrix)
    a, b = pixels_from_pixels, camera.matrix @ camera_from_view[:3, 3]
    depth = view.truth_m.ravel()[indices].astype(np.float64)
    x, y, z = (depth * (a[i, 0] * columns + a[i, 1] * rows + a[i, 2]) + b[i] for i in range(3))
    # Behind the camera nothing is seen; the division only has to survive it.
    safe = np.where(z > MIN_DEPTH_M, z, 1.0)
    return x / safe, y / safe, z


def _is_within(values: Float[np.ndarray, ' point'], size: int) -> Bool[np.ndarray, ' point']:
    return (values > -0.5) & (values < size - 0.5)


def _correspondence(
    last: Int[np.ndarray, ' point'],
    current: Int[np.ndarray, ' point'],
    is_known: Bool[np.ndarray, ' candidate'],
) -> Correspondence | None:
    if not is_known.any():
        return None
    share = len(last) / int(np.count_nonzero(is_known))
    return Correspondence(last=last, current=current, share=share)
