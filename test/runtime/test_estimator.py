"""The laws from an image and its camera to metres."""

import logging
import subprocess
import sys

import cv2
import numpy as np
import pytest
from random_model import random_model
from random_refiner import random_refiner_weights

from depth_nodes.errors import CheckpointError, InputError
from depth_nodes.messages.camera import Camera
from depth_nodes.runtime.backend import BackendConfig
from depth_nodes.runtime.depth_estimate import EstimatorConfig
from depth_nodes.runtime.estimator import DepthEstimator, make_estimator
from depth_nodes.runtime.frame import Frame
from depth_nodes.runtime.gpu import find_gpu
from depth_nodes.runtime.model_store import fake_model

ON_CPU = BackendConfig(device='cpu')


class PlaneBackend:
    """Reads inverse depth straight off the image: red times `scale`, in 1/m canonical."""

    name, device, precision = 'plane', 'cpu', 'fp32'
    scale = 0.5

    def infer(self, image: np.ndarray) -> np.ndarray:
        self.shape = image.shape
        inverse = image[:, :1] * self.scale
        return fake_model().canonical.sigmoid_from_inverse_depth(inverse).astype(np.float32)

    def close(self) -> None:
        self.shape = ()


def smooth_image(width: int, height: int) -> np.ndarray:
    """Brightness affine in the pixel's place, whatever the size."""
    x = (np.arange(width) + 0.5) / width
    y = (np.arange(height) + 0.5) / height
    red = 60 + 80 * x[None] + 100 * y[:, None]
    return np.repeat(np.rint(red).astype(np.uint8)[..., None], 3, axis=2)


def estimator(backend: object | None = None, **config: object) -> DepthEstimator:
    if backend is None:
        return make_estimator('fake', 'fake', estimator_config=EstimatorConfig(**config))
    return DepthEstimator(backend, fake_model(), EstimatorConfig(**config))


def test_a_refiner_is_no_depth_network():
    with pytest.raises(
        CheckpointError, match='random_refiner is a refiner.* give it to refiner_n'
    ):
        make_estimator(str(random_refiner_weights().safetensors_path), 'torch')


@pytest.mark.parametrize(
    'size',
    [(64, 64), (640, 480), (1242, 375), (375, 1242), (1280, 720), (3840, 2160), (4096, 64),
     (64, 4096), (65, 67)],
)  # fmt: skip
def test_any_size_gives_depth_of_its_size(size):
    camera = Camera.from_fov(*size, 60.0)
    result = estimator(min_depth_m=1e-3).estimate(smooth_image(*size), camera)
    assert result.depth_m.shape == size[::-1]
    assert result.depth_m.dtype == np.float32
    assert result.camera == camera
    assert np.isfinite(result.depth_m).all()
    assert set(result.stage_ms) == {'preprocess', 'network', 'postprocess'}
    assert all(value > 0 for value in result.stage_ms.values())


@pytest.mark.parametrize('ratio', [0.5, 2.0, 3.0])
def test_depth_goes_with_the_focal_length(ratio):
    """One canonical prediction, two focal lengths: the metres differ by their ratio."""
    image = smooth_image(320, 240)
    camera = Camera.from_fov(320, 240, 70.0)
    longer = Camera(
        width_px=320,
        height_px=240,
        fx_px=camera.fx_px * ratio,
        fy_px=camera.fy_px * ratio,
        cx_px=camera.cx_px,
        cy_px=camera.cy_px,
    )
    first = estimator().estimate(image, camera).depth_m
    second = estimator().estimate(image, longer).depth_m
    np.testing.assert_allclose(second, ratio * first, rtol=1e-5)


def test_metres_are_those_of_the_canonical_camera():
    """Canonical inverse depth 0.25 at f_network 128 of 256 px is 4 m * 128 / 256 = 2 m."""
    camera = Camera(
        width_px=1280, height_px=384, fx_px=256.0, fy_px=256.0, cx_px=639.5, cy_px=191.5
    )
    image = np.full((384, 1280, 3), 127.5, np.uint8)  # 127
    depth = estimator(PlaneBackend()).estimate(image, camera).depth_m
    np.testing.assert_allclose(depth, 2.0 * 127.5 / 127, rtol=1e-4)


