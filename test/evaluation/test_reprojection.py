from dataclasses import replace
import math

import numpy as np
import pytest

from depth_nodes.evaluation.reprojection import grid_camera, reprojected, same_pixels, View
from depth_nodes.messages.camera import Camera

CAMERA = Camera.from_fov(60, 40, 60.0)


def pose(x: float = 0.0, z: float = 0.0, yaw_deg: float = 0.0) -> np.ndarray:
    """world_from_camera of a camera that was turned to the right and then moved."""
    cos, sin = math.cos(math.radians(yaw_deg)), math.sin(math.radians(yaw_deg))
    return np.array([[cos, 0, sin, x], [0, 1, 0, 0], [-sin, 0, cos, z], [0, 0, 0, 1.0]])


def wall(world_from_camera: np.ndarray, distance_m: float = 5.0) -> View:
    """A wall across the world's z axis."""
    rows, columns = np.mgrid[:40, :60]
    rays = np.linalg.inv(CAMERA.matrix) @ np.stack([columns, rows, np.ones_like(rows)]).reshape(
        3, -1
    )
    depth = (distance_m - world_from_camera[2, 3]) / (world_from_camera[:3, :3] @ rays)[2]
    truth = depth.reshape(40, 60).astype(np.float32)
    return View(truth_m=truth, camera=CAMERA, world_from_camera=world_from_camera)


def test_without_motion_every_pixel_is_itself():
    view = wall(pose())
    pair = reprojected(view, view)
    assert pair.share == 1
    assert (pair.last == pair.current).all()
    assert len(pair.last) == 40 * 60


def test_a_step_to_the_right_moves_the_image_to_the_left():
    shift_px = 4
    step_m = shift_px * 5.0 / CAMERA.fx_px
    pair = reprojected(wall(pose()), wall(pose(x=step_m)))
    (rows, columns), (now_rows, now_columns) = (
        np.divmod(indices, 60) for indices in (pair.last, pair.current)
    )
    assert (rows == now_rows).all()
    assert (columns - shift_px == now_columns).all()
    assert len(columns) == 40 * (60 - shift_px)
    assert pair.share == 1


@pytest.mark.parametrize('moved', [pose(z=1.0), pose(yaw_deg=10.0), pose(0.3, -0.5, -6.0)])
def test_points_of_a_rigid_world_find_themselves(moved):
    """The depth at the pixel that a point falls into is that of the point, to half a pixel."""
    last, current = wall(pose()), wall(moved)
    pair = reprojected(last, current)
    assert pair.share > 0.99
    camera_from_world = np.linalg.inv(moved)
    for index, target in zip(pair.last[::97], pair.current[::97], strict=True):
        row, column = divmod(int(index), 60)
        depth = float(last.truth_m[row, column])
        point = depth * np.linalg.inv(CAMERA.matrix) @ [column, row, 1]
        x, y, z = CAMERA.matrix @ (camera_from_world[:3, :3] @ point + camera_from_world[:3, 3])
        assert divmod(int(target), 60) == (round(y / z), round(x / z))
        assert current.truth_m.flat[target] == pytest.approx(z, rel=0.02)


def test_what_moved_or_is_hidden_is_left_out():
    last, current = wall(pose()), wall(pose())
    current.truth_m[:, :15] = 2.0
    pair = reprojected(last, current)
    assert pair.share == 0.75
    assert (pair.current % 60 >= 15).all()


def test_unknown_truth_does_not_count():
    last, current = wall(pose()), wall(pose())
    last.truth_m[:10] = 0
    current.truth_m[:, :30] = 0
    pair = reprojected(last, current)
    assert (len(pair.last), pair.share) == (30 * 30, 1)
    current.truth_m[:] = 0
    assert reprojected(last, current) is None


def test_without_poses_or_camera_nothing_is_reprojected():
    view = wall(pose())
    for lacking in ({'camera': None}, {'world_from_camera': None}):
        assert reprojected(replace(view, **lacking), view) is None
        assert reprojected(view, replace(view, **lacking)) is None


def test_what_is_behind_the_camera_is_not_seen():
    assert reprojected(wall(pose()), replace(wall(pose()), world_from_camera=pose(z=9))) is None


def test_pixels_whose_truth_stays_are_the_same():
    last = View(truth_m=np.array([[1, 2, 3], [0, 5, 6]], np.float32))
    current = View(truth_m=np.array([[1.005, 2.1, 3], [4, 0, 5.99]], np.float32))
    pair = same_pixels(last, current)
    assert pair.last.tolist() == pair.current.tolist() == [0, 2, 5]
    assert pair.share == 3 / 4


def test_frames_of_other_sizes_or_without_common_truth_have_no_same_pixels():
    view = View(truth_m=np.ones((2, 3), np.float32))
    assert same_pixels(view, View(truth_m=np.ones((2, 4), np.float32))) is None
    assert same_pixels(view, View(truth_m=np.zeros((2, 3), np.float32))) is None


def test_the_grid_has_every_kth_pixel():
    camera = grid_camera(CAMERA, (40, 60), 2)
    point = np.array([0.3, -0.2, 2.0])
    u, v, w = CAMERA.matrix @ point
    expected = np.array([u, v]) / w / 2
    found = camera.matrix @ point
    assert found[:2] / found[2] == pytest.approx(expected)
    assert (camera.height_px, camera.width_px) == (20, 30)


def test_a_depth_image_of_another_size_has_the_resized_camera():
    assert grid_camera(CAMERA, (20, 30), 1) == CAMERA.resized(30, 20)
