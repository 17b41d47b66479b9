"""Two engines a view size, built once, checked each time; the compiler is a fake around torch."""

from dataclasses import replace
import logging

import numpy as np
import pytest
from random_refiner import COARSE_SIZE_PX, random_refiner_weights, TILE_SIZE_PX
import torch

from depth_nodes.errors import BackendError, CheckpointError, EngineMismatchError
from depth_nodes.model_header import INPUT_NAME, MAP_NAMES, TILE_NAMES
from depth_nodes.runtime import tensorrt_backend, tensorrt_refiner_engines
from depth_nodes.runtime.backend import BackendConfig
from depth_nodes.runtime.gpu import Gpu
from depth_nodes.runtime.refiner_backend import RefinerBackend
from depth_nodes.runtime.tensorrt_refiner import TensorRtRefiner
from depth_nodes.runtime.tensorrt_refiner_engines import TILES
from depth_nodes.runtime.tensorrt_tensors import ANY
from depth_nodes.runtime.torch_refiner import TorchRefiner

GPU = Gpu(name='NVIDIA H200', compute_capability=(9, 0), driver_version='12.8')
RNG = np.random.default_rng(0)
IMAGE = RNG.random((1, 3, *COARSE_SIZE_PX), np.float32)
CUT = RNG.random((2, 3, *TILE_SIZE_PX), np.float32)
BOXES = np.array([[0.1, 0.0, 0.7, 0.5], [0.4, 0.5, 1.0, 1.0]], np.float32)


class FakeTensorRt:
    """Its plans are numbers of graphs, which torch runs; `factor` spoils what they say."""

    def __init__(self) -> None:
        self.graphs, self.built, self.loaded = [], [], []
        self.factor = {INPUT_NAME: 1.0, TILE_NAMES[0]: 1.0}

    def build_plan(self, compiler, graph, inputs, what, profile) -> bytes:
        assert compiler == 'compiler'
        self.graphs.append(graph)
        self.built.append((what, profile, [tuple(one.shape) for one in inputs]))
        return f'plan {len(self.graphs) - 1}'.encode()

    def engine(self, plan: bytes, inputs, outputs):
        if not plan.startswith(b'plan'):
            raise EngineMismatchError('TensorRT cannot load the engine')
        self.loaded.append((inputs, outputs))
        graph, factor = self.graphs[int(plan.split()[1])], self.factor[next(iter(inputs))]

        def run(*tensors):
            said = graph(*tensors)
            return [factor * one for one in (said if isinstance(said, tuple) else (said,))]

        return run


@pytest.fixture
def tensorrt(monkeypatch) -> FakeTensorRt:
    fake = FakeTensorRt()
    monkeypatch.setattr(tensorrt_backend, 'find_gpu', lambda: GPU)
    monkeypatch.setattr(tensorrt_backend, 'tensorrt_versions', lambda: {'tensorrt': '10.12'})
    monkeypatch.setattr(tensorrt_refiner_engines, 'load_compiler', lambda: 'compiler')
    monkeypatch.setattr(tensorrt_refiner_engines, 'build_plan', fake.build_plan)
    monkeypatch.setattr(tensorrt_refiner_engines, 'TensorsEngine', fake.engine)
    # What is checked beside it need not be as large as on a GPU.
    monkeypatch.setattr(tensorrt_refiner_engines, 'TILES', TILES._replace(usual=2, most=2))
    return fake


@pytest.fixture
def start(tensorrt, tmp_path):
    """A backend on one folder of engines, as each start of a node makes one."""

    def make(**config) -> TensorRtRefiner:
        settings = {'precision': 'fp32', 'device': 'cpu', 'engine_cache_dir': tmp_path / 'engines'}
        return TensorRtRefiner(random_refiner_weights(), BackendConfig(**{**settings, **config}))

    return make


def test_engines_say_what_torch_says_and_are_built_once(tensorrt, start):
    torchs = TorchRefiner(random_refiner_weights(), BackendConfig(num_threads=1, device='cpu'))
    view = torchs.look(IMAGE)
    expected = torchs.residuals(CUT, BOXES, view)
    for _ in range(2):
        backend = start()
        assert isinstance(backend, RefinerBackend)
        assert (backend.name, backend.num_tiles) == ('tensorrt', 16)
        ours = backend.look(IMAGE)
        np.testing.assert_allclose(ours.depth, view.depth, rtol=1e-5)
        found = backend.residuals(CUT, BOXES, ours)
        np.testing.assert_allclose(found, expected, atol=1e-4 * np.ptp(expected))
        backend.close()
    assert len(tensorrt.built) == 2