@pytest.mark.parametrize('backend', [None, PlaneBackend()], ids=['fake', 'plane'])
@pytest.mark.parametrize('size', [(640, 480), (1024, 768), (1920, 1440), (320, 240)])
def test_resizing_image_and_intrinsics_together_changes_nothing(backend, size):
    large = (2560, 1920)
    camera = Camera.from_fov(*large, 65.0)
    image = cv2.GaussianBlur(smooth_image(*large), (0, 0), 3)
    expected = estimator(backend).estimate(image, camera).depth_m
    resized = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    result = estimator(backend).estimate(resized, camera.resized(*size)).depth_m
    inverse = cv2.resize(1 / expected, size, interpolation=cv2.INTER_AREA)
    ratio = (result * inverse)[8:-8, 8:-8]
    assert ratio.mean() == pytest.approx(1, abs=5e-4)
    # The fake blurs; elsewhere half a step of brightness, of 60 at least, is half of 1/60.
    np.testing.assert_allclose(ratio, 1, rtol=1e-3 if backend is None else 1.1 / 60)


@pytest.mark.parametrize('input_size', [(256, 192), (128, 96)])
def test_a_plane_stays_exact_from_image_to_depth(input_size):
    """Inverse depth affine in the column, through shrinking, padding and enlarging."""
    brightness = np.arange(256, dtype=np.uint8)
    image = np.broadcast_to(brightness[None, :, None], (192, 256, 3)).copy()
    camera = Camera.from_fov(256, 192, 60.0)
    free = estimator(
        PlaneBackend(),
        input_width_px=input_size[0],
        input_height_px=input_size[1],
        min_depth_m=1e-3,
        max_depth_m=1e4,
    )
    depth = free.estimate(image, camera).depth_m
    focal_ratio = camera.fx_px * input_size[0] / 256 / fake_model().canonical.focal_px
    inverse = brightness / 255 * PlaneBackend.scale / focal_ratio
    error = (1 / depth - inverse)[:, 4:-4]
    half_a_step = 0.5 / 255 * PlaneBackend.scale / focal_ratio
    # Averages of two neighbours are rounded to whole numbers, and always up.
    assert np.abs(error - error.mean()).max() <= half_a_step
    assert abs(error.mean()) <= 1.01 * half_a_step


def test_pad_pixels_never_reach_the_depth():
    backend = PlaneBackend()
    image = np.full((375, 1242, 3), 200, np.uint8)
    result = estimator(backend).estimate(image, Camera.from_fov(1242, 375, 80.0))
    assert backend.shape == (1, 3, 192, 640)
    assert np.ptp(result.depth_m) <= 1e-4 * result.depth_m.max()


def test_output_of_network_size_brings_its_camera():
    camera = Camera.from_fov(1280, 720, 70.0)
    image = smooth_image(1280, 720)
    full = estimator().estimate(image, camera).depth_m
    result = estimator(output_size='network').estimate(image, camera)
    assert result.depth_m.shape == (192, 341)
    assert result.camera == camera.resized(341, 192)
    centre = full[360, 640]
    assert result.depth_m[96, 170] == pytest.approx(centre, rel=0.02)


def test_the_input_size_can_be_chosen():
    backend = PlaneBackend()
    chosen = estimator(backend, input_height_px=96, input_width_px=128)
    chosen.estimate(smooth_image(640, 480), Camera.from_fov(640, 480, 60.0))
    assert backend.shape == (1, 3, 96, 128)


def test_ranges_are_gated():
    camera = Camera.from_fov(320, 240, 60.0)
    free = estimator().estimate(smooth_image(320, 240), camera).depth_m.copy()
    nearest, farthest = (float(value) for value in np.quantile(free, (0.2, 0.8)))
    gated = estimator(min_depth_m=nearest, max_depth_m=farthest)
    depth = gated.estimate(smooth_image(320, 240), camera).depth_m
    clear = (np.abs(free - nearest) > 1e-4) & (np.abs(free - farthest) > 1e-4)
    expected = np.where(free < nearest, -np.inf, np.where(free > farthest, np.inf, free))
    np.testing.assert_allclose(depth[clear], expected[clear], rtol=1e-6)
    assert np.isneginf(depth).any()
    assert np.isposinf(depth).any()


