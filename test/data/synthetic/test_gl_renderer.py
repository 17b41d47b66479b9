from dataclasses import replace
import functools

from gl_machine import require_gl
import numpy as np
import pytest

from depth_nodes.data.synthetic.camera_path import Gaze, pose_from_gaze
from depth_nodes.data.synthetic.gl_renderer import GlRenderer
from depth_nodes.data.synthetic.ray_caster import cast
from depth_nodes.data.synthetic.scene import (
    box,
    Colour,
    Lamp,
    Light,
    Material,
    Primitive,
    rod,
    Scene,
    SHAPES,
    Sky,
)
from depth_nodes.messages.camera import Camera

CAMERA = Camera.from_fov(320, 192, 80.0)
POSE = pose_from_gaze(np.array([0.3, -0.2, 1.5]), Gaze(yaw=0.05, pitch=-0.1, roll=0.05))
CLOUDED = Sky()
BOUNDS = ((-10.0, -25.0, 0.0), (60.0, 25.0, 8.0))
NOON = Light(
    towards_sun=(0.0, 0.0, 1.0),
    sun=(1.5, 1.5, 1.5),
    ambient_up=(0.4, 0.4, 0.4),
    ambient_down=(0.2, 0.2, 0.2),
)


@pytest.fixture(autouse=True)
def _gl():
    require_gl()


def plain(colour: Colour = (0.7, 0.7, 0.7), **changes: float) -> Material:
    return Material(pattern='noise', palette=(colour, colour), grain=0.0, **changes)


def ground(material: Material | None = None) -> Primitive:
    slab = box((-900, -900, -1), (900, 900, 0), material or plain())
    return replace(slab, casts_shadow=False)


def rendered(
    primitives: list[Primitive],
    light: Light = NOON,
    pose: np.ndarray = POSE,
    sky: Sky = CLOUDED,
    camera: Camera = CAMERA,
) -> tuple[np.ndarray, np.ndarray]:
    scene = Scene(primitives=tuple(primitives), light=light, sky=sky)
    renderer = GlRenderer(scene, camera, BOUNDS, oversampling=2)
    try:
        return renderer.frame(pose)
    finally:
        renderer.release()


def rotation(random: np.random.Generator) -> np.ndarray:
    turn = np.linalg.qr(random.normal(size=(3, 3)))[0]
    return turn * np.sign(np.linalg.det(turn))


def tumbled(shape: str, cutout: float, count: int = 40) -> list[Primitive]:
    """Solids of one shape before the camera, turned in every way, some sunk into the ground."""
    random = np.random.default_rng(SHAPES.index(shape))
    solids = []
    for _ in range(count):
        taper, shear = random.uniform(0, 1, 2), random.uniform(-1, 1, 2)
        form = {'taper': tuple(taper.tolist()), 'shear': tuple((shear * (1 - taper)).tolist())}
        solids.append(
            Primitive(
                shape=shape,
                centre=tuple(random.uniform((3, -9, 0.2), (30, 9, 4)).tolist()),
                half_size=tuple(random.uniform(0.05, 1.2, 3).tolist()),
                material=plain(),
                world_from_object=rotation(random),
                cutout=cutout,
                **(form if shape == 'frustum' else {}),
            )
        )
    return solids


def off_silhouettes(index: np.ndarray) -> np.ndarray:
    """Where all eight neighbours show the same primitive."""
    padded = np.pad(index, 1, mode='edge')
    height, width = index.shape
    shifted = [padded[y : y + height, x : x + width] for y in range(3) for x in range(3)]
    return np.all([values == index for values in shifted], 0)


def assert_exact(primitives: list[Primitive], pose: np.ndarray = POSE) -> None:
    """Depth of the ray caster: to 1e-4 off silhouettes, and nearly everywhere on them."""
    depth, _ = rendered(primitives, pose=pose)
    hits = cast(primitives, CAMERA, pose)
    expected = np.where(hits.index >= 0, hits.depth, 0)
    inner = off_silhouettes(hits.index)
    assert inner.mean() > 0.5
    np.testing.assert_allclose(depth[inner], expected[inner], rtol=1e-4)
    assert np.mean(~np.isclose(depth, expected, rtol=1e-4)) < 2e-3


@pytest.mark.parametrize('shape', SHAPES)
def test_depth_is_the_ray_casters(shape: str) -> None:
    assert_exact([ground(), *tumbled(shape, 0.0)])


