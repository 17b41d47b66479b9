from gl_machine import require_gl
import numpy as np
import pytest

from depth_nodes.data.synthetic.camera_path import Gaze, pose_from_gaze
from depth_nodes.data.synthetic.gl_context import gl_context
from depth_nodes.data.synthetic.gl_draw import Parallel, Perspective
from depth_nodes.data.synthetic.gl_pattern import PatternLayers
from depth_nodes.data.synthetic.gl_table import SolidTable
from depth_nodes.data.synthetic.occlusion import light_axes
from depth_nodes.data.synthetic.ray_caster import cast
from depth_nodes.data.synthetic.scene import ellipsoid, Material
from depth_nodes.messages.camera import Camera

GREY = Material(pattern='noise', palette=((0.5, 0.5, 0.5),))
CAMERA = Camera(width_px=64, height_px=40, fx_px=50, fy_px=45, cx_px=30.0, cy_px=22.0)
POSE = pose_from_gaze(np.array([3.0, -2.0, 1.5]), Gaze(yaw=2.0, pitch=-0.3, roll=0.2))
VIEW = Perspective(camera=CAMERA, world_from_camera=POSE, oversampling=2, near_m=0.1)


def window_of(point: np.ndarray, uniforms: dict) -> np.ndarray:
    """Window coordinates 0..1 of a point relative to the eye, depth last."""
    clip = uniforms['clip_from_eye'] @ np.append(point, 1.0)
    return (clip[:3] / clip[3] + 1) / 2


def test_projection_and_rays_belong_together() -> None:
    uniforms = VIEW.uniforms()
    pixel = np.array([41.3, 17.8])  # of the finer window
    ray = uniforms['ray_start'] + uniforms['ray_x'] * pixel[0] + uniforms['ray_y'] * pixel[1]
    assert POSE[:3, 2] @ ray == pytest.approx(1)
    x, y, z = window_of(7.5 * ray, uniforms)
    np.testing.assert_allclose([x * 128, y * 80], pixel)
    first, over, _ = uniforms['depth_terms']
    assert z == pytest.approx(first + over / 7.5)


def test_the_ray_of_a_pixel_centre_is_the_cameras() -> None:
    rays = Perspective(
        camera=CAMERA, world_from_camera=POSE, oversampling=1, near_m=0.1
    ).uniforms()
    ray = rays['ray_start'] + rays['ray_x'] * 10.5 + rays['ray_y'] * 5.5
    expected = POSE[:3, :3] @ ((10 - 30.0) / 50, (5 - 22.0) / 45, 1)
    np.testing.assert_allclose(ray, expected)


def test_nothing_that_is_seen_is_left_out() -> None:
    require_gl()
    random = np.random.default_rng(1)
    places = random.uniform(-15, 15, (300, 3)).tolist()
    balls = [ellipsoid(tuple(place), (0.3, 0.4, 0.5), GREY) for place in places]
    seen = VIEW.is_seen(SolidTable(balls, PatternLayers(gl_context())))
    hit = np.unique(cast(balls, CAMERA, POSE).index)
    assert seen[hit[hit >= 0]].all()
    assert seen.mean() < 0.3


def test_parallel_rays_and_projection_belong_together() -> None:
    view = Parallel(
        axes=light_axes((0.3, 0.5, 0.8)),
        low=np.array([-3.0, -4.0, -20.0]),
        extent=np.array([10.0, 8.0, 30.0]),
        size=(100, 80),
        corner=(200, 0),
    )
    uniforms = view.uniforms()
    column, row, t = 230.5, 40.0, 12.0
    origin = (
        uniforms['ray_origin'] + uniforms['ray_origin_x'] * column + uniforms['ray_origin_y'] * row
    )
    x, y, z = window_of(origin + t * uniforms['ray_start'], uniforms)
    np.testing.assert_allclose([x * 100 + 200, y * 80], [column, row])
    assert z == pytest.approx(t * uniforms['depth_terms'][2])
