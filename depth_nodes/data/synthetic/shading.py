"""Colours of the hits: texture, light with shadows, sky and haze."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jaxtyping import Float32, Float64
import numpy as np

from depth_nodes.data.synthetic.noise import fractal_noise
from depth_nodes.data.synthetic.occlusion import SceneOcclusion
from depth_nodes.data.synthetic.ray_caster import (
    camera_rays,
    combine,
    facing_coordinates,
    frustum_sides,
    Hits,
    Rays,
)
from depth_nodes.data.synthetic.scene import Lamp, Primitive, Scene, Sky
from depth_nodes.data.synthetic.texture import albedo, Footprints
from depth_nodes.messages.camera import Camera

CORNER_SHADE = 0.35
CORNER_M = 0.3

Triple = list[Any]  # three float32 arrays, one per coordinate, or numbers


@dataclass(frozen=True, kw_only=True)
class View:
    """The rays of one frame, flat, and how they change from pixel to pixel."""

    origin: tuple[float, float, float]
    direction: Triple
    step_x: Float64[np.ndarray, ' 3']
    step_y: Float64[np.ndarray, ' 3']

    @classmethod
    def of_camera(cls, camera: Camera, world_from_camera: Float64[np.ndarray, '4 4']) -> View:
        """The rays through the pixel centres."""
        rays: Rays = camera_rays(camera, world_from_camera)
        return cls(
            origin=rays.origin,
            direction=[values.ravel() for values in rays.direction],
            step_x=world_from_camera[:3, 0] / camera.fx_px,
            step_y=world_from_camera[:3, 1] / camera.fy_px,
        )


@dataclass(frozen=True, kw_only=True)
class Surface:
    """Hit points in the world, their normals, linear reflectance and emission."""

    points: Triple
    normal: Float32[np.ndarray, '3 point']
    reflectance: Float32[np.ndarray, 'point 3']
    emission: Float32[np.ndarray, ' point']


def shade(
    scene: Scene, occlusion: SceneOcclusion, view: View, hits: Hits
) -> Float32[np.ndarray, 'height width 3']:
    """Linear light towards the camera at every pixel."""
    index = hits.index.ravel()
    order = np.argsort(index, kind='stable')
    num_sky = int(np.count_nonzero(index < 0))
    colour = np.empty((index.size, 3), np.float32)
    sky_pixels, order = order[:num_sky], order[num_sky:]
    colour[sky_pixels] = sky_light(scene.sky, [d[sky_pixels] for d in view.direction])
    if order.size:
        depth = hits.depth.ravel()[order]
        surface = _surface(scene.primitives, view, index[order], depth, order)
        light = _lit(scene, occlusion, surface)
        haze = np.exp(-depth / np.float32(scene.sky.haze_m))[:, None]
        horizon = np.array(scene.sky.horizon, np.float32)
        colour[order] = horizon + (light - horizon) * haze
    return colour.reshape(*hits.index.shape, 3)


def _surface(
    primitives: tuple[Primitive, ...],
    view: View,
    index: np.ndarray,
    depth: Float32[np.ndarray, ' point'],
    order: np.ndarray,
) -> Surface:
    """Surfaces of hits that are sorted by primitive."""
    direction = [d[order] for d in view.direction]
    normal = np.empty((3, depth.size), np.float32)
    reflectance = np.empty((depth.size, 3), np.float32)
    emission = np.empty(depth.size, np.float32)
    starts = np.flatnonzero(np.diff(index, prepend=-2))
    for start, stop in zip(starts, [*starts[1:], depth.size], strict=True):
        part = slice(start, stop)
        primitive = primitives[index[start]]
        hit = _ObjectHit.of(primitive, view, [d[part] for d in direction], depth[part])
        normal[:, part] = hit.world_normal()
        reflectance[part] = hit.reflectance()
        emission[part] = primitive.material.emission
    points = [o + d * depth for o, d in zip(view.origin, direction, strict=True)]
    return Surface(points=points, normal=normal, reflectance=reflectance, emission=emission)


@dataclass(frozen=True, kw_only=True)
class _ObjectHit:
    """Hits of one primitive in its own frame."""

    primitive: Primitive
    points: Triple
    direction: Triple
    steps: tuple[Triple, Triple]
    depth: Float32[np.ndarray, ' point']
    axis: np.ndarray | None

    @classmethod
    def of(cls, primitive: Primitive, view: View, direction: Triple, depth: Any) -> _ObjectHit:
        turn = primitive.world_from_object
        shifted = [o - c for o, c in zip(view.origin, primitive.centre, strict=True)]
        local_direction = [combine(turn[:, i], direction) for i in range(3)]
        points = [combine(turn[:, i], shifted) + local_direction[i] * depth for i in range(3)]
        steps = [[float(turn[:, i] @ s) for i in range(3)] for s in (view.step_x, view.step_y)]
        axis = None
        if primitive.shape == 'box':
            axis = np.argmax(
                np.abs(points) / np.array(primitive.half_size, np.float32)[:, None], 0
            )
        elif primitive.shape == 'cylinder':
            flat = np.abs(points[2]) > primitive.half_size[2] * (1 - 1e-4)
            axis = np.where(flat, 2, 0)
        elif primitive.shape == 'frustum':
            axis = _frustum_face(primitive, points) // 2
        return cls(
            primitive=primitive,
            points=points,
            direction=local_direction,
            steps=(steps[0], steps[1]),
            depth=depth,
            axis=axis,
        )

    def world_normal(self) -> Float32[np.ndarray, '3 point']:
        """Unit normals towards the camera."""
        half = self.primitive.half_size
        if self.primitive.shape == 'box':
            assert self.axis is not None
            local = np.zeros((3, self.depth.size), np.float32)
            column = np.arange(self.depth.size)
            local[self.axis, column] = np.sign(np.stack(self.points)[self.axis, column])
        elif self.primitive.shape == 'frustum':
            normals = np.concatenate([frustum_sides(self.primitive)[0], [[0, 0, -1], [0, 0, 1]]])
            local = normals[_frustum_face(self.primitive, self.points)].T.astype(np.float32)
        else:
            local = np.stack([p / (h * h) for p, h in zip(self.points, half, strict=True)])
            if self.axis is not None:
                local[2] = 0
                cap = self.axis == 2
                local[:, cap] = 0
                local[2, cap] = np.sign(self.points[2][cap])
            local /= np.sqrt((local * local).sum(0)) + np.float32(1e-12)
        return self.primitive.world_from_object.astype(np.float32) @ local

    def reflectance(self) -> Float32[np.ndarray, 'point 3']:
        """Linear colours; top and bottom may have their own material."""
        at = self._footprints()
        material, top = self.primitive.material, self.primitive.top_material
        if top is None or self.axis is None:
            return albedo(material, at)
        result = np.empty((self.depth.size, 3), np.float32)
        for chosen, mask in ((top, self.axis == 2), (material, self.axis != 2)):
            if mask.any():
                part = Footprints(
                    u=at.u[mask], v=at.v[mask], width_u=at.width_u[mask], width_v=at.width_v[mask]
                )
                result[mask] = albedo(chosen, part)
        return result

    def _footprints(self) -> Footprints:
        if self.primitive.shape in ('box', 'frustum'):
            return self._flat_footprints()
        x, y, z = self.points
        radius = self.primitive.half_size[0]
        width = self.depth * np.float32(1.5 * self.pixel_angle + 1e-6)
        if self.axis is None:
            u, v = facing_coordinates(self.points, self.primitive.half_size)
            return Footprints(u=u, v=v, width_u=width, width_v=width)
        cap = self.axis == 2
        return Footprints(
            u=np.where(cap, x, np.arctan2(y, x) * np.float32(radius)),
            v=np.asarray(np.where(cap, y, z)),
            width_u=width,
            width_v=width,
        )

    @property
    def pixel_angle(self) -> float:
        """Size of a pixel at depth 1 [m]."""
        return float(np.linalg.norm(self.steps[0]))

    def _flat_footprints(self) -> Footprints:
        """Faces along x show (y, z), along y (x, z), along z (x, y)."""
        assert self.axis is not None
        column = np.arange(self.depth.size)
        points, direction = (
            np.stack(self.points),
            np.stack([np.broadcast_to(d, self.depth.shape) for d in self.direction]),
        )
        across, up = np.array([1, 0, 0])[self.axis], np.array([2, 2, 1])[self.axis]
        facing = direction[self.axis, column]
        facing = np.where(np.abs(facing) < 1e-6, np.float32(1e-6), facing)
        widths = []
        for coordinate in (across, up):
            slope = direction[coordinate, column] / facing
            width = np.float32(0)
            for step in np.array(self.steps, np.float32):
                width = width + np.abs(step[coordinate] - slope * step[self.axis])
            widths.append(np.minimum(width * self.depth, 100))
        return Footprints(
            u=points[across, column], v=points[up, column], width_u=widths[0], width_v=widths[1]
        )


def _frustum_face(primitive: Primitive, points: Triple) -> np.ndarray:
    """The face that each surface point is on: -x, +x, -y, +y, -z, +z."""
    normals, offsets = frustum_sides(primitive)
    height = primitive.half_size[2]
    inside = [
        offset - combine(normal, points) for normal, offset in zip(normals, offsets, strict=True)
    ]
    return np.argmin([*inside, height + points[2], height - points[2]], 0)


def _lit(
    scene: Scene, occlusion: SceneOcclusion, surface: Surface
) -> Float32[np.ndarray, 'point 3']:
    """Reflected and emitted light."""
    normal, light = surface.normal, scene.light
    points = (surface.points[0], surface.points[1], surface.points[2])
    facing = sum((n * s for n, s in zip(normal, light.towards_sun, strict=True)), np.float32(0))
    sun = np.maximum(facing, 0) * occlusion.sunlight(points, normal)
    open_share = 0.25 + 0.75 * occlusion.openness(points, normal)
    if scene.interior is not None:
        open_share = open_share * _corner_shade(points, scene.interior)
    upward = (normal[2] * 0.5 + 0.5)[:, None]
    down, up = np.array(light.ambient_down, np.float32), np.array(light.ambient_up, np.float32)
    received = (down + (up - down) * upward) * open_share[:, None]
    received += sun[:, None] * np.array(light.sun, np.float32)
    for lamp in light.lamps:
        received += _lamp(surface, lamp, open_share)
    emission = surface.emission[:, None]
    return surface.reflectance * (received * (1 - emission) + emission * 1.6)


def _lamp(surface: Surface, lamp: Lamp, open_share: np.ndarray) -> np.ndarray:
    offset = [c - p for c, p in zip(lamp.position, surface.points, strict=True)]
    squared = sum((o * o for o in offset), np.float32(1e-4))
    facing = sum((o * n for o, n in zip(offset, surface.normal, strict=True)), np.float32(0))
    # Half-Lambert: walls turned away still get what the room sends back.
    cosine = np.maximum(facing / np.sqrt(squared) * 0.6 + 0.4, 0.05)
    share = cosine / (1 + squared / lamp.reach_m**2) * lamp.strength * open_share
    return np.asarray(share[:, None] * np.array(lamp.colour, np.float32), np.float32)


def _corner_shade(
    points: Triple | tuple[Any, ...], interior: tuple[Any, Any]
) -> Float32[np.ndarray, ' point']:
    """Darker towards the room's edges, where walls take each other's light."""
    shade_share = np.float32(1)
    for value, low, high in zip(points, *interior, strict=True):
        nearest = np.minimum(np.abs(value - low), np.abs(high - value))
        shade_share = shade_share * (1 - CORNER_SHADE * np.exp(nearest * (-1 / CORNER_M)))
    return np.asarray(shade_share, np.float32)


def sky_light(sky: Sky, direction: Triple) -> Float32[np.ndarray, 'point 3']:
    """Gradient from the horizon up, with clouds on a far plane."""
    x, y, z = direction
    length = np.sqrt(x * x + y * y + z * z)
    rise = np.clip(z / length, 0, 1)
    horizon, zenith = np.array(sky.horizon, np.float32), np.array(sky.zenith, np.float32)
    colour = horizon + (zenith - horizon) * np.minimum(rise * 3, 1)[:, None] ** 0.7
    scale = 1 / (np.maximum(z, 0) / length + 0.12)
    u, v = x / length * scale, y / length * scale
    u, v = u * 0.8 + sky.offset[0], v * 0.8 + sky.offset[1]
    field = fractal_noise(u, v, scale * scale * np.float32(0.004))
    cover = np.clip((field - 0.75 + sky.cloud_cover * 0.5) * 5, 0, 1)[:, None]
    cloud = horizon * 0.35 + 0.6 * float(np.max(horizon))
    return colour + (cloud - colour) * cover * np.minimum(rise * 8, 1)[:, None]
