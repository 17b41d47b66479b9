"""Organised point clouds: `sensor_msgs/PointCloud2` with x y z rgb from depth and colour."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import cv2
from jaxtyping import Bool, Float32, UInt8
import numpy as np

from depth_nodes.errors import ConfigError, InputError
from depth_nodes.messages.buffer import writable_bytes
from depth_nodes.messages.camera import Camera

FIELD_NAMES = ('x', 'y', 'z', 'rgb')
FLOAT32 = 7  # PointField.FLOAT32
POINT_STEP = 16
# Rows are computed in strips whose planes stay in the processor's second-level cache.
STRIP_POINTS = 1 << 16


class CloudWriter:
    """Writes depth and colour into one PointCloud2 message, in place.

    Every `stride`-th pixel of every `stride`-th row is a point, in the camera's optical frame:
    x = (u - cx) z / fx, y = (v - cy) z / fy. Points without a depth in (0, max_range_m] are NaN
    in x, y and z. rgb holds the bytes b, g, r, 0: a fourth byte of 255 would read as NaN and let
    consumers drop the point.
    """

    def __init__(self, message: Any, stride: int, max_range_m: float) -> None:
        if stride < 1:
            raise ConfigError(f'points stride {stride} must be 1 or more')
        if not max_range_m > 0:
            raise ConfigError(f'points range {max_range_m} m must be above 0')
        self.message = message
        self._stride = stride
        self._max_range_m = float(max_range_m)
        self._rays: _Rays | None = None
        message.fields = _fields(message)
        message.is_bigendian = sys.byteorder == 'big'
        message.is_dense = False
        message.point_step = POINT_STEP

    def write(
        self,
        depth_m: Float32[np.ndarray, 'height width'],
        camera: Camera,
        rgb: UInt8[np.ndarray, 'rgb_height rgb_width 3'],
        header: Any,
        hidden: Bool[np.ndarray, 'height width'] | None = None,
    ) -> None:
        """Puts the points [m] and the header itself (not a copy) into the message.

        Pixels that are hidden are NaN, whatever their depth.

        Raises:
            InputError: depth or colours of another size than the camera's.
        """
        _check_sizes(depth_m, camera, rgb)
        if self._rays is None or self._rays.camera != camera:
            self._rays = _Rays(camera, self._stride)
        rays, message = self._rays, self.message
        message.header = header
        message.height, message.width = rays.height, rays.width
        message.row_step = rays.width * POINT_STEP
        data = writable_bytes(message, message.row_step * rays.height)
        points = data.view(np.float32).reshape(rays.height, rays.width, len(FIELD_NAMES))
        depth, colours = depth_m[:: self._stride], rgb[:: self._stride]
        with np.errstate(invalid='ignore'):  # 0 / 0 marks invalid points
            for top in range(0, rays.height, rays.strip_height):
                rows = slice(top, top + rays.strip_height)
                hides = None if hidden is None else hidden[:: self._stride][rows]
                self._write_strip(rays, rows, (depth[rows], colours[rows], points[rows]), hides)

    def _write_strip(
        self,
        rays: _Rays,
        rows: slice,
        strip: tuple[np.ndarray, np.ndarray, np.ndarray],
        hides: Bool[np.ndarray, 'height width'] | None,
    ) -> None:
        """Computes the planes x, y, z and rgb of some rows and interleaves them."""
        depth, colours, points = strip
        x, y, z, rgb = (plane[: points.shape[0]] for plane in rays.planes)
        columns = slice(None, None, self._stride)
        cv2.threshold(depth[:, columns], self._max_range_m, 0, cv2.THRESH_TOZERO_INV, dst=z)
        cv2.threshold(z, 0, 0, cv2.THRESH_TOZERO, dst=z)
        if hides is not None:
            np.copyto(z, 0, where=hides[:, columns])
        np.divide(z, z, out=x)  # 1, or NaN where z is 0, infinite or NaN
        np.multiply(z, x, out=z)
        np.multiply(z, rays.x[None], out=x)
        np.multiply(z, rays.y[rows, None], out=y)
        bgra = rgb.view(np.uint8).reshape(*rgb.shape, 4)
        cv2.cvtColor(colours[:, columns], cv2.COLOR_RGB2BGRA, dst=bgra)
        packed = rgb.view(np.uint32)
        np.bitwise_and(packed, _COLOUR_BITS, out=packed)
        cv2.merge((x, y, z, rgb), dst=points)


_COLOUR_BITS = np.frombuffer(b'\xff\xff\xff\x00', np.uint32)[0]


class _Rays:
    """What a camera's clouds have in common: viewing rays, and the planes of one strip."""

    def __init__(self, camera: Camera, stride: int) -> None:
        self.camera = camera
        columns = np.arange(0, camera.width_px, stride)
        rows = np.arange(0, camera.height_px, stride)
        self.x = ((columns - camera.cx_px) / camera.fx_px).astype(np.float32)
        self.y = ((rows - camera.cy_px) / camera.fy_px).astype(np.float32)
        self.width, self.height = len(columns), len(rows)
        self.strip_height = max(1, STRIP_POINTS // self.width)
        self.planes = np.empty((4, self.strip_height, self.width), np.float32)


def _check_sizes(depth_m: np.ndarray, camera: Camera, rgb: np.ndarray) -> None:
    size = (camera.height_px, camera.width_px)
    if depth_m.shape != size or rgb.shape[:2] != size:
        raise InputError(
            f'depth {depth_m.shape[1]}x{depth_m.shape[0]}, colours {rgb.shape[1]}x{rgb.shape[0]} '
            f'and camera {camera.width_px}x{camera.height_px} must have one size; resize them'
        )


def _fields(message: Any) -> list[Any]:
    make_field = _point_field_class(message)
    return [
        make_field(name=name, offset=4 * index, datatype=FLOAT32, count=1)
        for index, name in enumerate(FIELD_NAMES)
    ]


def _point_field_class(message: Any) -> Any:
    """The PointField that belongs to the message's class, found without importing ROS.

    rclpy generates sensor_msgs.msg._point_cloud2.PointCloud2 beside sensor_msgs.msg.PointField,
    rosbags sensor_msgs__msg__PointCloud2 and sensor_msgs__msg__PointField in one module.
    """
    cls = type(message)
    name = cls.__name__.replace('PointCloud2', 'PointField')
    for module in (cls.__module__, cls.__module__.rpartition('.')[0]):
        found = getattr(sys.modules.get(module), name, None)
        if found is not None:
            return found
    return SimpleNamespace


def points_from_cloud(message: Any) -> Float32[np.ndarray, 'height width 3']:
    """The points [m] of a PointCloud2, rows and columns kept.

    Raises:
        InputError: no float32 fields x, y, z, or too few bytes.
    """
    offsets = {field.name: field.offset for field in message.fields if field.datatype == FLOAT32}
    if not {'x', 'y', 'z'} <= offsets.keys():
        names = [field.name for field in message.fields]
        raise InputError(f'point cloud has the fields {names}; it needs x, y, z of type FLOAT32')
    data = memoryview(message.data)
    needed = message.row_step * (message.height - 1) + message.point_step * message.width
    fits = all(offset + 4 <= message.point_step for offset in offsets.values())
    if not fits or message.row_step < message.width * message.point_step or data.nbytes < needed:
        raise InputError(
            f'point cloud of {message.width}x{message.height} points holds {data.nbytes} bytes, '
            f'but needs {needed}; the message is cut off or its steps are wrong'
        )
    dtype = np.dtype(np.float32).newbyteorder('>' if message.is_bigendian else '<')
    shape, strides = (message.height, message.width), (message.row_step, message.point_step)
    if 0 in shape:
        return np.empty((*shape, 3), np.float32)
    planes = [np.ndarray(shape, dtype, data, offsets[name], strides) for name in 'xyz']
    return np.stack(planes, axis=-1).astype(np.float32)