@pytest.mark.parametrize('shape', ['box', 'cylinder', 'ellipsoid'])
def test_depth_through_perforated_shells_is_the_ray_casters(shape: str) -> None:
    leafy = [ground(), *tumbled(shape, 0.5)]
    hits = cast(leafy, CAMERA, POSE)
    depth, _ = rendered(leafy)
    expected = np.where(hits.index >= 0, hits.depth, 0)
    # Scraps of a shell are smaller than a pixel: every pixel there is a silhouette.
    assert np.mean(np.isclose(depth, expected, rtol=1e-4)) > 0.998
    assert np.unique(hits.index).size > 20


def test_depth_of_thin_rods_is_the_ray_casters() -> None:
    random = np.random.default_rng(8)
    ends = random.uniform((3, -6, 0), (25, 6, 5), (60, 2, 3))
    radii = random.uniform(0.004, 0.05, 60).tolist()
    rods = [
        rod(tuple(one), tuple(two), radius, plain())
        for (one, two), radius in zip(ends, radii, strict=True)
    ]
    assert_exact([ground(), *rods])


def test_depth_far_from_the_origin_is_the_ray_casters() -> None:
    """Float32 holds 300 m only to 3e-5 m; the tables are seen from the eye instead."""
    far = np.array([300.0, -200.0, 0.0])
    pose = POSE.copy()
    pose[:3, 3] += far
    moved = [
        replace(solid, centre=tuple((np.array(solid.centre) + far).tolist()))
        for solid in tumbled('box', 0.0)
    ]
    assert_exact([ground(), *moved], pose=pose)


def test_depth_is_embrees() -> None:
    scene_module = pytest.importorskip(
        'embreex.rtcore_scene', reason='Embree, the second oracle, is not installed (embreex)'
    )
    mesh_module = pytest.importorskip('embreex.mesh_construction')
    solids = tumbled('box', 0.0)
    signs = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    triangles = []
    for solid in solids:
        corners = (signs * solid.half_size) @ solid.world_from_object.T + solid.centre
        for a, b, c, d in faces:
            triangles += [corners[[a, b, c]], corners[[a, c, d]]]
    scene = scene_module.EmbreeScene()
    mesh_module.TriangleMesh(scene, np.array(triangles, np.float32))
    v, u = np.mgrid[: CAMERA.height_px, : CAMERA.width_px].astype(float)
    rays = np.stack(
        [
            (u - CAMERA.cx_px) / CAMERA.fx_px,
            (v - CAMERA.cy_px) / CAMERA.fy_px,
            np.ones_like(u),
        ],
        -1,
    ).reshape(-1, 3)
    origins = np.tile(POSE[:3, 3], (len(rays), 1)).astype(np.float32)
    hits = scene.run(origins, (rays @ POSE[:3, :3].T).astype(np.float32), output=True)
    index = hits['primID'].reshape(u.shape) // 12
    index[hits['primID'].reshape(u.shape) < 0] = -1
    expected = np.where(index >= 0, hits['tfar'].reshape(u.shape), 0)
    depth, _ = rendered(solids)
    inner = off_silhouettes(index) & (index >= 0)
    assert inner.sum() > 5000
    np.testing.assert_allclose(depth[inner], expected[inner], rtol=1e-4)


def test_the_sky_has_no_depth_and_its_own_colours() -> None:
    upward = pose_from_gaze(np.array([0.0, 0.0, 2.0]), Gaze(yaw=0.0, pitch=1.2))
    sky = Sky(horizon=(0.1, 0.2, 0.3), zenith=(0.1, 0.2, 0.3), cloud_cover=0.0)
    depth, light = rendered([ground()], pose=upward, sky=sky, light=replace(NOON, sun=(0, 0, 0)))
    assert (depth == 0).all()
    np.testing.assert_allclose(light, np.broadcast_to((0.1, 0.2, 0.3), light.shape), rtol=2e-3)


def test_light_of_open_ground_is_ambient_and_sun() -> None:
    _, light = rendered([ground()], sky=Sky(haze_m=1e9))
    reflectance = 0.7**2.2
    np.testing.assert_allclose(light[-20:], reflectance * (0.4 + 1.5), rtol=0.03)


