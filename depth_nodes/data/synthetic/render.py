"""Sequences of synthetic frames with exact depth and poses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from jaxtyping import Float64
import numpy as np

from depth_nodes.data.sample import Sample
from depth_nodes.data.synthetic.domain import build_scene
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.gl_context import gl_context, has_gl
from depth_nodes.data.synthetic.gl_renderer import GlRenderer
from depth_nodes.data.synthetic.ray_renderer import RayRenderer
from depth_nodes.data.synthetic.scene import DOMAINS, Scene, SceneConfig, Vector
from depth_nodes.data.synthetic.sensor import Sensor
from depth_nodes.messages.camera import Camera

NARROWEST_FOV_DEG, WIDEST_FOV_DEG = 40.0, 110.0
# Shadows outdoors fall this far around the camera, around what lies this far ahead of it, and
# this high.
SHADOW_REACH_M, SHADOW_AHEAD_M, SHADOW_HEIGHT_M = 22.0, 45.0, 12.0

Pose = Float64[np.ndarray, '4 4']


def render_sequence(config: SceneConfig) -> Iterator[Sample]:
    """Renders frames one by one; the same config gives the same bytes on the same renderer.

    Each sample has image, camera, depth (0 in the sky), pose and stamp, and the right picture
    where the config has a stereo baseline.

    Raises:
        BackendError: the config demands GL, and there is none.
    """
    scene_draw, path_draw, sensor_draw, noise_draw = _draws(config)
    scene, poses = build_scene(config, scene_draw, path_draw)
    sensor = Sensor.drawn(sensor_draw)
    fov_deg = config.fov_deg or sensor_draw.uniform(NARROWEST_FOV_DEG, WIDEST_FOV_DEG)
    camera = Camera.from_fov(config.width_px, config.height_px, fov_deg)
    renderer = _renderer(config, scene, camera, poses)
    exposure = None
    try:
        for i, pose in enumerate(poses):
            depth, light = renderer.frame(pose)
            exposure = sensor.exposure(
                light, None if config.is_scattered else exposure, sensor_draw
            )
            sample = Sample(
                name=f'{i:06d}',
                image=sensor.picture(light, exposure, noise_draw),
                camera=camera,
                depth_m=depth,
                world_from_camera=pose,
                stamp_ns=round(i * 1e9 / config.rate_hz),
            )
            if config.stereo_baseline_m > 0:
                light = renderer.frame(_moved_right(pose, config.stereo_baseline_m))[1]
                right = sensor.picture(light, exposure, noise_draw)
                sample = replace(sample, right=right, stereo_baseline_m=config.stereo_baseline_m)
            yield sample
    finally:
        renderer.release()


def _draws(config: SceneConfig) -> list[Draw]:
    """One each for scene, path, sensor and noise, so that none disturbs the others."""
    seeds = np.random.SeedSequence([config.seed, 1 + DOMAINS.index(config.domain)])
    return [Draw(np.random.Generator(np.random.PCG64(stream))) for stream in seeds.spawn(4)]


def _renderer(
    config: SceneConfig, scene: Scene, camera: Camera, poses: Sequence[Pose]
) -> GlRenderer | RayRenderer:
    bounds = _shadow_bounds(scene, poses)
    if config.renderer == 'gl':
        gl_context()  # says what is missing
    if config.renderer == 'gl' or (config.renderer == 'auto' and has_gl()):
        return GlRenderer(scene, camera, bounds, config.image_oversampling or 2)
    return RayRenderer(scene, camera, bounds, config.image_oversampling or 1)


def _moved_right(pose: Pose, baseline_m: float) -> Pose:
    moved = pose.copy()
    moved[:3, 3] += baseline_m * pose[:3, 0]
    return moved


def _shadow_bounds(scene: Scene, poses: Sequence[Pose]) -> tuple[Vector, Vector]:
    """The box whose points get shadows: the room, or what the cameras have before them."""
    if scene.interior is not None:
        return scene.interior
    places = np.array([pose[:2, 3] for pose in poses])
    ahead = places + SHADOW_AHEAD_M * np.array([pose[:2, 2] for pose in poses])
    points = np.concatenate([places, ahead])
    low, high = points.min(0) - SHADOW_REACH_M, points.max(0) + SHADOW_REACH_M
    return (
        (float(low[0]), float(low[1]), 0.0),
        (float(high[0]), float(high[1]), SHADOW_HEIGHT_M),
    )
