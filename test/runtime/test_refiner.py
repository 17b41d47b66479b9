"""The laws of refinement, with networks that have learnt nothing and with the fake."""

from dataclasses import replace
import logging

import cv2
import numpy as np
import pytest
from random_refiner import random_refiner_weights, TILE_SIZE_PX, written_refiner
from tiny_refiner import random_refiner
import torch

from depth_nodes.errors import CheckpointError, ConfigError
from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.messages.camera import Camera
from depth_nodes.networks.checkpoints import load_checkpoint
from depth_nodes.networks.registry import REFINERS
from depth_nodes.runtime.backend import BackendConfig
from depth_nodes.runtime.edge_sharpening import sharpen_edges
from depth_nodes.runtime.fake_refiner import DETAIL_M, FakeRefiner
from depth_nodes.runtime.frame import Frame
from depth_nodes.runtime.image_tiles import ImageTiles
from depth_nodes.runtime.manifest import ModelFiles
from depth_nodes.runtime.preprocess import fit_image, Preprocessor
from depth_nodes.runtime.refiner import make_refiner, Refiner, RefinerConfig
from depth_nodes.runtime.refiner_backend import CoarseView

UNLIMITED = RefinerConfig(min_depth_m=1e-6, max_depth_m=1e6, sharpens_edges=False)
CPU = BackendConfig(num_threads=1, device='cpu')
HEIGHT, WIDTH = 200, 300


