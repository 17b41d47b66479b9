import math

import numpy as np
import pytest

from depth_nodes.data.synthetic.camera_path import Gaze, pose_from_gaze
from depth_nodes.data.synthetic.ray_caster import cast, frustum_sides
from depth_nodes.data.synthetic.scene import (
    box,
    cylinder,
    ellipsoid,
    frustum,
    Material,
    placed,
    Primitive,
)
from depth_nodes.messages.camera import Camera

CAMERA = Camera.from_fov(97, 65, 80.0)
GREY = Material(pattern='noise', palette=((0.5, 0.5, 0.5), (0.6, 0.6, 0.6)))
POSE = pose_from_gaze(np.array([0.3, -0.2, 1.5]), Gaze(yaw=0.2, pitch=-0.15, roll=0.1))


def world_rays(pose: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Origin and directions in float64, each of length 1 along the optical axis."""
    v, u = np.mgrid[: CAMERA.height_px, : CAMERA.width_px].astype(float)
    rays = np.stack(
        [
            (u - CAMERA.cx_px) / CAMERA.fx_px,
            (v - CAMERA.cy_px) / CAMERA.fy_px,
            np.ones_like(u),
        ],
        -1,
    )
    return pose[:3, 3], rays @ pose[:3, :3].T


def first_root(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Smaller solution of a t^2 + 2 b t + c = 0; NaN where there is none."""
    with np.errstate(invalid='ignore'):
        return (-b - np.sqrt(b * b - a * c)) / a


def assert_exact(depth: np.ndarray, expected: np.ndarray, min_pixels: int) -> None:
    """Hits agree to 1e-5, apart from pixels within rounding of the outline."""
    is_hit, is_expected = np.isfinite(depth), np.isfinite(expected)
    assert np.count_nonzero(is_hit) >= min_pixels
    assert np.count_nonzero(is_hit != is_expected) <= 2
    both = is_hit & is_expected
    np.testing.assert_allclose(depth[both], expected[both], rtol=1e-5)


def test_ground_depth_is_height_over_fall() -> None:
    hits = cast([box((-900, -900, -1), (900, 900, 0), GREY)], CAMERA, POSE)
    origin, direction = world_rays(POSE)
    with np.errstate(divide='ignore'):
        expected = -origin[2] / direction[..., 2]
    point = origin + expected[..., None] * direction
    is_on_slab = (expected > 0) & (np.abs(point[..., :2]) < 900).all(-1)
    assert_exact(hits.depth, np.where(is_on_slab, expected, np.nan), 1000)


@pytest.mark.parametrize('distance', [0.4, 3.0, 60.0])
def test_wall_in_front_has_constant_depth(distance: float) -> None:
    pose = pose_from_gaze(np.zeros(3), Gaze(yaw=0.0))
    hits = cast([box((distance, -1e3, -1e3), (distance + 1, 1e3, 1e3), GREY)], CAMERA, pose)
    np.testing.assert_allclose(hits.depth, distance, rtol=1e-6)
    assert (hits.index == 0).all()


def test_turned_box_matches_its_planes() -> None:
    yaw = 0.7
    solid = placed([box((-0.6, -0.4, 0), (0.6, 0.4, 1.8), GREY)], (4.0, 0.5, 0.2), yaw)
    hits = cast(solid, CAMERA, POSE)
    origin, direction = world_rays(POSE)
    cos, sin = math.cos(yaw), math.sin(yaw)
    turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    local_origin = (origin - (4.0, 0.5, 1.1)) @ turn
    local = direction @ turn
    half = np.array([0.6, 0.4, 0.9])
    one, two = (-half - local_origin) / local, (half - local_origin) / local
    enter, leave = np.minimum(one, two).max(-1), np.maximum(one, two).min(-1)
    assert_exact(hits.depth, np.where((enter < leave) & (enter > 0), enter, np.nan), 300)


def test_sphere_matches_the_quadratic() -> None:
    centre, radius = np.array([30.0, 4.0, 2.0]), 3.0
    hits = cast([ellipsoid((30.0, 4.0, 2.0), (radius,) * 3, GREY)], CAMERA, POSE)
    origin, d = world_rays(POSE)
    o = origin - centre
    expected = first_root((d * d).sum(-1), d @ o, np.full(d.shape[:2], o @ o - radius**2))
    assert_exact(hits.depth, expected, 50)


def test_cylinder_matches_the_quadratic_and_its_lid() -> None:
    hits = cast([cylinder((3.0, 0.4, 0.0), 0.5, 1.2, GREY)], CAMERA, POSE)
    origin, d = world_rays(POSE)
    o = origin - (3.0, 0.4, 0.0)
    flat = d[..., :2]
    side = first_root(
        (flat * flat).sum(-1), flat @ o[:2], np.full(d.shape[:2], o[:2] @ o[:2] - 0.25)
    )
    z = o[2] + side * d[..., 2]
    lid = (1.2 - o[2]) / d[..., 2]
    on_lid = np.hypot(*np.moveaxis(o[:2] + lid[..., None] * flat, -1, 0)) < 0.5
    expected = np.where(on_lid & (lid > 0), lid, np.where((z > 0) & (z < 1.2), side, np.nan))
    assert np.count_nonzero(on_lid & (lid > 0)) > 20
    assert_exact(hits.depth, expected, 200)


def test_roof_matches_its_two_slopes() -> None:
    roof = frustum((6.0, 0.5, 0.0), (2.0, 1.5, 1.0), GREY, taper=(0.0, 1.0))
    hits = cast([roof], CAMERA, POSE)
    origin, d = world_rays(POSE)
    # The slope that faces the camera rises from x = 4, z = 0 to x = 6, z = 2.
    slope = (4.0 - origin[0] + origin[2]) / (d[..., 0] - d[..., 2])
    point = origin + slope[..., None] * d
    on_slope = (slope > 0) & (point[..., 2] > 0) & (point[..., 2] < 2)
    on_slope &= np.abs(point[..., 1] - 0.5) < 1.5
    is_hit = np.isfinite(hits.depth)
    assert np.count_nonzero(on_slope) > 200
    assert np.count_nonzero(on_slope & ~is_hit) <= 2
    np.testing.assert_allclose(hits.depth[on_slope & is_hit], slope[on_slope & is_hit], rtol=1e-5)


def test_frustum_of_full_taper_is_its_box() -> None:
    leaning = placed(
        [frustum((4.0, 0.0, 0.3), (0.6, 0.5, 0.9), GREY, taper=(1, 1))], (0, 0, 0), 0.4
    )
    solid = placed([box((3.4, -0.5, 0.3), (4.6, 0.5, 2.1), GREY)], (0, 0, 0), 0.4)
    one, two = cast(leaning, CAMERA, POSE), cast(solid, CAMERA, POSE)
    assert np.count_nonzero(one.index != two.index) <= 2
    both = (one.index == 0) & (two.index == 0)
    np.testing.assert_allclose(one.depth[both], two.depth[both], rtol=1e-5)


def test_sides_of_a_sheared_frustum_pass_through_its_corners() -> None:
    solid = frustum((0, 0, -1), (2.0, 3.0, 1.0), GREY, taper=(0.5, 0.2), shear=(0.4, -0.3))
    normals, offsets = frustum_sides(solid)
    for x in (-1, 1):
        for y in (-1, 1):
            base = np.array([2.0 * x, 3.0 * y, -1.0])
            top = np.array([2.0 * (0.5 * x + 0.4), 3.0 * (0.2 * y - 0.3), 1.0])
            for corner in (base, top):
                inside = offsets - normals @ corner
                assert inside.min() > -1e-9
                touched = [(x + 1) // 2, 2 + (y + 1) // 2]
                np.testing.assert_allclose(inside[touched], 0, atol=1e-9)


def test_nearer_solid_hides_the_farther() -> None:
    pose = pose_from_gaze(np.zeros(3), Gaze(yaw=0.0))
    far, near = (box((x, -1e3, -1e3), (x + 1, 1e3, 1e3), GREY) for x in (5.0, 2.0))
    for order in ([far, near], [near, far]):
        hits = cast(order, CAMERA, pose)
        assert (hits.index == order.index(near)).all()
        np.testing.assert_allclose(hits.depth, 2.0, rtol=1e-6)


def test_solids_behind_the_camera_are_not_seen() -> None:
    pose = pose_from_gaze(np.zeros(3), Gaze(yaw=0.0))
    hits = cast([ellipsoid((-3.0, 0.0, 0.0), (1.0, 1.0, 1.0), GREY)], CAMERA, pose)
    assert np.isinf(hits.depth).all()
    assert (hits.index == -1).all()


def test_windows_do_not_cut_solids() -> None:
    """A solid beside and behind the camera keeps every pixel that the full image test finds."""
    solids = placed([box((-6, 0.4, -1), (8, 0.9, 3), GREY)], (0.0, 0.0, 0.0), 0.1)
    beside = cast(solids, CAMERA, POSE)
    columns = np.isfinite(beside.depth).any(0)
    origin, direction = world_rays(POSE)
    turn = solids[0].world_from_object
    local_origin = (origin - np.array(solids[0].centre)) @ turn
    local = direction @ turn
    half = np.array(solids[0].half_size)
    one, two = (-half - local_origin) / local, (half - local_origin) / local
    enter, leave = np.minimum(one, two).max(-1), np.maximum(one, two).min(-1)
    expected = np.where((enter < leave) & (enter > 0), enter, np.nan)
    assert 0 < np.count_nonzero(columns) < CAMERA.width_px
    assert_exact(beside.depth, expected, 300)


def test_perforated_shell_shows_what_lies_behind() -> None:
    pose = pose_from_gaze(np.zeros(3), Gaze(yaw=0.0))
    wall = box((9, -1e3, -1e3), (10, 1e3, 1e3), GREY)
    leafy = Primitive(
        shape='ellipsoid',
        centre=(4.0, 0.0, 0.0),
        half_size=(1.5, 1.5, 1.5),
        material=GREY,
        cutout=0.4,
    )
    whole = ellipsoid((4.0, 0.0, 0.0), (1.5, 1.5, 1.5), GREY)
    outline = cast([wall, whole], CAMERA, pose)
    hits = cast([wall, leafy], CAMERA, pose)
    share = np.count_nonzero(hits.index == 1) / np.count_nonzero(outline.index == 1)
    assert 0.2 < share < 0.8
    kept = hits.index == 1
    np.testing.assert_array_equal(hits.depth[kept], outline.depth[kept])
    np.testing.assert_allclose(hits.depth[~kept], 9.0, rtol=1e-6)
