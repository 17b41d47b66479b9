"""The estimator whose pixels stay on the device, here on torch's CPU with the real network."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from random_model import random_weights
import torch

from depth_nodes.errors import BackendError, InputError
from depth_nodes.messages.camera import Camera
from depth_nodes.messages.cloud import CloudWriter
from depth_nodes.runtime import torch_estimator
from depth_nodes.runtime.backend import BackendConfig
from depth_nodes.runtime.depth_estimate import EstimatorConfig
from depth_nodes.runtime.estimator import DepthEstimator
from depth_nodes.runtime.frame import Frame
from depth_nodes.runtime.image_sizes import ImageSizes
from depth_nodes.runtime.model_store import find_model
from depth_nodes.runtime.pipeline_config import PointsConfig
from depth_nodes.runtime.torch_estimator import TorchEstimator
from depth_nodes.runtime.torch_gpu_backend import TorchGpuBackend
from depth_nodes.runtime.torch_pipeline import TorchPipeline

ON_CPU = BackendConfig(precision='fp32', device='cpu')
SIZES = [(333, 187), (160, 96)]
RANGE = {'min_depth_m': 1e-3, 'max_depth_m': 1e4}


NUM_CAMERAS = 4


@pytest.fixture(scope='module')
def backend() -> TorchGpuBackend:
    """With trained weights: random ones raise the rounding of torch's sums above 1e-5.

    Those come in another order for a batch, and on some processors for other threads.
    """
    return TorchGpuBackend(find_model('small_depth'), ON_CPU)


def frame_of(size: tuple[int, int], seed: int = 0) -> tuple[np.ndarray, Camera]:
    width, height = size
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return image, Camera.from_fov(width, height, 60.0 + seed)


def both(backend, **config) -> tuple[DepthEstimator, TorchEstimator]:
    """On numpy and on the device, around one network."""
    settings = EstimatorConfig(**RANGE, **config)
    return tuple(
        kind(backend, random_weights(), settings) for kind in (DepthEstimator, TorchEstimator)
    )


@pytest.mark.parametrize('output_size', ['camera', 'network'])
def test_depth_is_that_of_the_numpy_estimator_at_every_size(backend, output_size):
    on_numpy, on_device = both(backend, output_size=output_size)
    for size in [*SIZES, SIZES[0]]:
        expected = on_numpy.estimate(*frame_of(size))
        result = on_device.estimate(*frame_of(size))
        assert np.isfinite(expected.depth_m).all()
        np.testing.assert_allclose(result.depth_m, expected.depth_m, rtol=1e-5)
        assert result.camera == expected.camera
        assert all(value > 0 for value in result.stage_ms.values())


def test_points_are_those_of_the_cloud_writer(backend):
    points = PointsConfig(stride=2, max_range_m=50.0)
    _, on_device = both(backend, points=points)
    image, camera = frame_of(SIZES[0])
    estimate = on_device.estimate(image, camera, with_points=True)
    message = SimpleNamespace(data=np.empty(0, np.uint8))
    CloudWriter(message, 2, 50.0).write(estimate.depth_m, camera, image, None)
    np.testing.assert_array_equal(estimate.points.view(np.float32), message.data.view(np.float32))


def test_points_come_only_where_they_were_declared_and_asked_for(backend):
    _, on_device = both(backend, points=PointsConfig())
    assert on_device.estimate(*frame_of(SIZES[0])).points is None
    _, without = both(backend)
    assert without.estimate(*frame_of(SIZES[0]), with_points=True).points is None


def batch_of(*sizes: tuple[int, int]) -> dict[int, Frame]:
    """A frame of each camera; images and focal lengths differ."""
    frames = (frame_of(size, seed) for seed, size in enumerate(sizes))
    return {
        index: Frame(image=image, camera=camera) for index, (image, camera) in enumerate(frames)
    }


@pytest.fixture
def made(monkeypatch) -> list[TorchPipeline]:
    """The pipelines that come into being."""
    pipelines = []

    class Noted(TorchPipeline):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            self.num_runs = 0
            pipelines.append(self)

        def run(self, **options):
            self.num_runs += 1
            super().run(**options)

    monkeypatch.setattr(torch_estimator, 'TorchPipeline', Noted)
    return pipelines


@pytest.mark.parametrize('output_size', ['camera', 'network'])
def test_four_cameras_in_one_run_get_what_each_gets_alone(backend, made, output_size):
    settings = {'output_size': output_size, 'points': PointsConfig(stride=2)}
    on_numpy, _ = both(backend, **settings)
    _, together = both(backend, num_cameras=NUM_CAMERAS, **settings)
    frames = batch_of(*[SIZES[0]] * NUM_CAMERAS)
    results = dict(together.estimate_batch(frames, with_points=True))
    assert [(one.config.num_cameras, one.num_runs) for one in made] == [(NUM_CAMERAS, 1)]
    assert list(results) == list(frames)
    for index, frame in frames.items():
        expected = on_numpy.estimate(frame.image, frame.camera)
        np.testing.assert_allclose(results[index].depth_m, expected.depth_m, rtol=1e-5)
        assert results[index].camera == expected.camera
        z = results[index].points.view(np.float32)[2::4]
        kept = results[index].depth_m[::2, ::2].ravel()
        np.testing.assert_array_equal(z, np.where(kept <= 100, kept, np.nan))


def test_cameras_of_one_size_share_a_run(backend, made):
    on_numpy, _ = both(backend)
    _, together = both(backend, num_cameras=NUM_CAMERAS)
    frames = batch_of(SIZES[0], SIZES[1], SIZES[0], (96, 96))
    order = []
    for index, result in together.estimate_batch(frames):
        order.append(index)
        expected = on_numpy.estimate(frames[index].image, frames[index].camera).depth_m
        np.testing.assert_allclose(result.depth_m, expected, rtol=1e-5)
    assert order == [0, 2, 1, 3]
    assert [one.num_runs for one in made] == [1, 1, 1]


def test_only_cameras_with_a_frame_come_out(backend, made):
    _, together = both(backend, num_cameras=NUM_CAMERAS)
    frames = batch_of(*[SIZES[1]] * NUM_CAMERAS)
    assert together.batch_size == NUM_CAMERAS
    for present in ([2], [0, 3], [1, 2, 3]):
        batch = {index: frames[index] for index in present}
        assert [index for index, _ in together.estimate_batch(batch)] == present
    assert len(made) == 1


@pytest.mark.parametrize('num_cameras', [1, 2, 4])
def test_the_last_sizes_are_kept_two_or_one_for_each_camera(backend, made, num_cameras):
    _, on_device = both(backend, num_cameras=num_cameras)
    num_kept = max(num_cameras, 2)
    sizes = [(96 + 32 * index, 96) for index in range(num_kept + 1)]
    for size in [*sizes[:-1], *sizes[:-1], sizes[-1], *sizes[1:-1], sizes[0]]:
        on_device.estimate(*frame_of(size))
    assert [(one.config.width_px, one.config.height_px) for one in made] == [*sizes, sizes[0]]


def test_images_that_cannot_be_used_are_refused_before_anything_is_built(backend, monkeypatch):
    monkeypatch.setattr(torch_estimator, 'TorchPipeline', None)
    _, on_device = both(backend)
    image, camera = frame_of(SIZES[1])
    with pytest.raises(InputError, match='its camera 160x96'):
        on_device.estimate(image[1:], camera)
    with pytest.raises(InputError, match='at least 64 px'):
        on_device.estimate(*frame_of((96, 60)))


def test_warming_up_runs_a_frame_as_large_as_the_input(backend):
    _, on_device = both(backend)
    assert on_device.warm_up_sizes_px == [on_device.input_size_px] == [(96, 128)]
    on_device.warm_up(96, 128)


@pytest.mark.parametrize(
    ('ready', 'sizes'),
    [
        ([], []),
        ([(1, 192, 352)], [(192, 352)]),
        # The last used is run last, so that it is kept longest; more than two are not kept.
        ([(1, 192, 352), (1, 192, 256), (1, 160, 640)], [(192, 256), (192, 352)]),
        # An engine for three cameras, and one of another input size.
        ([(3, 192, 352), (1, 480, 640), (1, 128, 416)], []),
    ],
)
def test_only_what_is_ready_is_warmed_up(backend, monkeypatch, ready, sizes):
    monkeypatch.setattr(backend, 'shapes_at_start', lambda wanted: ready)
    _, on_device = both(backend, input_height_px=192, input_width_px=640)
    assert on_device.warm_up_sizes_px == sizes


def test_a_network_for_as_many_cameras_is_warmed_up(backend, monkeypatch, made):
    ready = [(1, 192, 352), (3, 192, 352), (3, 160, 640), (3, 192, 256), (3, 192, 640)]
    monkeypatch.setattr(backend, 'shapes_at_start', lambda wanted: ready)
    _, on_device = both(backend, num_cameras=3, input_height_px=192, input_width_px=640)
    assert on_device.warm_up_sizes_px == [(192, 256), (160, 640), (192, 352)]
    on_device.warm_up(192, 352)
    assert [one.config.network_shape for one in made] == [(3, 192, 352)]


def test_the_next_start_prepares_for_the_images_that_came(backend, made, tmp_path):
    def start() -> TorchEstimator:
        config = EstimatorConfig(**RANGE)
        return TorchEstimator(backend, random_weights(), config, ImageSizes(tmp_path))

    first = start()
    assert first.warm_up_sizes_px == [first.input_size_px]
    for size in first.warm_up_sizes_px:
        first.warm_up(*size)
    for size in SIZES:
        first.estimate(*frame_of(size))
    second = start()
    # The last one is warmed up last; what only warmed up is forgotten.
    assert second.warm_up_sizes_px == [(height, width) for width, height in SIZES]
    made.clear()
    for size in second.warm_up_sizes_px:
        second.warm_up(*size)
    assert len(made) == 2
    second.estimate(*frame_of(SIZES[1]))
    assert len(made) == 2


def test_a_size_that_does_not_fit_any_more_is_forgotten(backend, monkeypatch, tmp_path, caplog):
    """Torch's CPU takes any size, so the network refuses it."""
    image_sizes = ImageSizes(tmp_path)
    small, large = (96, 96), (187, 333)
    for size in (small, large):
        image_sizes.note(size)
    estimator = TorchEstimator(backend, random_weights(), EstimatorConfig(), image_sizes)
    load = TorchGpuBackend.network

    def refuse_large(self, shape):
        if shape == estimator._shape_of(*large):
            raise BackendError('out of memory')
        return load(self, shape)

    monkeypatch.setattr(TorchGpuBackend, 'network', refuse_large)
    for size in estimator.warm_up_sizes_px:
        estimator.warm_up(*size)
    assert image_sizes.newest_first() == [small]
    assert '333x187 px: out of memory' in caplog.text
    with pytest.raises(BackendError, match='out of memory'):
        estimator.warm_up(*large)