def test_a_roof_throws_its_shadow_straight_down_at_noon() -> None:
    roof = box((4, -1, 2), (6, 1, 2.1), plain())
    depth, light = rendered([ground(), roof])
    camera, pose = CAMERA, POSE
    for place, is_lit in (((5.0, 0.0), False), ((5.0, 2.0), True), ((7.5, 0.0), True)):
        x, y, z = pose[:3, :3].T @ (np.array([*place, 0.0]) - pose[:3, 3])
        column, row = round(x / z * camera.fx_px + camera.cx_px), round(y / z * camera.fy_px)
        row = round(row + camera.cy_px)
        assert depth[row, column] == pytest.approx(z, rel=0.05)
        assert (light[row, column, 1] > 0.5) == is_lit


def test_lamps_and_head_lights_shine_at_night() -> None:
    night = replace(NOON, sun=(0, 0, 0), ambient_up=(0, 0, 0), ambient_down=(0, 0, 0))
    _, dark = rendered([ground()], light=night)
    assert dark[-1, 160].max() < 1e-3
    red = Lamp((3.0, 0.0, 2.0), 2.0, colour=(1.0, 0.0, 0.0), reach_m=4.0)
    _, lit = rendered([ground()], light=replace(night, lamps=(red,)))
    assert lit[-1, 160, 0] > 0.2
    assert lit[-1, 160, 1] < 1e-3
    _, driven = rendered([ground()], light=replace(night, head_light=2.0))
    assert driven[120, 160, 0] > 0.01


def test_glossy_ground_mirrors_a_wall_and_dull_ground_does_not() -> None:
    night = replace(NOON, sun=(0, 0, 0), ambient_up=(0, 0, 0), ambient_down=(0, 0, 0))
    board = box((8, -6, 0.5), (8.1, 6, 3), plain((0.1, 0.9, 0.1), emission=1.0))
    dull, glossy = (
        rendered([ground(plain(gloss=gloss)), board], light=night, sky=Sky(haze_m=1e9))[1]
        for gloss in (0.0, 0.6)
    )
    assert dull[140:, :, 1].max() < 1e-3
    assert np.quantile(glossy[110:150, 100:220, 1], 0.9) > 0.02


def test_haze_takes_the_horizons_colour_with_distance() -> None:
    sky = Sky(horizon=(0.9, 0.1, 0.1), haze_m=10.0)
    depth, light = rendered([ground()], sky=sky)
    far = (depth > 60) & (depth < 200)
    np.testing.assert_allclose(
        light[far], np.broadcast_to((0.9, 0.1, 0.1), light[far].shape), atol=0.02
    )


def test_emission_is_seen_in_the_dark() -> None:
    night = replace(NOON, sun=(0, 0, 0), ambient_up=(0, 0, 0), ambient_down=(0, 0, 0))
    screen = box((3, -2, 0), (3.2, 2, 3), plain((1.0, 1.0, 1.0), emission=1.0))
    _, light = rendered([screen], light=night, sky=Sky(haze_m=1e9))
    assert light[96, 160, 0] == pytest.approx(1.6, rel=0.01)


def test_a_frame_does_not_depend_on_the_frames_before() -> None:
    other = pose_from_gaze(np.array([3.0, 1.0, 1.0]), Gaze(yaw=1.0))
    scene = Scene(primitives=(ground(), *tumbled('frustum', 0.0)), light=NOON)
    renderer = GlRenderer(scene, CAMERA, BOUNDS, oversampling=2)
    first = renderer.frame(POSE)
    renderer.frame(other)
    again = renderer.frame(POSE)
    renderer.release()
    for one, two in zip(first, again, strict=True):
        assert one.tobytes() == two.tobytes()


@functools.cache
def checkered(oversampling: int) -> np.ndarray:
    board = Material(pattern='checker', palette=((0, 0, 0), (1, 1, 1)), scale_m=0.05, grain=0.0)
    scene = Scene(primitives=(ground(board),), light=NOON)
    renderer = GlRenderer(scene, CAMERA, BOUNDS, oversampling=oversampling)
    try:
        return renderer.frame(POSE)[1]
    finally:
        renderer.release()


def test_the_picture_is_the_mean_of_its_samples() -> None:
    """Finer sampling changes the contrast of single pixels, not the mean."""
    coarse, fine = checkered(1)[100:], checkered(3)[100:]
    assert coarse.mean() == pytest.approx(fine.mean(), rel=0.02)
    assert np.abs(coarse - fine).max() > 0.05
