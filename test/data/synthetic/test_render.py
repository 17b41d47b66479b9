from dataclasses import replace
import functools

import cv2
from gl_machine import require_gl
import numpy as np
import pytest

from depth_nodes.data.sample import Sample
from depth_nodes.data.synthetic.render import render_sequence
from depth_nodes.data.synthetic.scene import DOMAINS, SceneConfig
from depth_nodes.errors import ConfigError
from depth_nodes.messages.camera import Camera


@functools.cache
def rendered(
    domain: str, seed: int, is_scattered: bool = False, baseline_m: float = 0.0
) -> tuple[Sample, ...]:
    config = SceneConfig(
        domain=domain,
        seed=seed,
        num_frames=3,
        height_px=96,
        width_px=160,
        is_scattered=is_scattered,
        stereo_baseline_m=baseline_m,
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


@pytest.mark.parametrize(
    ('domain', 'renderer'), [*((domain, 'gl') for domain in DOMAINS), ('room', 'ray_caster')]
)
def test_same_seed_same_bytes_and_other_seed_other_picture(domain: str, renderer: str) -> None:
    if renderer == 'gl':
        require_gl()
    config = SceneConfig(
        domain=domain, seed=3, num_frames=2, height_px=48, width_px=64, renderer=renderer
    )
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
    focals = {next(render_sequence(replace(config, seed=seed))).camera.fx_px for seed in range(3)}
    assert len(focals) == 3
    assert all(
        32 / np.tan(np.radians(55)) < focal < 32 / np.tan(np.radians(20)) for focal in focals
    )


@pytest.mark.parametrize('seed', range(2))
@pytest.mark.parametrize('is_scattered', [False, True])
def test_room_is_a_closed_box_around_the_camera(seed: int, is_scattered: bool) -> None:
    for sample in rendered('room', seed, is_scattered):
        assert (sample.depth_m > 0.1).all()
        assert sample.depth_m.max() < 40
        heights = world_points(sample)[..., 2]
        assert heights.min() > -1e-3
        assert heights.max() < 8
        assert 0.1 < sample.world_from_camera[2, 3] < 7.5


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


@pytest.mark.parametrize('domain', ['room', 'yard'])
def test_the_floor_lies_at_height_zero(domain: str) -> None:
    on_floor = []
    for seed in range(2):
        for sample in rendered(domain, seed, is_scattered=True):
            heights = world_points(sample)[..., 2][(sample.depth_m > 0) & (sample.depth_m < 20)]
            on_floor.append(np.mean(np.abs(heights) < 1e-3))
    assert max(on_floor) > 0.2


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
def test_the_two_renderers_agree_on_depth(domain: str) -> None:
    require_gl()
    config = SceneConfig(
        domain=domain, seed=1, num_frames=1, height_px=72, width_px=120, renderer='gl'
    )
    drawn = next(render_sequence(config)).depth_m
    cast = next(render_sequence(replace(config, renderer='ray_caster'))).depth_m
    # Silhouettes are an edge's rounding apart.
    assert np.mean(np.isclose(drawn, cast, rtol=1e-4)) > 0.98


@pytest.mark.parametrize('domain', DOMAINS)
def test_the_right_picture_is_the_left_one_moved_by_its_disparity(domain: str) -> None:
    baseline_m, errors, unmoved = 0.12, [], []
    for sample in rendered(domain, 1, is_scattered=True, baseline_m=baseline_m):
        assert sample.stereo_baseline_m == baseline_m
        is_known = sample.depth_m > 0
        disparity = sample.camera.fx_px * baseline_m / np.where(is_known, sample.depth_m, np.inf)
        v, u = np.mgrid[:96, :160].astype(np.float32)
        moved = cv2.remap(sample.right, (u - disparity).astype(np.float32), v, cv2.INTER_LINEAR)
        chosen = is_known & (disparity > 1.5) & (u - disparity > 0)
        difference = np.abs(moved.astype(float) - sample.image).mean(-1)
        errors.append(difference[chosen])
        unmoved.append(np.abs(sample.right.astype(float) - sample.image).mean(-1)[chosen])
    assert np.concatenate(errors).size > 200
    assert np.median(np.concatenate(errors)) < 8
    assert np.mean(np.concatenate(errors)) < 0.8 * np.mean(np.concatenate(unmoved))


@pytest.mark.parametrize('domain', DOMAINS)
def test_paths_are_smooth_and_scattered_views_are_not(domain: str) -> None:
    def largest_step(is_scattered: bool) -> float:
        places = [s.world_from_camera[:3, 3] for s in rendered(domain, 1, is_scattered)]
        return max(np.linalg.norm(b - a) for a, b in zip(places, places[1:], strict=False))

    assert largest_step(is_scattered=False) < 1.6  # 15 m/s at 10 Hz, and swaying
    assert largest_step(is_scattered=True) > 0.2


def test_oversampling_changes_the_picture_but_not_the_depth() -> None:
    config = SceneConfig(domain='room', seed=2, num_frames=1, height_px=48, width_px=64)
    plain = next(render_sequence(replace(config, image_oversampling=1)))
    fine = next(render_sequence(replace(config, image_oversampling=2)))
    np.testing.assert_array_equal(plain.depth_m, fine.depth_m)
    difference = np.abs(plain.image.astype(float) - fine.image)
    assert 0.1 < difference.mean() < 15


@pytest.mark.parametrize('domain', DOMAINS)
def test_pictures_are_neither_dark_nor_flat(domain: str) -> None:
    images = [sample.image for seed in range(2) for sample in rendered(domain, seed)]
    # Cameras and nights differ; still, none shows nothing.
    assert 40 < np.median([image.mean() for image in images]) < 200
    assert min(image.std() for image in images) > 5
    assert np.median([image.std() for image in images]) > 20


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        ({'domain': 'sea'}, 'domain'),
        ({'num_frames': 0}, 'at least 1'),
        ({'seed': -1}, 'seed'),
        ({'fov_deg': 170.0}, 'fov_deg'),
        ({'rate_hz': 0.0}, 'rate_hz'),
        ({'renderer': 'crayons'}, 'renderer'),
        ({'stereo_baseline_m': -0.1}, 'stereo_baseline_m'),
        ({'image_oversampling': 0}, 'at least 1'),
        ({'frame_spacing_m': 0.0}, 'frame_spacing_m'),
        ({'frame_spacing_m': 99.0}, 'frame_spacing_m'),
        ({'frame_spacing_m': 0.5, 'is_scattered': True}, 'scattered views'),
    ],
)
def test_impossible_configs_are_refused(change: dict, message: str) -> None:
    config = {'domain': 'room', 'seed': 0, 'num_frames': 1, 'height_px': 48, 'width_px': 64}
    with pytest.raises(ConfigError, match=message):
        SceneConfig(**(config | change))
