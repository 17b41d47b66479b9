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
from depth_nodes.runtime.pipeline_config import PointsConfig
from depth_nodes.runtime.torch_estimator import TorchEstimator
from depth_nodes.runtime.torch_gpu_backend import TorchGpuBackend

ON_CPU = BackendConfig(precision='fp32', device='cpu')
SIZES = [(333, 187), (160, 96)]
RANGE = {'min_depth_m': 1e-3, 'max_depth_m': 1e4}


@pytest.fixture(scope='module')
def backend() -> TorchGpuBackend:
    return TorchGpuBackend(random_weights(), ON_CPU)


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


def test_the_last_two_sizes_are_kept(backend, monkeypatch):
    made = []

    class Counted(torch_estimator.TorchPipeline):
        def __init__(self, network, canonical, config, device):
            made.append((config.width_px, config.height_px))
            super().__init__(network, canonical, config, device)

    monkeypatch.setattr(torch_estimator, 'TorchPipeline', Counted)
    _, on_device = both(backend)
    first, second, third = (160, 96), (96, 96), (128, 96)
    for size in (first, second, first, second, third, second, first):
        on_device.estimate(*frame_of(size))
    assert made == [first, second, third, first]


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
    monkeypatch.setattr(backend, 'shapes_at_start', lambda usual: ready)
    _, on_device = both(backend, input_height_px=192, input_width_px=640)
    assert on_device.warm_up_sizes_px == sizes


@pytest.mark.parametrize('input_size', [(100, 200), (50, 70), (192, 640)])
@pytest.mark.parametrize('image_size', [(1280, 720), (333, 187), (4000, 100), (100, 4000)])
def test_the_size_that_is_warmed_up_needs_the_network_of_the_camera(
    backend, monkeypatch, input_size, image_size
):
    _, on_device = both(backend, input_height_px=input_size[0], input_width_px=input_size[1])
    width, height = image_size
    shape = on_device._shape_of(height, width)
    monkeypatch.setattr(backend, 'shapes_at_start', lambda usual: [shape])
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
