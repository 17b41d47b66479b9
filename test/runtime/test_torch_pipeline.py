"""The laws from images in memory to depth and points in memory, with a real network."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
from random_model import CANONICAL, random_network
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from depth_nodes.errors import BackendError, InputError
from depth_nodes.messages.camera import Camera
from depth_nodes.messages.cloud import CloudWriter
from depth_nodes.networks.blocks.sparse import fold_batch_norm
from depth_nodes.runtime.backend import BackendConfig
from depth_nodes.runtime.depth_estimate import EstimatorConfig
from depth_nodes.runtime.estimator import DepthEstimator
from depth_nodes.runtime.manifest import ModelFiles
from depth_nodes.runtime.model_store import find_model
from depth_nodes.runtime.pipeline_config import PipelineConfig, PointsConfig
from depth_nodes.runtime.torch_gpu_backend import TorchGpuBackend
from depth_nodes.runtime.torch_pipeline import TorchPipeline

CPU = torch.device('cpu')
INPUT = {'input_width_px': 160, 'input_height_px': 96}
RANGE = {'min_depth_m': 1.0, 'max_depth_m': 10.0}
# Image sizes that the network sees shrunk, as they are, padded, halved first, and enlarged.
SIZES = [(333, 187), (160, 96), (150, 90), (1280, 720), (100, 80)]


@cache
def small_depth(device: torch.device = CPU) -> Callable[[Tensor], Tensor]:
    """Random weights whose depth is spread over the range."""
    network = random_network()
    head = network.heads[0]
    head.weight.data *= 0.1
    head.bias.data.fill_(-4.0)
    folded = fold_batch_norm(network).to(device)
    return lambda image: folded(image).full


class NetworkBackend:
    """The same network for the numpy path."""

    name, device, precision = 'network', 'cpu', 'fp32'

    @torch.inference_mode()
    def infer(self, image: np.ndarray) -> np.ndarray:
        return small_depth()(torch.from_numpy(image)).numpy()

    def close(self) -> None:
        raise AssertionError('nothing to close')


def make_config(size: tuple[int, int] = SIZES[0], **changes: object) -> PipelineConfig:
    return PipelineConfig(width_px=size[0], height_px=size[1], **{**INPUT, **RANGE, **changes})


def make_pipeline(config: PipelineConfig, device: torch.device = CPU) -> TorchPipeline:
    return TorchPipeline(small_depth(device), CANONICAL, config, device)


def make_frame(size: tuple[int, int], seed: int = 0) -> tuple[np.ndarray, Camera]:
    """Coarse blocks of colour with some noise, seen by a camera of its own."""
    rng = np.random.default_rng(seed)
    width, height = size
    blocks = rng.integers(0, 240, (-(-height // 8), -(-width // 8), 3), np.uint8)
    image = blocks.repeat(8, axis=0).repeat(8, axis=1)[:height, :width]
    image = image + rng.integers(0, 16, image.shape, np.uint8)
    camera = Camera(
        width_px=width,
        height_px=height,
        fx_px=width * (0.7 + 0.2 * seed),
        fy_px=width * (0.75 + 0.2 * seed),
        cx_px=width / 2 + seed,
        cy_px=height / 2 - seed,
    )
    return image, camera


def estimated(config: PipelineConfig, image: np.ndarray, camera: Camera) -> np.ndarray:
    """Depth [m] of the numpy path around the same network."""
    output_size = 'camera' if config.is_camera_sized else 'network'
    estimator_config = EstimatorConfig(**INPUT, **RANGE, output_size=output_size)
    model = ModelFiles(name='random', canonical=CANONICAL)
    return (
        DepthEstimator(NetworkBackend(), model, estimator_config).estimate(image, camera).depth_m
    )


def cloud_bytes(config: PipelineConfig, depth: np.ndarray, rgb: np.ndarray, camera: Camera):
    message = SimpleNamespace(data=np.empty(0, np.uint8))
    points = config.points
    writer = CloudWriter(message, points.stride, points.max_range_m)
    writer.write(depth, config.depth_camera(camera), rgb, None)
    return message.data


def ran(config: PipelineConfig, *frames: tuple[np.ndarray, Camera]) -> TorchPipeline:
    pipeline = make_pipeline(config)
    for index, frame in enumerate(frames):
        pipeline.load(index, *frame)
    pipeline.run()
    return pipeline


@pytest.mark.parametrize('is_camera_sized', [True, False])
@pytest.mark.parametrize('size', SIZES)
def test_depth_is_that_of_the_estimator(size, is_camera_sized):
    config, frame = make_config(size, is_camera_sized=is_camera_sized), make_frame(size)
    depth, expected = ran(config, frame).depth(0), estimated(config, *frame)
    assert np.isposinf(expected).any()
    assert np.isneginf(expected).any()
    assert np.isfinite(expected).mean() > 0.5
    np.testing.assert_allclose(depth, expected, rtol=1e-5)


@pytest.mark.parametrize(('stride', 'max_range_m'), [(1, 100.0), (3, 100.0), (1, 3.0)])
def test_points_are_the_bytes_of_the_cloud_writer(stride, max_range_m):
    config = make_config(points=PointsConfig(stride=stride, max_range_m=max_range_m))
    image, camera = make_frame(SIZES[0])
    pipeline = ran(config, (image, camera))
    points = pipeline.points(0).view(np.float32).reshape(-1, 4)
    expected = cloud_bytes(config, pipeline.depth(0), image, camera)
    expected = expected.view(np.float32).reshape(-1, 4)
    assert 0.05 < np.isnan(expected[:, 2]).mean() < 0.9
    np.testing.assert_array_equal(points.view(np.uint32)[:, 3], expected.view(np.uint32)[:, 3])
    np.testing.assert_array_equal(points[:, :3], expected[:, :3])


def test_points_at_the_networks_size_have_its_colours():
    config = make_config(is_camera_sized=False, points=PointsConfig())
    image, camera = make_frame(SIZES[0])
    pipeline = ran(config, (image, camera))
    fit, levels = config.fit, pipeline._network_image[0].permute(1, 2, 0).numpy() * 255
    content = np.rint(levels[: fit.content_height_px, : fit.content_width_px]).astype(np.uint8)
    expected = cloud_bytes(config, pipeline.depth(0), content, camera)
    points = pipeline.points(0).view(np.float32)
    np.testing.assert_array_equal(points.view(np.uint32)[3::4], expected.view(np.uint32)[3::4])
    np.testing.assert_array_equal(points, expected.view(np.float32))


def test_four_cameras_give_what_each_gives_alone():
    points = PointsConfig(stride=2)
    frames = [make_frame(SIZES[0], seed) for seed in range(4)]
    batch = ran(make_config(num_cameras=4, points=points), *frames)
    for index, frame in enumerate(frames):
        alone = ran(make_config(points=points), frame)
        np.testing.assert_allclose(batch.depth(index), alone.depth(0), rtol=1e-5)
        batch_points, points_alone = (
            data.reshape(-1, 16) for data in (batch.points(index), alone.points(0))
        )
        np.testing.assert_array_equal(batch_points[:, 12:], points_alone[:, 12:])
        planes = (data[:, :12].copy().view(np.float32) for data in (batch_points, points_alone))
        np.testing.assert_allclose(*planes, rtol=1e-5)


def test_a_silent_camera_does_not_change_the_others():
    frames = [make_frame(SIZES[0], seed) for seed in range(3)]
    config = make_config(num_cameras=2)
    pipeline = ran(config, frames[0], frames[1])
    silent = pipeline.depth(0).copy()
    pipeline.load(1, *frames[2])
    pipeline.run()
    np.testing.assert_array_equal(pipeline.depth(0), silent)
    np.testing.assert_array_equal(pipeline.depth(1), ran(config, frames[0], frames[2]).depth(1))


def test_a_changed_camera_counts_from_the_next_run():
    image, camera = make_frame(SIZES[0])
    _, other = make_frame(SIZES[0], seed=2)
    config = make_config(points=PointsConfig(stride=2))
    pipeline = ran(config, (image, camera))
    pipeline.load(0, image, other)
    pipeline.run()
    expected = ran(config, (image, other))
    np.testing.assert_array_equal(pipeline.depth(0), expected.depth(0))
    np.testing.assert_array_equal(pipeline.points(0), expected.points(0))


@pytest.mark.parametrize('layout', ['rows', 'channels'])
def test_images_may_have_any_strides(layout):
    image, camera = make_frame(SIZES[0])
    if layout == 'rows':
        view = np.zeros((image.shape[0], image.shape[1] + 9, 3), np.uint8)[:, :-9]
        view[:] = image
    else:
        view = np.ascontiguousarray(image[..., ::-1])[..., ::-1]
    assert not view.flags.c_contiguous
    config = make_config()
    strided, plain = ran(config, (view, camera)), ran(config, (image, camera))
    np.testing.assert_array_equal(strided.depth(0), plain.depth(0))


def test_points_that_nobody_wants_stay_as_they_were():
    config = make_config(points=PointsConfig(stride=2))
    pipeline = ran(config, make_frame(SIZES[0]))
    points, depth = pipeline.points(0).copy(), pipeline.depth(0).copy()
    pipeline.load(0, *make_frame(SIZES[0], seed=1))
    pipeline.run(with_points=False)
    np.testing.assert_array_equal(pipeline.points(0), points)
    assert (pipeline.depth(0) != depth).any()


class LaunchCount(TorchFunctionMode):
    """Notes the operations that are kernels or copies on a GPU: all but views and questions."""

    FREE = {'__get__', '__getitem__', '__len__', 'chunk', 'permute', 'unflatten', 'view'}

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if func.__name__ not in self.FREE:
            self.names.append(func.__name__)
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize(
    ('size', 'points', 'num_launches'),
    [
        ((1280, 720), None, 19),
        ((1280, 720), PointsConfig(stride=2, max_range_m=100.0), 23),
        ((1280, 720), PointsConfig(stride=2, max_range_m=1.0), 25),
        ((1920, 1080), PointsConfig(stride=2, max_range_m=100.0), 27),
        ((1280, 384), PointsConfig(stride=2, max_range_m=100.0), 20),
        ((640, 192), PointsConfig(stride=2, max_range_m=100.0), 12),
    ],
)
def test_launches_around_the_network_are_few(size, points, num_launches):
    """Each costs a GPU some microseconds, whatever it computes."""
    config = make_config(size, points=points, input_width_px=640, input_height_px=192)
    output = torch.full((1, 1, *config.network_shape[1:]), 0.5)
    pipeline = TorchPipeline(lambda image: output, CANONICAL, config, CPU)
    pipeline.load(0, *make_frame(size))
    with LaunchCount() as count:
        pipeline.run()
    assert len(count.names) == num_launches, count.names


def test_images_and_cameras_of_another_size_are_refused():
    pipeline = make_pipeline(make_config((160, 96)))
    image, camera = make_frame((160, 96))
    for frame in ((image[1:], camera), (image, camera.resized(80, 48))):
        with pytest.raises(InputError, match='160x96'):
            pipeline.load(0, *frame)


def test_an_engine_that_fails_is_a_backend_error():
    def broken(image: Tensor) -> Tensor:
        raise RuntimeError('out of memory\nand a long story')

    with pytest.raises(BackendError, match=r'160x96 px \(out of memory\); choose'):
        TorchPipeline(broken, CANONICAL, make_config((160, 96)), CPU).run()


@pytest.mark.skipif(torch.cuda.is_available(), reason='needs a machine without a GPU')
def test_a_machine_without_a_gpu_is_a_backend_error():
    with pytest.raises(BackendError, match='another backend'):
        TorchPipeline(small_depth(), CANONICAL, make_config(), torch.device('cuda'))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a CUDA device')
@pytest.mark.parametrize('with_points', [True, False])
def test_replays_are_what_each_operation_gives_alone(with_points):
    points, gpu = PointsConfig(stride=2), torch.device('cuda')
    graph, eager = (
        make_pipeline(make_config(num_cameras=2, points=points, use_cuda_graph=is_used), gpu)
        for is_used in (True, False)
    )
    depths = []
    for seed in range(4):
        for pipeline in (graph, eager):
            for index in range(2):
                pipeline.load(index, *make_frame(SIZES[0], seed + index))
            pipeline.run(with_points=with_points)
        for index in range(2):
            np.testing.assert_allclose(graph.depth(index), eager.depth(index), rtol=1e-5)
            points_seen = [one.points(index).reshape(-1, 16) for one in (graph, eager)]
            np.testing.assert_array_equal(*(data[:, 12:] for data in points_seen))
            planes = (data[:, :12].copy().view(np.float32) for data in points_seen)
            np.testing.assert_allclose(*planes, rtol=1e-5)
        depths.append(graph.depth(0).copy())
    assert not any(np.array_equal(*pair) for pair in zip(depths[:-1], depths[1:], strict=True))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a CUDA device')
def test_what_nodes_run_gives_in_a_graph_what_it_gives_without():
    """The shipped network in 16 bits; and one that no graph can hold runs all the same."""
    model, gpu = find_model('small_depth'), torch.device('cuda')
    config = make_config(SIZES[3], points=PointsConfig())
    backend = TorchGpuBackend(model, BackendConfig(device='cuda'))
    network = backend.network(config.network_shape)

    class Uncapturable:
        def __call__(self, image: Tensor) -> Tensor:
            return network(image)

        def is_capturable(self, stream: int) -> bool:
            return False

    eager = replace(config, use_cuda_graph=False)
    pipelines = [
        TorchPipeline(one, model.canonical, settings, gpu)
        for one, settings in ((network, config), (network, eager), (Uncapturable(), config))
    ]
    assert [one.is_captured for one in pipelines] == [True, False, False]
    for seed in range(2):
        for pipeline in pipelines:
            pipeline.load(0, *make_frame(SIZES[3], seed))
            pipeline.run()
        for pipeline in pipelines[1:]:
            np.testing.assert_allclose(pipeline.depth(0), pipelines[0].depth(0), rtol=1e-3)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a CUDA device')
def test_depth_and_points_on_a_gpu_are_those_of_the_cpu():
    """The network's own rounding is left out: it is a constant here."""
    config, frame = make_config(points=PointsConfig(stride=2)), make_frame(SIZES[0])
    output = torch.rand((1, 1, *config.network_shape[1:]), generator=torch.manual_seed(0)) * 0.1
    depths, points = [], []
    for device in (CPU, torch.device('cuda')):
        fixed = output.to(device)
        pipeline = TorchPipeline(lambda image, fixed=fixed: fixed, CANONICAL, config, device)
        pipeline.load(0, *frame)
        pipeline.run()
        depths.append(pipeline.depth(0).copy())
        points.append(pipeline.points(0).reshape(-1, 16).copy())
    np.testing.assert_allclose(*depths, rtol=1e-5)
    np.testing.assert_array_equal(points[0][:, 12:], points[1][:, 12:])
    planes = (data[:, :12].copy().view(np.float32) for data in points)
    np.testing.assert_allclose(*planes, rtol=1e-5)