def test_images_whose_engine_is_not_ready_are_not_prepared_for(backend, monkeypatch, tmp_path):
    image_sizes = ImageSizes(tmp_path)
    for size in ((480, 640), (720, 1280)):
        image_sizes.note(size)
    config = EstimatorConfig(input_height_px=192, input_width_px=640)
    estimator = TorchEstimator(backend, random_weights(), config, image_sizes)
    monkeypatch.setattr(backend, 'shapes_at_start', lambda wanted: [(1, 192, 256)])
    assert estimator.warm_up_sizes_px == [(480, 640)]


@pytest.mark.parametrize('input_size', [(100, 200), (50, 70), (192, 640)])
@pytest.mark.parametrize('image_size', [(1280, 720), (333, 187), (4000, 100), (100, 4000)])
def test_the_size_that_is_warmed_up_needs_the_network_of_the_camera(
    backend, monkeypatch, input_size, image_size
):
    _, on_device = both(backend, input_height_px=input_size[0], input_width_px=input_size[1])
    width, height = image_size
    shape = on_device._shape_of(height, width)
    monkeypatch.setattr(backend, 'shapes_at_start', lambda wanted: [shape])
    (size,) = on_device.warm_up_sizes_px
    assert on_device._shape_of(*size) == shape


def test_it_says_what_the_backend_is_doing(backend, monkeypatch):
    _, on_device = both(backend)
    assert on_device.activity == ''
    monkeypatch.setattr(backend, 'activity', 'building')
    assert on_device.activity == 'building'