def frame(height: int = HEIGHT, width: int = WIDTH, *, fov_deg: float = 60.0) -> Frame:
    noise = np.random.default_rng(0).integers(0, 256, (height // 4, width // 4, 3), np.uint8)
    image = cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    return Frame(image=image, camera=Camera.from_fov(width, height, fov_deg))


def refiner_of(model: ModelFiles, config: RefinerConfig = UNLIMITED) -> Refiner:
    return make_refiner(str(model.safetensors_path), 'torch', backend_config=CPU, config=config)


def coarse_depth(refiner: Refiner, frame: Frame) -> np.ndarray:
    """What the coarse network says, bilinearly resized, in metres of the camera."""
    camera, model = frame.camera, refiner.model
    size = model.input_width_px, model.input_height_px
    fit = fit_image(camera.width_px, camera.height_px, *size)
    depth = refiner.backend.look(Preprocessor()(frame.image, fit)).depth
    content = depth[: fit.content_height_px, : fit.content_width_px]
    resized = cv2.resize(content, (camera.width_px, camera.height_px))
    return resized * (camera.fx_px * fit.scale / model.canonical.focal_px)


@pytest.fixture(scope='module')
def untrained() -> Refiner:
    """Residuals of 0."""
    network = random_refiner()
    torch.nn.init.zeros_(network.fine_to_coarse.residual.weight)
    return refiner_of(written_refiner(network))


@pytest.mark.parametrize('size', [(HEIGHT, WIDTH), (96, 128), (64, 300), (70, 64)])
def test_without_residuals_the_result_is_the_coarse_depth(untrained, size):
    view = frame(*size)
    estimate = untrained.refine(view)
    assert estimate.depth_m.shape == size
    assert estimate.camera == view.camera
    assert np.ptp(estimate.depth_m) > 0.1
    np.testing.assert_allclose(estimate.depth_m, coarse_depth(untrained, view), rtol=1e-6)


def test_the_result_is_what_the_network_says_of_each_tile():
    """Where one tile alone shows a pixel: coarse depth and residual, and never below 0."""
    files = random_refiner_weights()
    refiner, view = refiner_of(files), frame()
    network = load_checkpoint(files.safetensors_path, REFINERS).network
    size = files.input_width_px, files.input_height_px
    fit = fit_image(WIDTH, HEIGHT, *size)
    maps = refiner.backend.look(Preprocessor()(view.image, fit)).maps
    tiles = ImageTiles(view.image, *TILE_SIZE_PX, fit)
    cut, boxes = (torch.from_numpy(one([0])) for one in (tiles.cut, tiles.boxes_in_view))
    with torch.no_grad():
        said = network(cut, boxes, maps).depth[0, 0].numpy()
    said *= view.camera.fx_px * fit.scale / files.canonical.focal_px
    depth = refiner.refine(view).depth_m
    alone = slice(0, 50), slice(0, 80)
    assert all(box.x0 >= 80 or box.y0 >= 50 for box in tiles.boxes[1:])
    finite = np.where(np.isneginf(depth), 0, depth)[alone]
    assert finite.std() > 0.1
    np.testing.assert_allclose(finite, said[alone], rtol=1e-3, atol=1e-3)
    assert np.isneginf(depth).any()
    refiner.close()


class DisagreeingRefiner(FakeRefiner):
    """A slope, on which neighbouring tiles differ by 2 cm."""

    def look(self, image: np.ndarray) -> CoarseView:
        height, width = image.shape[2:]
        rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
        self.num_seen = 0
        return CoarseView(5 + 20 * rows / height + 30 * columns / width, None)

    def residuals(self, tiles: np.ndarray, boxes: np.ndarray, view: CoarseView) -> np.ndarray:
        self.num_seen += 1
        offset = 0.01 if self.num_seen % 2 else -0.01
        return np.full((1, *tiles.shape[2:]), offset, np.float32)


def test_tiles_leave_no_seam_on_a_smooth_scene():
    """No gradient anywhere, borders of tiles included, is 5 % more or less than the usual one."""
    fake = make_refiner(backend='fake')
    refiner = Refiner(DisagreeingRefiner(fake.model, CPU), fake.model, UNLIMITED)
    view = frame(400, 600)
    told = []
    depth = refiner.refine(view, on_progress=lambda *one: told.append(one)).depth_m
    assert told[-1] == (9, 9)
    for axis in (0, 1):
        # But for the half of a coarse pixel at the border of the image, which is flat.
        steps = np.diff(depth, axis=axis)[4:-4, 4:-4]
        np.testing.assert_allclose(steps, np.median(steps), rtol=0.05)


def test_the_focal_length_is_a_factor(untrained):
    near, far = (untrained.refine(frame(fov_deg=fov)) for fov in (90.0, 53.13010235))
    np.testing.assert_allclose(far.depth_m, 2 * near.depth_m, rtol=1e-5)


@pytest.mark.parametrize('shape', [(HEIGHT, WIDTH), (50, 75)])
def test_the_scale_is_that_of_the_reference(untrained, shape):
    own = untrained.refine(frame())
    assert own.scale is None
    reference = cv2.resize(3 * own.depth_m, shape[::-1], interpolation=cv2.INTER_NEAREST)
    reference[: shape[0] // 3] = np.inf
    estimate = untrained.refine(frame(), reference)
    assert estimate.scale == pytest.approx(3, rel=0.02)
    np.testing.assert_allclose(estimate.depth_m, estimate.scale * own.depth_m, rtol=1e-5)


def test_a_reference_without_depth_changes_nothing(untrained):
    own, holes = untrained.refine(frame()), np.full((HEIGHT, WIDTH), np.nan, np.float32)
    estimate = untrained.refine(frame(), holes)
    assert estimate.scale is None
    np.testing.assert_array_equal(estimate.depth_m, own.depth_m)


def test_beyond_the_range_depth_is_infinite():
    whole = make_refiner(backend='fake', config=UNLIMITED).refine(frame()).depth_m
    near, far = (float(one) for one in np.quantile(whole, (0.3, 0.7)))
    config = replace(UNLIMITED, min_depth_m=near, max_depth_m=far)
    gated = make_refiner(backend='fake', config=config).refine(frame()).depth_m
    np.testing.assert_array_equal(np.isneginf(gated), whole < near)
    np.testing.assert_array_equal(np.isposinf(gated), whole > far)
    inside = np.isfinite(gated)
    np.testing.assert_array_equal(gated[inside], whole[inside])


@pytest.mark.parametrize('size', [(64, 64), (2160, 3840), (64, 2000), (2000, 64), (193, 257)])
def test_any_size_gives_depth_of_its_size(size):
    depth = make_refiner(backend='fake', config=UNLIMITED).refine(frame(*size)).depth_m
    assert depth.shape == size
    assert np.isfinite(depth).all()


def test_the_fake_shows_the_detail_of_the_image():
    """Its residual is a pixel's own, so that every seam would show."""
    view, refiner = frame(400, 600), make_refiner(backend='fake', config=UNLIMITED)
    detail = refiner.refine(view).depth_m - coarse_depth(refiner, view)
    size = refiner.model.input_width_px, refiner.model.input_height_px
    factor = view.camera.fx_px * fit_image(600, 400, *size).scale / CanonicalCamera().focal_px
    expected = factor * DETAIL_M * (view.image[..., 1] / 255 - 0.5)
    np.testing.assert_allclose(detail, expected, atol=1e-5)


def test_ramps_become_steps_before_the_range_is_gated():
    view, config = frame(400, 600), replace(UNLIMITED, sharpens_edges=True)
    soft, sharp = (
        make_refiner(backend='fake', config=one).refine(view).depth_m
        for one in (UNLIMITED, config)
    )
    np.testing.assert_allclose(sharp, sharpen_edges(soft), rtol=1e-5)
    assert not np.allclose(sharp, soft, rtol=0.05)


@pytest.mark.parametrize('max_tiles', [1, 3])
def test_a_budget_leaves_coarse_depth_elsewhere(max_tiles):
    config = replace(UNLIMITED, max_tiles=max_tiles)
    view = frame(500, 700)
    view.image[:, :350] = 128  # nothing to refine on the left
    whole, budget = (
        make_refiner(backend='fake', config=one).refine(view).depth_m
        for one in (UNLIMITED, config)
    )
    coarse = coarse_depth(make_refiner(backend='fake'), view)
    is_coarse = np.isclose(budget, coarse, rtol=1e-6)
    assert is_coarse[:, :200].all()
    share = np.isclose(budget, whole, rtol=1e-6)[:, 400:].mean()
    assert 0.1 * max_tiles < share < 0.8
    between = (np.minimum(whole, coarse) - 1e-4 <= budget) & (
        budget <= np.maximum(whole, coarse) + 1e-4
    )
    assert between.all()


def test_progress_is_told_tile_by_tile(untrained):
    told = []
    untrained.refine(frame(), on_progress=lambda *one: told.append(one))
    assert told == [(done, 9) for done in range(10)]


def test_what_progress_raises_ends_the_work(untrained):
    told = []

    def stop(num_done: int, num_tiles: int) -> None:
        told.append(num_done)
        if num_done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        untrained.refine(frame(), on_progress=stop)
    assert told == [0, 1, 2]


def test_a_missing_refiner_is_one_line():
    with pytest.raises(
        CheckpointError, match="no model 'patch_refiner_v9'.*small_depth"
    ) as caught:
        make_refiner('patch_refiner_v9')
    assert '\n' not in str(caught.value)


def test_a_depth_network_is_no_refiner():
    with pytest.raises(CheckpointError, match='small_depth is no refiner'):
        make_refiner('small_depth')


def test_a_licence_that_forbids_something_is_logged(caplog):
    with caplog.at_level(logging.INFO):
        refiner_of(random_refiner_weights()).close()
    assert 'refiner random_refiner runs on torch (cpu)' in caplog.text
    assert 'its licence is CC-BY-NC-4.0' in caplog.text


@pytest.mark.parametrize(
    ('values', 'reason'),
    [
        ({'min_depth_m': 3.0, 'max_depth_m': 2.0}, 'choose 0 < min_depth_m < max_depth_m'),
        ({'max_tiles': -1}, 'max_tiles is -1; give 0'),
    ],
)
def test_settings_that_cannot_work_are_refused(values, reason):
    with pytest.raises(ConfigError, match=reason):
        RefinerConfig(**values)
