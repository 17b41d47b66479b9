from dataclasses import replace
import functools

import cv2
import numpy as np
import pytest

from depth_nodes.data.sample import Sample
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.ray_caster import cast
from depth_nodes.data.synthetic.render import build_scene, render_sequence
from depth_nodes.data.synthetic.scene import DOMAINS, SceneConfig
from depth_nodes.errors import ConfigError
from depth_nodes.messages.camera import Camera


@functools.cache
def rendered(domain: str, seed: int, is_scattered: bool = False) -> tuple[Sample, ...]:
    config = SceneConfig(
        domain=domain,
        seed=seed,
        num_frames=3,
        height_px=96,
        width_px=160,
        is_scattered=is_scattered,
    )
    return tuple(render_sequence(config))


def back_projected(camera: Camera, depth: np.ndarray, pose: np.ndarray) -> np.ndarray:
    """World points of all pixels, height x width x 3."""
    v, u = np.mgrid[: camera.height_px, : camera.width_px]
    rays = np.stack(
        [
            (u - camera.cx_px) / camera.fx_px,
            (v - camera.cy_px) / camera.fy_px,
            np.ones(u.shape),
        ],
        -1,
    )
    with np.errstate(invalid='ignore'):
        return (rays * depth[..., None]) @ pose[:3, :3].T + pose[:3, 3]


def world_points(sample: Sample) -> np.ndarray:
    """World points of all pixels; the sky comes out at the camera."""
    return back_projected(sample.camera, sample.depth_m, sample.world_from_camera)


@pytest.mark.parametrize('domain', DOMAINS)
def test_same_seed_same_bytes_and_other_seed_other_picture(domain: str) -> None:
    config = SceneConfig(domain=domain, seed=3, num_frames=2, height_px=48, width_px=64)
    first, second = list(render_sequence(config)), list(render_sequence(config))
    for one, two in zip(first, second, strict=True):
        assert one.image.tobytes() == two.image.tobytes()
        assert one.depth_m.tobytes() == two.depth_m.tobytes()
        assert one.world_from_camera.tobytes() == two.world_from_camera.tobytes()
    other = next(render_sequence(replace(config, seed=4)))
    assert np.mean(other.image != first[0].image) > 0.5
    assert np.mean(other.depth_m != first[0].depth_m) > 0.5


@pytest.mark.parametrize('domain', DOMAINS)
def test_samples_are_complete(domain: str) -> None:
    for i, sample in enumerate(rendered(domain, 0)):
        assert sample.name == f'{i:06d}'
        assert sample.stamp_ns == i * 100_000_000
        assert sample.image.shape == (96, 160, 3)
        assert sample.depth_m.dtype == np.float32
        turn = sample.world_from_camera[:3, :3]
        np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(turn) == pytest.approx(1)


def test_given_field_of_view_is_used_and_else_drawn() -> None:
    config = SceneConfig(domain='room', seed=0, num_frames=1, height_px=48, width_px=64)
    wide = next(render_sequence(replace(config, fov_deg=90.0)))
    assert wide.camera.fx_px == pytest.approx(32)
    focals = {next(render_sequence(replace(config, seed=seed))).camera.fx_px for seed in range(4)}
    assert len(focals) == 4
    assert all(
        32 / np.tan(np.radians(50)) < focal < 32 / np.tan(np.radians(25)) for focal in focals
    )


@pytest.mark.parametrize('seed', range(3))
@pytest.mark.parametrize('is_scattered', [False, True])
def test_room_is_a_closed_box_around_the_camera(seed: int, is_scattered: bool) -> None:
    for sample in rendered('room', seed, is_scattered):
        assert (sample.depth_m > 0.1).all()
        assert sample.depth_m.max() < 25
        heights = world_points(sample)[..., 2]
        assert heights.min() > -1e-3
        assert heights.max() < 3.3
        assert 0.2 < sample.world_from_camera[2, 3] < 2.9


@pytest.mark.parametrize('is_scattered', [False, True])
def test_street_reaches_far_and_its_sky_is_unknown(is_scattered: bool) -> None:
    farthest, sky = 0.0, 0
    for seed in range(2):
        for sample in rendered('street', seed, is_scattered):
            is_sky = sample.depth_m == 0
            assert (sample.depth_m[~is_sky] > 0.1).all()
            # The ground ends 1.5 km away, a little below the true horizon.
            rises = world_points(replace(sample, depth_m=np.ones_like(sample.depth_m)))[..., 2]
            assert (rises[is_sky] >= sample.world_from_camera[2, 3] - 4e-3).all()
            farthest, sky = max(farthest, sample.depth_m.max()), sky + is_sky.sum()
    assert farthest > 30
    assert sky > 1000