def frames_of(*widths: int) -> dict[int, Frame]:
    """One of each camera, whose intrinsics differ."""
    return {
        index: Frame(
            image=smooth_image(width, 240), camera=Camera.from_fov(width, 240, 50 + index)
        )
        for index, width in enumerate(widths)
    }


def test_each_camera_of_a_batch_gets_what_it_gets_alone():
    frames = frames_of(320, 480, 320, 400)
    batch = estimator(num_cameras=4).estimate_batch(frames)
    for (index, result), (expected_index, frame) in zip(batch, frames.items(), strict=True):
        assert index == expected_index
        alone = estimator().estimate(frame.image, frame.camera)
        np.testing.assert_array_equal(result.depth_m, alone.depth_m)
        assert result.camera == alone.camera


def test_the_first_of_a_batch_does_not_wait_for_the_others():
    backend = PlaneBackend()
    one = estimator(backend, num_cameras=2)
    assert one.batch_size == 1
    batch = one.estimate_batch(frames_of(480, 320))
    next(batch)
    assert backend.shape == (1, 3, 192, 384)
    assert [index for index, _ in batch] == [1]


def test_an_image_of_another_size_than_its_camera_is_refused():
    with pytest.raises(InputError, match='640x480 px but its camera 320x240'):
        estimator().estimate(smooth_image(640, 480), Camera.from_fov(320, 240, 60.0))


@pytest.mark.parametrize('size', [(63, 64), (640, 63), (1, 1), (1, 480)])
def test_too_small_images_are_refused(size):
    with pytest.raises(InputError, match='at least 64 px'):
        estimator().estimate(np.zeros((*size[::-1], 3), np.uint8), Camera.from_fov(*size, 60.0))


@pytest.mark.parametrize('backend', ['onnx', 'torch'])
def test_a_model_file_gives_metres(backend, caplog):
    path = random_model().path('onnx' if backend == 'onnx' else 'safetensors')
    with caplog.at_level(logging.WARNING):
        loaded = make_estimator(str(path), backend)
    assert 'CC-BY-NC-4.0' in caplog.text
    loaded.warm_up(96, 128)
    result = loaded.estimate(smooth_image(200, 150), Camera.from_fov(200, 150, 60.0))
    assert not np.isnan(result.depth_m).any()
    loaded.close()


def test_both_engines_give_the_same_metres():
    image, camera = smooth_image(320, 200), Camera.from_fov(320, 200, 60.0)
    everything = EstimatorConfig(min_depth_m=1e-6, max_depth_m=1e6)
    onnx, torch = (
        1
        / make_estimator(str(path), name, backend_config=ON_CPU, estimator_config=everything)
        .estimate(image, camera)
        .depth_m
        for name, path in (
            ('onnx', random_model().onnx_path),
            ('torch', random_model().safetensors_path),
        )
    )
    assert np.abs(onnx - torch).max() <= 1e-4 * np.ptp(torch)


def test_an_input_smaller_than_any_image_warms_up():
    small = estimator(input_height_px=32, input_width_px=32)
    small.warm_up(*small.input_size_px)


def test_automatic_estimating_needs_no_torch_and_warns_of_nothing():
    if find_gpu() is not None:
        pytest.skip('needs a machine without a GPU')
    program = (
        'import logging, sys\n'
        'from depth_nodes.runtime.estimator import make_estimator\n'
        'logging.basicConfig(level=logging.WARNING)\n'
        'estimator = make_estimator("small_depth", "auto")\n'
        'estimator.warm_up(96, 128)\n'
        'print(estimator.backend.name, estimator.fallbacks, "torch" in sys.modules)\n'
    )
    done = subprocess.run([sys.executable, '-c', program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == 'onnx () False\n'
    assert done.stderr == ''
