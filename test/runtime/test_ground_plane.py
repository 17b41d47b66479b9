"""Floors, tables and walls of which the height is known."""

import math

import numpy as np
import pytest

from depth_nodes.messages.camera import Camera
from depth_nodes.runtime.ground_plane import GroundPlane, LEVEL
from depth_nodes.runtime.scale_view import ScaleView

CAMERA = Camera.from_fov(160, 120, 75.0)
HEIGHT_M = 1.2
FAR_M = 30.0


def rays():
    v, u = np.mgrid[:120, :160]
    return np.stack(
        [
            (u - CAMERA.cx_px) / CAMERA.fx_px,
            (v - CAMERA.cy_px) / CAMERA.fy_px,
            np.ones((120, 160)),
        ],
        axis=-1,
    )


def floor(down, height_m=HEIGHT_M):
    """Depth of a floor below the camera, with a wall far away behind it."""
    descent = rays() @ down
    return np.where(descent > height_m / FAR_M, height_m / np.maximum(descent, 1e-9), FAR_M)


def view(depth, scale=1.0):
    return ScaleView(
        depth_m=depth.astype(np.float32),
        camera=CAMERA,
        scale=scale,
        image=np.zeros((120, 160, 3), np.uint8),
        at_s=0.0,
    )


def pitched(pitch_deg, roll_deg=0.0):
    """Where down is for a camera that looks down by so much."""
    pitch, roll = math.radians(pitch_deg), math.radians(roll_deg)
    down = np.array([math.sin(roll), math.cos(roll) * math.cos(pitch), math.sin(pitch)])
    return down / np.linalg.norm(down)


@pytest.mark.parametrize('factor', [0.2, 1.0, 20.0])
@pytest.mark.parametrize('pitch_deg', [-5.0, 0.0, 10.0])
def test_height_of_a_level_camera(factor, pitch_deg):
    measurement = GroundPlane().measure(view(floor(pitched(pitch_deg)) / factor), HEIGHT_M)
    assert math.exp(measurement.log_scale) == pytest.approx(factor, rel=0.01)


def test_what_the_depth_was_multiplied_with_counts_too():
    measurement = GroundPlane().measure(view(floor(LEVEL), scale=3.0), HEIGHT_M)
    assert math.exp(measurement.log_scale) == pytest.approx(3.0, rel=0.01)


def test_a_camera_that_looks_down_must_be_told():
    down = pitched(40.0, roll_deg=10.0)
    assert GroundPlane().measure(view(floor(down)), HEIGHT_M) is None
    measurement = GroundPlane().measure(view(floor(down)), HEIGHT_M, down)
    assert measurement.log_scale == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize('seed', range(5))
def test_noise_and_a_third_of_outliers(seed):
    random = np.random.default_rng(seed)
    depth = floor(LEVEL) * np.exp(random.normal(0, 0.05, (120, 160)))
    is_wrong = random.random(depth.shape) < 0.3
    depth[is_wrong] *= random.uniform(0.1, 10, is_wrong.sum())
    measurement = GroundPlane().measure(view(depth), HEIGHT_M)
    assert abs(measurement.log_scale) < 3 * math.sqrt(measurement.variance)
    assert measurement.log_scale == pytest.approx(0.0, abs=0.08)


def test_the_floor_wins_against_a_table():
    depth = floor(LEVEL)
    table = floor(LEVEL, HEIGHT_M / 2)
    depth[75:110, 60:150] = table[75:110, 60:150]
    measurement = GroundPlane().measure(view(depth), HEIGHT_M)
    assert measurement.log_scale == pytest.approx(0.0, abs=0.02)


@pytest.mark.parametrize(
    'depth',
    [np.full((120, 160), 3.0), np.full((120, 160), np.inf), 4 / (1 + 0.8 * rays()[..., 0])],
    ids=['a wall', 'nothing in range', 'a slanted wall'],
)
def test_what_is_no_ground_says_nothing(depth):
    assert GroundPlane().measure(view(depth), HEIGHT_M) is None


def test_the_same_frames_give_the_same_scale():
    depth = floor(LEVEL) * np.exp(np.random.default_rng(0).normal(0, 0.1, (120, 160)))
    first, second = (GroundPlane().measure(view(depth), HEIGHT_M) for _ in range(2))
    assert first == second