def test_closing_closes_the_backend():
    own = TorchGpuBackend(random_weights(), ON_CPU)
    _, on_device = both(own)
    on_device.estimate(*frame_of(SIZES[1]))
    on_device.close()
    with pytest.raises(BackendError, match='closed'):
        on_device.estimate(*frame_of(SIZES[1]))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a CUDA device')
def test_a_gpu_gives_the_depth_of_the_cpu():
    on_gpu = TorchGpuBackend(random_weights(), replace(ON_CPU, device='cuda'))
    on_numpy, on_device = both(on_gpu, points=PointsConfig())
    for size in SIZES:
        expected = on_numpy.estimate(*frame_of(size)).depth_m
        result = on_device.estimate(*frame_of(size), with_points=True)
        np.testing.assert_allclose(result.depth_m, expected, rtol=1e-3)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a CUDA device')
def test_four_cameras_on_a_gpu_get_what_each_gets_alone():
    on_gpu = TorchGpuBackend(random_weights(), replace(ON_CPU, device='cuda'))
    _, alone = both(on_gpu)
    _, together = both(on_gpu, num_cameras=NUM_CAMERAS)
    frames = batch_of(*[SIZES[0]] * NUM_CAMERAS)
    for index, result in together.estimate_batch(frames):
        expected = alone.estimate(frames[index].image, frames[index].camera).depth_m
        np.testing.assert_allclose(result.depth_m, expected, rtol=1e-3)


def test_the_scale_of_a_frame_multiplies_its_depth(backend):
    """On the device and off it, and before the range is applied; another scale every frame."""
    image, camera = frame_of(SIZES[1])
    for estimator in both(backend):
        depths = []
        for scale in (1.0, 4.0, 0.25):
            frame = Frame(image=image, camera=camera, scale=scale)
            ((_, estimate),) = estimator.estimate_batch({0: frame})
            depths.append(estimate.depth_m / scale)
        np.testing.assert_allclose(depths[1], depths[0], rtol=1e-5)
        np.testing.assert_allclose(depths[2], depths[0], rtol=1e-5)


def test_the_range_is_that_of_the_scaled_depth(backend):
    image, camera = frame_of(SIZES[1])
    depth = both(backend)[0].estimate(image, camera).depth_m
    far_m = 3 * float(np.median(depth))
    settings = EstimatorConfig(min_depth_m=1e-3, max_depth_m=far_m)
    for kind in (DepthEstimator, TorchEstimator):
        estimator = kind(backend, random_weights(), settings)
        frame = Frame(image=image, camera=camera, scale=3.0)
        ((_, estimate),) = estimator.estimate_batch({0: frame})
        assert np.isinf(estimate.depth_m).mean() == pytest.approx(0.5, abs=0.01)
