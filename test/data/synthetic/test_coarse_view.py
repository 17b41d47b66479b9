import math

import numpy as np

from depth_nodes.data.synthetic.camera_path import Gaze, pose_from_gaze
from depth_nodes.data.synthetic.coarse_view import CoarseView, COLUMNS, FAR_M, FOV_DEG, ROWS
from depth_nodes.data.synthetic.ray_caster import cast
from depth_nodes.data.synthetic.scene import box, Light, Material, placed, Scene
from depth_nodes.messages.camera import Camera

GREY = Material(pattern='noise', palette=((0.5, 0.5, 0.5),))
LIGHT = Light(
    towards_sun=(0.0, 0.0, 1.0), sun=(1, 1, 1), ambient_up=(1, 1, 1), ambient_down=(1, 1, 1)
)


def boxes(count: int) -> Scene:
    rng = np.random.default_rng(3)
    parts = []
    for _ in range(count):
        size = rng.uniform(0.1, 0.8, 3)
        at = rng.uniform(-6, 6, 3)
        parts += placed(
            [box(tuple(-size), tuple(size), GREY)], tuple(at), float(rng.uniform(0, 3))
        )
    return Scene(primitives=tuple(parts), light=LIGHT)


def same_rays() -> Camera:
    """A camera whose pixel centres are the coarse view's rays."""
    reach = math.tan(math.radians(FOV_DEG / 2))
    fx, fy = (COLUMNS - 1) / 2 / reach, (ROWS - 1) / 2 / (reach * 0.75)
    return Camera(
        width_px=COLUMNS,
        height_px=ROWS,
        fx_px=fx,
        fy_px=fy,
        cx_px=(COLUMNS - 1) / 2,
        cy_px=(ROWS - 1) / 2,
    )


def test_boxes_are_seen_as_the_ray_caster_sees_them() -> None:
    scene, camera = boxes(80), same_rays()
    view = CoarseView(scene)
    for yaw in np.linspace(0, 6, 12):
        pose = pose_from_gaze(np.array([0.0, -9.0, 0.3]), Gaze(yaw=float(yaw), pitch=0.1))
        exact = cast(scene.primitives, camera, pose)
        glance = view.look(pose)
        expected = np.where(exact.index.ravel() >= 0, exact.depth.ravel(), FAR_M)
        np.testing.assert_allclose(glance.depth, expected, rtol=1e-3)
        np.testing.assert_array_equal(glance.index, exact.index.ravel())


def test_shares_of_near_rays() -> None:
    scene = Scene(primitives=(box((1, -50, -50), (2, 50, 50), GREY),), light=LIGHT)
    glance = CoarseView(scene).look(pose_from_gaze(np.zeros(3), Gaze(yaw=0.0)))
    assert glance.near_share(0.99) == 0
    assert glance.near_share(1.01) == 1
    assert glance.num_solids == 1
    assert abs(glance.median_m - 1) < 1e-5


def test_from_inside_a_solid_all_is_near() -> None:
    scene = Scene(primitives=(box((-5, -5, -5), (5, 5, 5), GREY),), light=LIGHT)
    glance = CoarseView(scene).look(pose_from_gaze(np.zeros(3), Gaze(yaw=0.0)))
    assert glance.near_share(0.1) == 1