@pytest.mark.parametrize('domain', DOMAINS)
def test_floor_and_road_lie_at_height_zero(domain: str) -> None:
    camera = Camera.from_fov(160, 96, 70.0)
    for seed in range(3):
        config = SceneConfig(domain=domain, seed=seed, num_frames=2, height_px=96, width_px=160)
        draws = [Draw(np.random.Generator(np.random.PCG64([seed, i]))) for i in range(2)]
        scene, poses = build_scene(config, *draws)
        # Builders start with the floor or the road.
        assert scene.primitives[0].centre[2] + scene.primitives[0].half_size[2] == 0
        hits = cast(scene.primitives, camera, poses[0])
        is_near_floor = (hits.index == 0) & (hits.depth < 40)
        points = back_projected(camera, hits.depth, poses[0])[is_near_floor]
        assert len(points) > 100
        assert np.abs(points[:, 2]).max() < 1e-4


@pytest.mark.parametrize('domain', DOMAINS)
def test_frames_agree_under_reprojection(domain: str) -> None:
    """Depth of one frame, moved into the next one, is the depth (and colour) found there."""
    errors, colours = [], []
    for seed in range(2):
        first, _, last = rendered(domain, seed)
        points = world_points(first)[first.depth_m > 0]
        inverse = np.linalg.inv(last.world_from_camera)
        moved = points @ inverse[:3, :3].T + inverse[:3, 3]
        is_ahead = moved[:, 2] > 0.1
        moved = moved[is_ahead]
        camera = last.camera
        u = (moved[:, 0] / moved[:, 2] * camera.fx_px + camera.cx_px).astype(np.float32)
        v = (moved[:, 1] / moved[:, 2] * camera.fy_px + camera.cy_px).astype(np.float32)
        inside = (u > 0) & (u < camera.width_px - 1) & (v > 0) & (v < camera.height_px - 1)
        # Planes are affine in inverse depth, which makes the interpolation exact on them.
        inverse_depth = 1 / np.where(last.depth_m > 0, last.depth_m, np.inf).astype(np.float32)
        found = cv2.remap(inverse_depth, u[None], v[None], cv2.INTER_LINEAR)[0][inside]
        relative = np.abs(found * moved[inside, 2] - 1)
        is_same = relative < 0.03
        assert np.mean(is_same) > 0.5
        errors.append(relative[is_same])
        seen = cv2.remap(last.image, u[None], v[None], cv2.INTER_LINEAR)[0][inside]
        colour = first.image[first.depth_m > 0][is_ahead][inside]
        colours.append(np.abs(seen.astype(float) - colour)[is_same].mean(1))
    assert np.median(np.concatenate(errors)) < 1e-3
    assert np.median(np.concatenate(colours)) < 8


@pytest.mark.parametrize('domain', DOMAINS)
def test_paths_are_smooth_and_scattered_views_are_not(domain: str) -> None:
    def largest_step(is_scattered: bool) -> float:
        places = [s.world_from_camera[:3, 3] for s in rendered(domain, 1, is_scattered)]
        return max(np.linalg.norm(b - a) for a, b in zip(places, places[1:], strict=False))

    assert largest_step(is_scattered=False) < 1.6  # 15 m/s at 10 Hz, and swaying
    assert largest_step(is_scattered=True) > 0.2


def test_oversampling_changes_the_picture_but_not_the_depth() -> None:
    config = SceneConfig(domain='room', seed=2, num_frames=1, height_px=48, width_px=64)
    plain = next(render_sequence(config))
    fine = next(render_sequence(replace(config, image_oversampling=2)))
    np.testing.assert_array_equal(plain.depth_m, fine.depth_m)
    difference = np.abs(plain.image.astype(float) - fine.image)
    assert 0.1 < difference.mean() < 15


@pytest.mark.parametrize('domain', DOMAINS)
def test_pictures_are_neither_dark_nor_flat(domain: str) -> None:
    for seed in range(3):
        for sample in rendered(domain, seed):
            assert 50 < sample.image.mean() < 215
            assert sample.image.std() > 15


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        ({'domain': 'sea'}, 'domain'),
        ({'num_frames': 0}, 'at least 1'),
        ({'seed': -1}, 'seed'),
        ({'fov_deg': 170.0}, 'fov_deg'),
        ({'rate_hz': 0.0}, 'rate_hz'),
    ],
)
def test_impossible_configs_are_refused(change: dict, message: str) -> None:
    config = {'domain': 'room', 'seed': 0, 'num_frames': 1, 'height_px': 48, 'width_px': 64}
    with pytest.raises(ConfigError, match=message):
        SceneConfig(**(config | change))