def test_the_engines_are_told_what_comes(tensorrt, start):
    start().look(IMAGE)
    (coarse, no_profile, images), (refiner, profile, tiles) = tensorrt.built
    assert 'coarse maps of 96x160' in coarse
    assert 'refiner of 96x160' in refiner
    assert (no_profile, images) == (None, [(1, 3, *COARSE_SIZE_PX)])
    assert (profile.least, profile.usual, profile.num_inputs) == (1, 2, 2)
    assert tiles[:2] == [(2, 3, *TILE_SIZE_PX), (2, 4)]
    (image, maps), (given, residual) = tensorrt.loaded
    assert image == {INPUT_NAME: (1, 3, *COARSE_SIZE_PX)}
    assert list(given) == [*TILE_NAMES, *MAP_NAMES]
    assert [shape[0] for shape in given.values()] == [ANY, ANY, *[1] * len(MAP_NAMES)]
    assert maps == [given[name] for name in MAP_NAMES]
    assert residual == [(ANY, 1, *TILE_SIZE_PX)]


def test_the_profile_is_one_four_and_sixteen():
    assert (TILES.least, TILES.usual, TILES.most) == (1, 4, 16)


def test_half_precision_is_near_enough_and_has_engines_of_its_own(tensorrt, start):
    exact = start()
    expected = exact.residuals(CUT, BOXES, exact.look(IMAGE))
    rounded = start(precision='fp16')
    found = rounded.residuals(CUT, BOXES, rounded.look(IMAGE))
    assert 0 < np.abs(found - expected).mean() < 0.01 * np.abs(expected).mean()
    assert ['refiner' in what for what, _, _ in tensorrt.built] == [False, True, True]


def test_each_size_of_the_view_has_its_own(tensorrt, start):
    backend = start()
    for size in (COARSE_SIZE_PX, (96, 96), COARSE_SIZE_PX):
        backend.look(np.zeros((1, 3, *size), np.float32))
    assert len(tensorrt.built) == len(tensorrt.loaded) == 4


@pytest.mark.parametrize(
    ('engine', 'reason'), [(INPUT_NAME, 'in coarse_depth'), (TILE_NAMES[0], 'in 1 tiles')]
)
def test_an_engine_that_says_something_else_is_refused(tensorrt, start, engine, reason):
    tensorrt.factor[engine] = 1.01
    with pytest.raises(BackendError, match=f'the fp32 engine is .* off float32 torch {reason}'):
        start().look(IMAGE)


def test_a_kept_engine_that_is_wrong_is_built_anew(tensorrt, start, caplog):
    start().look(IMAGE)
    tensorrt.graphs[1] = lambda *given: torch.zeros(2, 1, *TILE_SIZE_PX)
    with caplog.at_level(logging.WARNING):
        start().look(IMAGE)
    assert len(tensorrt.built) == 3
    assert 'is refused' in caplog.text


def test_a_machine_without_a_gpu_or_weights_says_so(tensorrt, start, monkeypatch):
    with pytest.raises(CheckpointError, match='no .safetensors file'):
        TensorRtRefiner(
            replace(random_refiner_weights(), safetensors_path=None), BackendConfig(device='cpu')
        )
    monkeypatch.setattr(tensorrt_backend, 'find_gpu', lambda: None)
    with pytest.raises(BackendError, match='needs an NVIDIA GPU'):
        start()


@pytest.mark.gpu
@pytest.mark.tensorrt
@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a CUDA device')
@pytest.mark.parametrize(('precision', 'tolerance'), [('fp32', 1e-3), ('fp16', 0.02)])
def test_a_gpu_says_what_torch_says(tmp_path, precision, tolerance):
    pytest.importorskip('torch_tensorrt', exc_type=Exception)
    config = BackendConfig(precision=precision, engine_cache_dir=tmp_path)
    found = []
    for kind in (TensorRtRefiner, TorchRefiner):
        backend = kind(random_refiner_weights(), config)
        view = backend.look(IMAGE)
        found.append(backend.residuals(CUT, BOXES, view))
        backend.close()
    np.testing.assert_allclose(*found, atol=tolerance * np.ptp(found[1]))
