"""Engines are built once, checked each time, and refused in one line; the compiler is a fake."""

from collections.abc import Callable
from dataclasses import replace
import logging

import numpy as np
import pytest
from random_model import random_weights, TINY
import torch

from depth_nodes.errors import BackendError, CheckpointError, EngineMismatchError
from depth_nodes.messages.camera import Camera
from depth_nodes.networks.registry import gpu_form
from depth_nodes.runtime import tensorrt_backend
from depth_nodes.runtime.backend import BackendConfig
from depth_nodes.runtime.depth_estimate import EstimatorConfig
from depth_nodes.runtime.gpu import Gpu
from depth_nodes.runtime.model_store import find_model
from depth_nodes.runtime.pipeline_config import PointsConfig
from depth_nodes.runtime.tensorrt_backend import graph_version, TensorRtBackend
from depth_nodes.runtime.torch_estimator import TorchEstimator
from depth_nodes.runtime.torch_gpu_backend import TorchGpuBackend

GPU = Gpu(name='NVIDIA H200', compute_capability=(9, 0), driver_version='12.8')
SHAPE = (1, 96, 128)


class FakeTensorRt:
    """Builds plans that name a scale of the network's output; loads those of its own version."""

    def __init__(self) -> None:
        self.built: list[tuple[tuple[int, int, int], str]] = []
        self.loaded: list[tuple[int, int, int]] = []
        self.num_imports = 0
        self.plan, self.reason = b'plan 1.0', ''
        self.seen: Callable[[], str] = str
        self.activities: list[str] = []

    def compile_engine(self, network, shape, precision) -> bytes:
        self.activities.append(self.seen())
        self.built.append((shape, precision))
        if self.reason:
            raise BackendError(self.reason)
        self.network = gpu_form(network)
        return self.plan

    def engine(self, plan: bytes, shape):
        if not plan.startswith(b'plan'):
            raise EngineMismatchError('TensorRT cannot load the engine')
        self.loaded.append(shape)
        scale = float(plan.split()[1])
        return lambda image: self.network(image) * scale

    def load_compiler(self) -> None:
        self.num_imports += 1


@pytest.fixture
def tensorrt(monkeypatch) -> FakeTensorRt:
    fake = FakeTensorRt()
    monkeypatch.setattr(tensorrt_backend, 'find_gpu', lambda: GPU)
    monkeypatch.setattr(tensorrt_backend, 'tensorrt_versions', lambda: {'tensorrt': '10.12'})
    monkeypatch.setattr(tensorrt_backend, 'load_compiler', fake.load_compiler)
    monkeypatch.setattr(tensorrt_backend, 'compile_engine', fake.compile_engine)
    monkeypatch.setattr(tensorrt_backend, 'TensorRtEngine', fake.engine)
    return fake


@pytest.fixture
def start(tensorrt, tmp_path):
    """A backend on one folder of engines, as each start of a node makes one."""

    def make(**config) -> TensorRtBackend:
        settings = {'precision': 'fp32', 'device': 'cpu', 'engine_cache_dir': tmp_path / 'engines'}
        return TensorRtBackend(random_weights(TINY), BackendConfig(**{**settings, **config}))

    return make


def image_of(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).random((1, 3, height, width), dtype=np.float32)


def test_an_engine_is_built_once_for_all_starts(tensorrt, start):
    image = image_of(96, 128)
    outputs = [start().infer(image) for _ in range(2)]
    assert tensorrt.built == [(SHAPE, 'fp32')]
    expected = TorchGpuBackend(random_weights(TINY), BackendConfig(precision='fp32', device='cpu'))
    for output in outputs:
        np.testing.assert_array_equal(output, expected.infer(image))


def test_each_shape_and_precision_has_its_own(tensorrt, start):
    for precision in ('fp32', 'fp16'):
        backend = start(precision=precision)
        for shape in ((1, 96, 96), (2, 96, 96), (1, 96, 96)):
            backend.network(shape)
    shapes = [(1, 96, 96), (2, 96, 96)]
    assert tensorrt.built == [(shape, kind) for kind in ('fp32', 'fp16') for shape in shapes]


def test_an_engine_is_loaded_once_while_it_is_used(tensorrt, start):
    backend = start()
    for _ in range(3):
        backend.infer(image_of(96, 128))
    assert tensorrt.loaded == [SHAPE]


def test_what_was_run_last_is_ready_at_the_next_start(tensorrt, start):
    start().network(SHAPE)
    start().network((1, 96, 96))
    assert set(start().shapes_at_start([SHAPE])) == {SHAPE, (1, 96, 96)}
    assert start(precision='fp16').shapes_at_start([SHAPE]) == []


def test_an_estimator_builds_at_the_first_frame_and_warms_up_at_the_next_start(tensorrt, start):
    config = EstimatorConfig(input_height_px=96, input_width_px=128)
    image, camera = np.zeros((120, 200, 3), np.uint8), Camera.from_fov(200, 120, 60.0)
    first, second = (TorchEstimator(start(), random_weights(TINY), config) for _ in range(2))
    assert first.warm_up_sizes_px == []
    first.estimate(image, camera)
    (shape,) = {shape for shape, _ in tensorrt.built}
    assert second.warm_up_sizes_px == [shape[1:]]
    second.warm_up(*shape[1:])
    tensorrt.loaded.clear()
    second.estimate(image, camera)
    assert (len(tensorrt.built), tensorrt.loaded) == (1, [])


def test_building_is_told(tensorrt, start, caplog):
    backend = start()
    tensorrt.seen = lambda: backend.activity
    text = 'building the TensorRT engine for 96x128: minutes, once'
    with caplog.at_level(logging.INFO):
        backend.network(SHAPE)
    assert tensorrt.activities == [text]
    assert text in caplog.text
    assert backend.activity == ''


