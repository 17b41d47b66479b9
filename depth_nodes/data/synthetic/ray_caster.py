"""Exact intersection of a grid of rays with convex primitives.

Camera rays are scaled to length 1 along the optical axis, so that the ray parameter at a hit is
the depth. Every primitive is tested only inside the rectangle of pixels that it can cover.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import math
from typing import Any

from jaxtyping import Bool, Float32, Float64, Int16
import numpy as np

from depth_nodes.data.synthetic.noise import fractal_noise
from depth_nodes.data.synthetic.scene import Primitive
from depth_nodes.messages.camera import Camera

NEAR_M = 1e-3
TWIG_RATE, LEAF_RATE = 1.6, 6.2  # noise units per metre of a perforated surface
RIM_LOSS = 0.4  # more holes where an ellipsoid turns away, else its rim is a line
SMALLEST_DIRECTION = 1e-9
CORNERS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
EDGES = np.array([(i, i | bit) for bit in (1, 2, 4) for i in range(8) if not i & bit])

Grid = Any  # a float32 array of the rays' grid, or a float where all rays share the value


@dataclass(frozen=True, kw_only=True)
class Rays:
    """Rays `origin + t * direction` on a grid; each coordinate is a grid or one number."""

    origin: tuple[Grid, Grid, Grid]
    direction: tuple[Grid, Grid, Grid]

    def window(self, rows: slice, columns: slice) -> Rays:
        """The rays of a rectangle of the grid."""
        return Rays(
            origin=_cut(self.origin, rows, columns), direction=_cut(self.direction, rows, columns)
        )


def _cut(values: tuple[Grid, Grid, Grid], rows: slice, columns: slice) -> tuple[Grid, Grid, Grid]:
    x, y, z = (v[rows, columns] if isinstance(v, np.ndarray) else v for v in values)
    return x, y, z


@dataclass(frozen=True, kw_only=True)
class Hits:
    """Nearest hit per ray: its ray parameter (infinity where none) and primitive (-1)."""

    depth: Float32[np.ndarray, 'height width']
    index: Int16[np.ndarray, 'height width']


def camera_rays(camera: Camera, world_from_camera: Float64[np.ndarray, '4 4']) -> Rays:
    """World rays through the pixel centres, of length 1 along the optical axis."""
    x = (np.arange(camera.width_px) - camera.cx_px) / camera.fx_px
    y = (np.arange(camera.height_px) - camera.cy_px) / camera.fy_px
    turn = world_from_camera[:3, :3]
    rows = [
        (turn[i, 0] * x + turn[i, 2])[None].astype(np.float32)
        + (turn[i, 1] * y)[:, None].astype(np.float32)
        for i in range(3)
    ]
    origin = tuple(float(value) for value in world_from_camera[:3, 3])
    return Rays(origin=(origin[0], origin[1], origin[2]), direction=(rows[0], rows[1], rows[2]))


def cast(
    primitives: Sequence[Primitive], camera: Camera, world_from_camera: Float64[np.ndarray, '4 4']
) -> Hits:
    """Depth along the optical axis [m] and primitive at every pixel centre."""
    windows = _pixel_windows(primitives, camera, world_from_camera)
    rays = camera_rays(camera, world_from_camera)
    return nearest_hits(primitives, windows, rays, (camera.height_px, camera.width_px))


def nearest_hits(
    primitives: Sequence[Primitive],
    windows: list[tuple[slice, slice] | None],
    rays: Rays,
    shape: tuple[int, int],
) -> Hits:
    """The nearest hits of a grid of rays; a primitive without a window is not tested."""
    depth = np.full(shape, np.inf, np.float32)
    index = np.full(shape, -1, np.int16)
    for i, (primitive, window) in enumerate(zip(primitives, windows, strict=True)):
        if window is None:
            continue
        part = rays.window(*window)
        enter, leave = object_interval(primitive, part)
        nearest = depth[window]
        is_nearer = (enter < leave) & (enter > NEAR_M) & (enter < nearest)
        if primitive.cutout > 0:
            is_nearer &= _is_solid(primitive, part, enter, is_nearer)
        np.copyto(nearest, enter, where=is_nearer)
        np.copyto(index[window], np.int16(i), where=is_nearer)
    return Hits(depth=depth, index=index)


def object_interval(primitive: Primitive, rays: Rays) -> tuple[Grid, Grid]:
    """Ray parameters where the rays enter and leave; enter > leave where they miss."""
    turn = primitive.world_from_object
    # The origin goes first into the object's frame: only there are the numbers small enough
    # for float32.
    shifted = [rays.origin[i] - primitive.centre[i] for i in range(3)]
    origin = [combine(turn[:, i], shifted) for i in range(3)]
    direction = [combine(turn[:, i], rays.direction) for i in range(3)]
    if primitive.shape == 'frustum':
        return _frustum_interval(origin, direction, primitive)
    return INTERVALS[primitive.shape](origin, direction, primitive.half_size)


def _is_solid(
    primitive: Primitive, rays: Rays, enter: Grid, is_nearer: Bool[np.ndarray, 'rows columns']
) -> Bool[np.ndarray, 'rows columns']:
    """Where the perforated surface is not a hole; looked up only where it would be seen."""
    chosen = np.nonzero(is_nearer)
    distance = enter[chosen]
    values = [
        [v[chosen] if isinstance(v, np.ndarray) else v for v in triple]
        for triple in (rays.origin, rays.direction)
    ]
    offsets = [
        origin + direction * distance - centre
        for origin, direction, centre in zip(*values, primitive.centre, strict=True)
    ]
    turn = primitive.world_from_object
    points = [combine(turn[:, i], offsets) for i in range(3)]
    u, v = facing_coordinates(points, primitive.half_size)
    shift = primitive.centre[0] + primitive.centre[2]
    is_solid = np.zeros_like(is_nearer)
    sharp = np.zeros_like(u)
    twigs = fractal_noise(u * TWIG_RATE + shift, v * TWIG_RATE, sharp)
    leaves = fractal_noise(u * LEAF_RATE, v * LEAF_RATE + shift, sharp)
    level = primitive.cutout
    if primitive.shape == 'ellipsoid':
        direction = [combine(turn[:, i], values[1]) for i in range(3)]
        level = level + RIM_LOSS * (1 - _facing(points, direction, primitive.half_size)) ** 2
    is_solid[chosen] = (twigs + leaves) / 2 > level
    return is_solid


def _facing(points: Sequence[Grid], direction: Sequence[Grid], half: Sequence[float]) -> Grid:
    """Cosine between rays and the normals of an ellipsoid."""
    normal = [point / (size * size) for point, size in zip(points, half, strict=True)]
    along = sum((n * d for n, d in zip(normal, direction, strict=True)), start=0.0)
    lengths = [sum((x * x for x in triple), start=0.0) for triple in (normal, direction)]
    return np.abs(along) / np.sqrt(lengths[0] * lengths[1])


def facing_coordinates(points: Sequence[Grid], half_size: Sequence[float]) -> tuple[Grid, Grid]:
    """The two coordinates of a round body's surface that its normal points along least."""
    steepness = np.abs(
        [point / (half * half) for point, half in zip(points, half_size, strict=True)]
    )
    axis = np.argmax(steepness, 0)
    return np.where(axis == 0, points[1], points[0]), np.where(axis == 2, points[1], points[2])


