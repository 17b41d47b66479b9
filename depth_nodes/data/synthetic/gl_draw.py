"""Draws which primitive is seen at every pixel, from a camera or along parallel light."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jaxtyping import Float64
import numpy as np

from depth_nodes.data.synthetic.gl_context import GlContext
from depth_nodes.data.synthetic.gl_table import nearest_first, SolidTable
from depth_nodes.messages.camera import Camera

VERTICES_PER_BOX = 14


@dataclass(frozen=True, kw_only=True)
class Perspective:
    """A camera at the origin of eye space, which has the world's axes."""

    camera: Camera
    world_from_camera: Float64[np.ndarray, '4 4']
    oversampling: int
    near_m: float

    def rays(self) -> dict[str, Any]:
        """Directions of length 1 along the optical axis, affine in the window coordinates."""
        camera, turn = self.camera, self.world_from_camera[:3, :3]
        x, y = turn[:, 0] / camera.fx_px, turn[:, 1] / camera.fy_px
        return {
            'ray_start': turn[:, 2] - x * (camera.cx_px + 0.5) - y * (camera.cy_px + 0.5),
            'ray_x': x / self.oversampling,
            'ray_y': y / self.oversampling,
        }

    def uniforms(self) -> dict[str, Any]:
        """Rays, projection, and window depth as a function of depth."""
        zero = np.zeros(3)
        return self.rays() | {
            'ray_origin': zero,
            'ray_origin_x': zero,
            'ray_origin_y': zero,
            'clip_from_eye': self._clip_from_eye(),
            'depth_terms': (1.0, -self.near_m, 0.0),
        }

    def _clip_from_eye(self) -> Float64[np.ndarray, '4 4']:
        """Without a far plane."""
        camera = self.camera
        clip_from_camera = np.array(
            [
                [2 * camera.fx_px, 0, 2 * camera.cx_px + 1 - camera.width_px],
                [0, 2 * camera.fy_px, 2 * camera.cy_px + 1 - camera.height_px],
                [0, 0, 1],
            ]
        )
        clip_from_camera /= np.array([[camera.width_px], [camera.height_px], [1]])
        matrix = np.zeros((4, 4))
        matrix[[0, 1, 3], :3] = clip_from_camera @ self.world_from_camera[:3, :3].T
        matrix[2] = matrix[3]
        matrix[2, 3] = -2 * self.near_m
        return matrix

    def is_seen(self, table: SolidTable) -> np.ndarray:
        """Which primitives may be in the picture: their spheres against its five planes."""
        camera = self.camera
        at = (table.centre - self.world_from_camera[:3, 3]) @ self.world_from_camera[:3, :3]
        seen = at[:, 2] > -table.radius
        for axis, focal, middle, side in (
            (0, camera.fx_px, camera.cx_px, camera.width_px),
            (1, camera.fy_px, camera.cy_px, camera.height_px),
        ):
            for sign, pixels in ((-1, middle + 0.5), (1, side - middle - 0.5)):
                slope = pixels / focal
                outside = (sign * at[:, axis] - slope * at[:, 2]) / np.hypot(1, slope)
                seen &= outside < table.radius
        return np.asarray(seen)

    def distance(self, table: SolidTable) -> Float64[np.ndarray, ' solid']:
        """Of the primitives' centres."""
        eye = self.world_from_camera[:3, 3]
        return np.asarray(np.linalg.norm(table.centre - eye, axis=1))


@dataclass(frozen=True, kw_only=True)
class Parallel:
    """Parallel light through a box: rows of `axes` are right, down and the way of the light.

    `corner` and `size` are the part of the window that shows the box [px].
    """

    axes: Float64[np.ndarray, '3 3']
    low: Float64[np.ndarray, ' 3']
    extent: Float64[np.ndarray, ' 3']
    size: tuple[int, int]
    corner: tuple[int, int] = (0, 0)

    def uniforms(self) -> dict[str, Any]:
        """Rays that start on the box's first plane, projection, and window depth."""
        matrix = np.eye(4)
        matrix[:3, :3] = 2 * self.axes / self.extent[:, None]
        matrix[:3, 3] = -2 * self.low / self.extent - 1
        zero = np.zeros(3)
        right = self.axes[0] * self.extent[0] / self.size[0]
        down = self.axes[1] * self.extent[1] / self.size[1]
        return {
            'ray_origin': self.low @ self.axes - right * self.corner[0] - down * self.corner[1],
            'ray_origin_x': right,
            'ray_origin_y': down,
            'ray_start': self.axes[2],
            'ray_x': zero,
            'ray_y': zero,
            'clip_from_eye': matrix,
            'depth_terms': (0.0, 0.0, 1 / self.extent[2]),
        }

    def distance(self, table: SolidTable) -> Float64[np.ndarray, ' solid']:
        """Of the primitives' centres along the light."""
        return np.asarray(table.centre @ self.axes[2])


class SolidDrawer:
    """The vertex arrays of one scene's primitives."""

    def __init__(self, gl: GlContext, table: SolidTable) -> None:
        self._gl = gl
        self._table = table
        self._buffer = gl.context.buffer(reserve=max(4 * len(table.centre), 4))
        self._arrays = {
            name: gl.context.vertex_array(gl.programs[name], [(self._buffer, '1i /i', 'row')])
            for name in table.groups
        }

    def draw(self, view: Perspective | Parallel, chosen: np.ndarray) -> None:
        """Draws the chosen primitives into the framebuffer in use."""
        context, uniforms = self._gl.context, view.uniforms()
        context.enable_only(context.DEPTH_TEST | context.CULL_FACE)
        distance = view.distance(self._table)
        for name, group in self._table.groups.items():
            rows = nearest_first(self._table, chosen & group, distance)
            if not rows.size:
                continue
            self._buffer.orphan()
            self._buffer.write(rows.tobytes())
            self._gl.set_uniforms(name, uniforms)
            # The far sides of a round body's box are there also where the camera is inside it.
            context.cull_face = 'front' if name == 'flat' else 'back'
            self._arrays[name].render(
                context.TRIANGLE_STRIP, vertices=VERTICES_PER_BOX, instances=rows.size
            )

    def release(self) -> None:
        """Gives the buffers back."""
        for array in self._arrays.values():
            array.release()
        self._buffer.release()
