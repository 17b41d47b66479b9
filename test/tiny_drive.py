"""A car's drive between walls, rendered with exact depth and poses."""

from dataclasses import replace

import cv2
import numpy as np

from depth_nodes.data.sample import Sample
from depth_nodes.data.synthetic.ray_renderer import RayRenderer
from depth_nodes.data.synthetic.scene import box, Light, Material, Scene
from depth_nodes.messages.camera import Camera

CAMERA_HEIGHT_M = 1.5
STEP_M = 0.8
CAMERA = Camera.from_fov(192, 72, 80.0)


def tiny_drive(num_frames: int) -> list[Sample]:
    """Frames `STEP_M` apart, with `depth_m` and `world_from_camera`; the sky has depth 0."""
    light = Light(
        towards_sun=(0.3, 0.2, 0.93),
        sun=(0.0, 0.0, 0.0),
        ambient_up=(0.9, 0.9, 0.9),
        ambient_down=(0.9, 0.9, 0.9),
    )
    scene = Scene(primitives=tuple(_solids()), light=light)
    renderer = RayRenderer(scene, CAMERA, ((-5.0, -8.0, 0.0), (60.0, 8.0, 6.0)), 2)
    samples = []
    for index in range(num_frames):
        depth, linear = renderer.frame(_pose(index * STEP_M))
        image = (255 * np.clip(linear, 0, 1) ** (1 / 2.2) + 0.5).astype(np.uint8)
        samples.append(
            Sample(
                name=f'{index:06d}',
                image=image,
                camera=CAMERA,
                depth_m=depth,
                world_from_camera=_pose(index * STEP_M),
            )
        )
    return samples


def without_labels(samples: list[Sample]) -> list[Sample]:
    """The images and cameras alone."""
    return [replace(sample, depth_m=None, world_from_camera=None) for sample in samples]


def _solids():
    dark, bright = (0.1, 0.12, 0.1), (0.95, 0.9, 0.85)
    rough = Material(pattern='noise', palette=(dark, bright), scale_m=0.5, grain=0.3)
    stones = replace(rough, scale_m=0.8, offset=(7.0, 3.0))
    yield box((-10.0, -30.0, -1.0), (60.0, 30.0, 0.0), rough)
    yield box((-10.0, 6.0, 0.0), (60.0, 7.0, 3.0), stones)
    yield box((-10.0, -7.0, 0.0), (60.0, -6.0, 2.5), stones)
    yield box((12.0, 2.5, 0.0), (16.0, 4.3, 1.6), replace(stones, offset=(1.0, 9.0)))
    yield box((20.0, -4.5, 0.0), (24.0, -2.6, 1.8), replace(stones, offset=(4.0, 2.0)))


def _pose(forward_m: float) -> np.ndarray:
    """World has x forward, y left, z up; the camera has x right, y down, z forward."""
    pitched, _ = cv2.Rodrigues(np.array([-0.02, 0.0, 0.0]))
    pose = np.eye(4)
    pose[:3, :3] = np.array([[0.0, 0, 1], [-1, 0, 0], [0, -1, 0]]) @ pitched
    pose[:3, 3] = (forward_m, 0.0, CAMERA_HEIGHT_M)
    return pose