def combine(weights: Float64[np.ndarray, ' 3'], values: Sequence[Grid]) -> Grid:
    """The weighted sum of three coordinates, without the terms that are zero."""
    result: Grid = 0.0
    for weight, value in zip(weights.tolist(), values, strict=True):
        if abs(weight) > 1e-12:
            term = value if weight == 1.0 else value * weight
            result = term if isinstance(result, float) and result == 0.0 else result + term
    return result


def _slab(origin: Grid, direction: Grid, half: float) -> tuple[Grid, Grid]:
    """Where rays are between -half and half along one axis."""
    safe = np.where(np.abs(direction) < SMALLEST_DIRECTION, SMALLEST_DIRECTION, direction)
    inverse = 1 / safe.astype(np.float32)
    middle = inverse * -origin
    reach = np.abs(inverse) * half
    return middle - reach, middle + reach


def _box_interval(
    origin: Sequence[Grid], direction: Sequence[Grid], half: Sequence[float]
) -> tuple[Grid, Grid]:
    enter, leave = _slab(origin[0], direction[0], half[0])
    for i in (1, 2):
        enter_axis, leave_axis = _slab(origin[i], direction[i], half[i])
        enter, leave = np.maximum(enter, enter_axis), np.minimum(leave, leave_axis)
    return enter, leave


def _round_interval(
    origin: Sequence[Grid], direction: Sequence[Grid], half: Sequence[float]
) -> tuple[Grid, Grid]:
    """Unit circle or sphere of scaled coordinates, from the point nearest to the centre.

    That point is found first since the textbook discriminant cancels badly in float32.
    """
    o = [value / size for value, size in zip(origin, half, strict=False)]
    d = [value / size for value, size in zip(direction, half, strict=False)]
    squared_speed = sum((value * value for value in d), start=0.0) + 1e-20
    middle = -sum((a * b for a, b in zip(o, d, strict=True)), start=0.0) / squared_speed
    nearest = [a + middle * b for a, b in zip(o, d, strict=True)]
    inside = 1 - sum((value * value for value in nearest), start=0.0)
    reach = np.sqrt(np.maximum(inside, 0) / squared_speed)
    return np.where(inside > 0, middle - reach, np.inf), middle + reach


def _cylinder_interval(
    origin: Sequence[Grid], direction: Sequence[Grid], half: Sequence[float]
) -> tuple[Grid, Grid]:
    enter, leave = _round_interval(origin[:2], direction[:2], half[:2])
    enter_axis, leave_axis = _slab(origin[2], direction[2], half[2])
    return np.maximum(enter, enter_axis), np.minimum(leave, leave_axis)


