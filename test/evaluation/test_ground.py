import math

import numpy as np
import pytest

from depth_nodes.evaluation.ground import ground_line, height_share
from depth_nodes.messages.camera import Camera

CAMERA = Camera.from_fov(160, 120, 70.0)
ROWS, COLUMNS = np.mgrid[:120, :160].astype(np.float64)


def plane_depth(camera_height_m: float, pitch_deg: float = 0.0) -> np.ndarray:
    """Depth [m] of flat ground by a camera that looks down by an angle; infinite in the sky."""
    pitch = math.radians(pitch_deg)
    ray_y = (ROWS - CAMERA.cy_px) / CAMERA.fy_px
    inverse = (ray_y * math.cos(pitch) + math.sin(pitch)) / camera_height_m
    return np.where(inverse > 0, 1 / np.where(inverse > 0, inverse, 1), np.inf)


@pytest.mark.parametrize(('height', 'pitch'), [(1.65, 0), (0.3, 0), (1.2, 25), (0.5, -8)])
def test_the_ground_is_found_at_any_height_and_pitch(height, pitch):
    depth = plane_depth(height, pitch)
    line = ground_line(depth)
    slope = math.cos(math.radians(pitch)) / height / CAMERA.fy_px
    assert line.slope == pytest.approx(slope, rel=1e-6)
    share = height_share(depth, line)[depth < 1e3]
    assert share == pytest.approx(0, abs=1e-6)
    assert height_share(plane_depth(height / 2, pitch), line)[-1] == pytest.approx(0.5)


def test_what_stands_on_the_ground_and_noise_leave_it_where_it_is():
    rng = np.random.default_rng(0)
    depth = plane_depth(1.0)
    depth[:, 30:100] = np.minimum(depth[:, 30:100], 2.0)
    depth *= rng.normal(1, 0.01, depth.shape)
    assert ground_line(depth).slope == pytest.approx(1 / CAMERA.fy_px, rel=0.03)


def test_sparse_truth_suffices():
    rng = np.random.default_rng(0)
    depth = np.where(rng.random(ROWS.shape) < 0.05, plane_depth(1.65), np.inf)
    assert ground_line(depth).slope == pytest.approx(1 / 1.65 / CAMERA.fy_px, rel=0.02)


@pytest.mark.parametrize('pitch_deg', [-20, 0, 20])
def test_a_wall_is_no_ground(pitch_deg):
    pitch = math.radians(pitch_deg)
    ray_y = (ROWS - CAMERA.cy_px) / CAMERA.fy_px
    assert ground_line(2 / (math.cos(pitch) - ray_y * math.sin(pitch))) is None


def test_no_truth_and_random_truth_are_no_ground():
    assert ground_line(np.full((120, 160), np.inf)) is None
    rng = np.random.default_rng(0)
    assert ground_line(np.repeat(rng.uniform(1, 20, (120, 1)), 160, axis=1)) is None
