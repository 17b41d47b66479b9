"""Sequences of synthetic frames with exact depth and poses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
from jaxtyping import Float32, Float64
import numpy as np

from depth_nodes.data.sample import Sample
from depth_nodes.data.synthetic import camera_path
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.occlusion import SceneOcclusion
from depth_nodes.data.synthetic.ray_caster import cast
from depth_nodes.data.synthetic.room import build_room
from depth_nodes.data.synthetic.scene import Scene, SceneConfig
from depth_nodes.data.synthetic.sensor import Sensor
from depth_nodes.data.synthetic.shading import shade, View
from depth_nodes.data.synthetic.street import build_street, StreetPlan
from depth_nodes.messages.camera import Camera

DOMAIN_KEYS = {'room': 1, 'street': 2}
SCATTER_LENGTH_M = 60.0
SHADOW_MARGIN_M = 60.0

__all__ = ['SceneConfig', 'build_scene', 'render_sequence']


def render_sequence(config: SceneConfig) -> Iterator[Sample]:
    """Renders frames one by one; the same config gives the same bytes.

    Each sample has image, camera, depth (0 in the sky), pose and stamp.
    """
    streams = np.random.SeedSequence([config.seed, DOMAIN_KEYS[config.domain]]).spawn(4)
    scene_draw, path_draw, sensor_draw, noise_draw = (
        Draw(np.random.Generator(np.random.PCG64(stream))) for stream in streams
    )
    scene, poses = build_scene(config, scene_draw, path_draw)
    sensor = Sensor.drawn(sensor_draw.generator)
    fov_deg = config.fov_deg or sensor_draw.uniform(50, 100)
    camera = Camera.from_fov(config.width_px, config.height_px, fov_deg)
    occlusion = SceneOcclusion.of_scene(scene, _shadow_bounds(scene, poses))
    exposure = None
    for i, pose in enumerate(poses):
        depth, linear = _render(scene, occlusion, camera, pose, config.image_oversampling)
        if exposure is None or config.is_scattered:
            exposure = sensor.exposure(linear)
        yield Sample(
            name=f'{i:06d}',
            image=sensor.picture(linear, exposure, noise_draw.generator),
            camera=camera,
            depth_m=depth,
            world_from_camera=pose,
            stamp_ns=round(i * 1e9 / config.rate_hz),
        )


def build_scene(
    config: SceneConfig, scene_draw: Draw, path_draw: Draw
) -> tuple[Scene, list[Float64[np.ndarray, '4 4']]]:
    """The scene and the camera's poses in it."""
    if config.domain == 'room':
        scene = build_room(scene_draw)
        if config.is_scattered:
            return scene, camera_path.room_views(path_draw, scene, config.num_frames)
        return scene, camera_path.room_path(path_draw, scene, config.num_frames, config.rate_hz)
    speed = path_draw.uniform(3, 15)
    driven = speed * (config.num_frames - 1) / config.rate_hz
    plan = StreetPlan.drawn(scene_draw, SCATTER_LENGTH_M if config.is_scattered else driven)
    scene = build_street(scene_draw, plan)
    if config.is_scattered:
        return scene, camera_path.street_views(path_draw, scene, plan, config.num_frames)
    return scene, camera_path.street_path(path_draw, scene, plan, config.num_frames)


def _render(
    scene: Scene,
    occlusion: SceneOcclusion,
    camera: Camera,
    pose: Float64[np.ndarray, '4 4'],
    oversampling: int,
) -> tuple[Float32[np.ndarray, 'height width'], Float32[np.ndarray, 'height width 3']]:
    """Depth at the pixel centres, and linear light averaged over the pixels."""
    hits = cast(scene.primitives, camera, pose)
    depth = np.where(hits.index >= 0, hits.depth, np.float32(0))
    if oversampling == 1:
        return depth, shade(scene, occlusion, View.of_camera(camera, pose), hits)
    size = (camera.width_px, camera.height_px)
    fine = camera.resized(size[0] * oversampling, size[1] * oversampling)
    light = shade(scene, occlusion, View.of_camera(fine, pose), cast(scene.primitives, fine, pose))
    return depth, cv2.resize(light, size, interpolation=cv2.INTER_AREA)


def _shadow_bounds(
    scene: Scene, poses: Sequence[Float64[np.ndarray, '4 4']]
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """The box whose points get shadows: the room, or the street around the path."""
    if scene.interior is not None:
        return scene.interior
    x = [float(pose[0, 3]) for pose in poses]
    low, high = min(x) - SHADOW_MARGIN_M / 2, max(x) + SHADOW_MARGIN_M
    return (low, -25.0, 0.0), (high, 25.0, 8.0)