def _frustum_interval(
    origin: Sequence[Grid], direction: Sequence[Grid], primitive: Primitive
) -> tuple[Grid, Grid]:
    enter, leave = _slab(origin[2], direction[2], primitive.half_size[2])
    normals, offsets = frustum_sides(primitive)
    for normal, offset in zip(normals, offsets, strict=True):
        inside = float(offset) - combine(normal, origin)
        speed = combine(normal, direction)
        speed = np.where(np.abs(speed) < SMALLEST_DIRECTION, SMALLEST_DIRECTION, speed)
        crossing = inside / speed.astype(np.float32)
        enter = np.where(speed < 0, np.maximum(enter, crossing), enter)
        leave = np.where(speed > 0, np.minimum(leave, crossing), leave)
    return enter, leave


def frustum_sides(
    primitive: Primitive,
) -> tuple[Float64[np.ndarray, '4 3'], Float64[np.ndarray, ' 4']]:
    """Outward unit normals and offsets of the sides -x, +x, -y, +y: inside, n . p < offset."""
    normals, offsets = np.zeros((4, 3)), np.zeros(4)
    height = primitive.half_size[2]
    for axis in (0, 1):
        half, taper, shear = (
            primitive.half_size[axis],
            primitive.taper[axis],
            primitive.shear[axis],
        )
        for row, sign in ((2 * axis, -1), (2 * axis + 1, 1)):
            # The side runs from `half` at the base to `half * (taper + sign * shear)` at the top.
            top = half * (taper + sign * shear)
            normals[row, axis], normals[row, 2] = sign, (half - top) / (2 * height)
            offsets[row] = (half + top) / 2
    length = np.linalg.norm(normals, axis=1)
    return normals / length[:, None], offsets / length


INTERVALS = {
    'box': _box_interval,
    'cylinder': _cylinder_interval,
    'ellipsoid': _round_interval,
}


def world_corners(primitives: Sequence[Primitive]) -> Float64[np.ndarray, 'primitive 8 3']:
    """Corners of the boxes around the primitives."""
    centre = np.array([primitive.centre for primitive in primitives])
    half = np.array([primitive.half_size for primitive in primitives])
    turn = np.stack([primitive.world_from_object for primitive in primitives])
    return centre[:, None] + np.einsum('pij,pcj->pci', turn, half[:, None] * CORNERS)


def _pixel_windows(
    primitives: Sequence[Primitive], camera: Camera, world_from_camera: Float64[np.ndarray, '4 4']
) -> list[tuple[slice, slice] | None]:
    """The pixels that each primitive's box may cover; None where that is none."""
    offset = world_corners(primitives) - world_from_camera[:3, 3]
    start, stop = (
        np.einsum('pci,ij->pcj', offset, world_from_camera[:3, :3])[:, EDGES[:, i]] for i in (0, 1)
    )
    near = 0.01
    is_visible = (start[..., 2] > near) | (stop[..., 2] > near)
    # Edges that pass the near plane are cut there: behind the camera the projection turns over.
    rise = stop[..., 2] - start[..., 2]
    cut = (near - start[..., 2]) / np.where(rise == 0, 1, rise)
    crossing = start + cut[..., None] * (stop - start)
    start = np.where((start[..., 2] <= near)[..., None], crossing, start)
    stop = np.where((stop[..., 2] <= near)[..., None], crossing, stop)
    points = np.stack([start, stop])
    z = np.where(is_visible, points[..., 2], 1.0)
    u = points[..., 0] / z * camera.fx_px + camera.cx_px
    v = points[..., 1] / z * camera.fy_px + camera.cy_px
    limits = [
        (np.where(is_visible, w, np.inf).min((0, 2)), np.where(is_visible, w, -np.inf).max((0, 2)))
        for w in (u, v)
    ]
    return grid_windows(limits, (camera.height_px, camera.width_px))


def grid_windows(
    limits: Sequence[tuple[Float64[np.ndarray, ' primitive'], Float64[np.ndarray, ' primitive']]],
    shape: tuple[int, int],
) -> list[tuple[slice, slice] | None]:
    """Windows of grid points between limits along columns (first) and rows (second)."""
    slices = []
    for (low, high), size in zip(limits, (shape[1], shape[0]), strict=True):
        first = np.ceil(np.clip(low - 0.01, 0, size)).astype(int)
        last = np.floor(np.clip(high + 0.01, -1, size - 1)).astype(int)
        slices.append((first.tolist(), last.tolist()))
    (left, right), (top, bottom) = slices
    return [
        (slice(t, b + 1), slice(f, r + 1)) if f <= r and t <= b else None
        for f, r, t, b in zip(left, right, top, bottom, strict=True)
    ]


def unit(vector: Sequence[float]) -> Float64[np.ndarray, ' 3']:
    """The direction of a vector."""
    values = np.asarray(vector, float)
    return values / math.sqrt(float(values @ values))