def test_that_an_engine_is_not_kept_is_told(start, tmp_path):
    (tmp_path / 'file').write_text('')
    backend = start(engine_cache_dir=tmp_path / 'file/engines')
    estimator = TorchEstimator(backend, random_weights(TINY), EstimatorConfig())
    assert estimator.problem == ''
    backend.network(SHAPE)
    assert 'the engine is built now and not kept' in estimator.problem


def test_a_failing_build_is_not_tried_at_every_frame(tensorrt, start):
    backend = start()
    tensorrt.reason = 'no converter'
    for _ in range(3):
        with pytest.raises(BackendError, match='^no converter$'):
            backend.network(SHAPE)
    assert len(tensorrt.built) == 1
    assert backend.activity == ''


@pytest.mark.parametrize(('precision', 'scale'), [('fp32', 0.999), ('fp16', 0.98)])
def test_an_engine_with_another_depth_is_refused_and_not_kept(tensorrt, start, precision, scale):
    tensorrt.plan = f'plan {scale}'.encode()
    with pytest.raises(BackendError, match=f'the {precision} engine is .* off the depth'):
        start(precision=precision).network(SHAPE)
    assert start(precision=precision).shapes_at_start([SHAPE]) == []


@pytest.mark.parametrize('plan', [b'plan 0.9', b'of another TensorRT'])
def test_a_kept_engine_that_is_wrong_is_built_anew(tensorrt, start, plan, monkeypatch, caplog):
    tensorrt.plan = plan
    with monkeypatch.context() as careless:
        careless.setattr(tensorrt_backend, 'TensorRtEngine', lambda *_: str)
        careless.setattr(TensorRtBackend, '_check', lambda *_: None)
        start().network(SHAPE)
    tensorrt.plan = b'plan 1.0'
    for _ in range(2):
        start().network(SHAPE)
    assert len(tensorrt.built) == 2
    (warning,) = (record for record in caplog.records if record.levelname == 'WARNING')
    assert 'is refused' in warning.getMessage()


def test_the_plan_is_what_is_kept(tensorrt, start):
    backend = start()
    assert not backend.engine_path(SHAPE).exists()
    assert backend.plan(SHAPE) == b'plan 1.0'
    assert backend.engine_path(SHAPE).read_bytes().endswith(b'plan 1.0')
    backend.close()
    with pytest.raises(BackendError, match='the tensorrt backend is closed'):
        backend.plan(SHAPE)


def test_the_compiler_is_imported_at_start_only_to_build(tensorrt, start):
    backend = start()
    assert tensorrt.num_imports == 1
    backend.network(SHAPE)
    start()
    assert tensorrt.num_imports == 1


def test_a_machine_without_a_gpu_or_weights_says_so(tensorrt, start, monkeypatch):
    config = BackendConfig(device='cpu')
    with pytest.raises(CheckpointError, match='no .safetensors file'):
        TensorRtBackend(replace(random_weights(TINY), safetensors_path=None), config)
    monkeypatch.setattr(tensorrt_backend, 'find_gpu', lambda: None)
    with pytest.raises(BackendError, match='needs an NVIDIA GPU'):
        start()


def test_the_graphs_version_follows_its_code(tmp_path, monkeypatch):
    for name in ('networks/blocks/etm.py', 'networks/a.py', 'runtime/tensorrt_compiler.py'):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('1')
    monkeypatch.setattr(tensorrt_backend, 'PACKAGE_DIR', tmp_path)
    versions = {graph_version.__wrapped__(), graph_version.__wrapped__()}
    for path in sorted(tmp_path.rglob('*.py')):
        path.write_text('2')
        versions.add(graph_version.__wrapped__())
    assert len(versions) == 4
    assert graph_version() != graph_version.__wrapped__()


@pytest.mark.gpu
@pytest.mark.tensorrt
@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a CUDA device')
@pytest.mark.parametrize(('precision', 'tolerance'), [('fp32', 1e-4), ('fp16', 0.01)])
def test_a_gpu_gives_what_torch_gives(tmp_path, precision, tolerance):
    pytest.importorskip('torch_tensorrt', exc_type=Exception)
    model, image = find_model('small_depth'), image_of(96, 128)
    config = BackendConfig(precision=precision, engine_cache_dir=tmp_path)
    output = TensorRtBackend(model, config).infer(image)
    expected = TorchGpuBackend(model, replace(config, precision='fp32')).infer(image)
    np.testing.assert_allclose(output, expected, atol=tolerance * np.ptp(expected))


@pytest.mark.gpu
@pytest.mark.tensorrt
@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a CUDA device')
def test_around_an_engine_a_pipeline_gives_what_it_gives_around_torch(tmp_path):
    pytest.importorskip('torch_tensorrt', exc_type=Exception)
    model, config = find_model('small_depth'), BackendConfig(engine_cache_dir=tmp_path)
    sizes = EstimatorConfig(input_height_px=96, input_width_px=160, points=PointsConfig())
    camera = Camera.from_fov(320, 180, 60.0)
    engines, torchs = (
        TorchEstimator(backend(model, config), model, sizes)
        for backend in (TensorRtBackend, TorchGpuBackend)
    )
    for seed in range(3):
        image = np.random.default_rng(seed).integers(0, 256, (180, 320, 3), np.uint8)
        for with_points in (True, False):
            ours, theirs = (
                one.estimate(image, camera, with_points=with_points) for one in (engines, torchs)
            )
            are_known = np.isfinite(ours.depth_m) & np.isfinite(theirs.depth_m)
            assert are_known.mean() > 0.5
            off = ours.depth_m[are_known] / theirs.depth_m[are_known] - 1
            assert np.abs(off).mean() < 0.01
            assert (ours.points is not None) == with_points
