"""Every backend of a refiner keeps the same promise, and `auto` takes the best that works."""

from dataclasses import replace
import logging
import sys

import numpy as np
import pytest
from random_refiner import (
    COARSE_SIZE_PX,
    random_refiner_graphs,
    random_refiner_weights,
    TILE_SIZE_PX,
)

from depth_nodes.errors import BackendError, ConfigError
from depth_nodes.runtime import refiner_backend
from depth_nodes.runtime.backend import BackendConfig
from depth_nodes.runtime.fake_refiner import FakeRefiner
from depth_nodes.runtime.gpu import Gpu
from depth_nodes.runtime.manifest import ModelFiles
from depth_nodes.runtime.refiner_backend import (
    make_refiner_backend,
    REFINER_BACKENDS,
    RefinerBackend,
)

CONFIG = BackendConfig(num_threads=1, device='cpu')
RNG = np.random.default_rng(0)
IMAGE = RNG.random((1, 3, *COARSE_SIZE_PX), np.float32)
TILES = RNG.random((2, 3, *TILE_SIZE_PX), np.float32)
BOXES = np.array([[0.1, 0.0, 0.7, 0.5], [0.4, 0.5, 1.0, 1.0]], np.float32)


def all_files() -> ModelFiles:
    """The graphs and the weights."""
    graphs, weights = random_refiner_graphs(), random_refiner_weights()
    coarse = replace(graphs.coarse, safetensors_path=weights.coarse.safetensors_path)
    return replace(graphs, safetensors_path=weights.safetensors_path, coarse=coarse)


def make(name: str) -> RefinerBackend:
    return make_refiner_backend(
        name, all_files() if name == 'onnx' else random_refiner_weights(), CONFIG
    )


NAMES = [
    pytest.param(name, marks=[pytest.mark.slow] if name == 'onnx' else [])
    for name in REFINER_BACKENDS
    if name != 'tensorrt'  # see test_tensorrt_refiner.py
]


@pytest.mark.parametrize('name', NAMES)
def test_the_contract(name):
    backend = make(name)
    assert isinstance(backend, RefinerBackend)
    assert (backend.name, backend.device, backend.num_tiles) == (name, 'cpu', 1)
    view = backend.look(IMAGE)
    assert view.depth.shape == COARSE_SIZE_PX
    assert view.depth.dtype == np.float32
    assert (view.depth > 0).all()
    residuals = backend.residuals(TILES, BOXES, view).copy()
    assert residuals.shape == (2, *TILE_SIZE_PX)
    assert residuals.dtype == np.float32
    assert residuals.std() > 0.01
    for index in range(2):
        one = slice(index, index + 1)
        alone = backend.residuals(TILES[one], BOXES[one], view)
        np.testing.assert_allclose(alone[0], residuals[index], atol=1e-3 * np.ptp(residuals))
    backend.close()


@pytest.mark.slow
def test_onnx_says_what_torch_says():
    found = []
    for name in ('onnx', 'torch'):
        backend = make(name)
        view = backend.look(IMAGE)
        found.append((1 / view.depth, backend.residuals(TILES, BOXES, view).copy()))
        backend.close()
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-3 * np.ptp(other))


def test_an_unknown_name_is_wrong_use():
    with pytest.raises(ConfigError, match="'tpu' runs no refiner; choose from auto, tensorrt"):
        make_refiner_backend('tpu', random_refiner_weights(), CONFIG)


@pytest.mark.parametrize(
    ('has_gpu', 'order'),
    [
        (False, [('onnx', 'cpu'), ('torch', 'cpu')]),
        (True, [('tensorrt', 'cuda'), ('torch', 'cuda'), ('onnx', 'cpu'), ('torch', 'cpu')]),
    ],
)
def test_auto_takes_the_first_that_works(monkeypatch, caplog, has_gpu, order):
    gpu = Gpu(name='NVIDIA H200', compute_capability=(9, 0), driver_version='12.8')
    monkeypatch.setattr(refiner_backend, 'find_gpu', lambda: gpu if has_gpu else None)
    model = replace(random_refiner_weights(), onnx_path=random_refiner_weights().safetensors_path)
    tried = []

    def broken(name):
        def make(model, config):
            tried.append((name, config.device))
            raise BackendError(f'{name} is not installed')

        return make

    for name in ('tensorrt', 'torch', 'onnx'):
        monkeypatch.setitem(REFINER_BACKENDS, name, broken(name))
    with (
        caplog.at_level(logging.INFO),
        pytest.raises(BackendError, match='can run the refiner random_refiner') as caught,
    ):
        make_refiner_backend('auto', model, CONFIG)
    assert tried == order
    for name, device in order:
        assert f'{name} on {device}: {name} is not installed' in str(caught.value)
    monkeypatch.setitem(REFINER_BACKENDS, 'onnx', FakeRefiner)
    assert make_refiner_backend('auto', model, CONFIG).name == 'fake'


def test_auto_passes_over_files_that_are_not_there():
    assert make_refiner_backend('auto', random_refiner_weights(), CONFIG).name == 'torch'


def test_without_torch_its_backend_says_what_to_install(monkeypatch):
    monkeypatch.delitem(sys.modules, 'depth_nodes.runtime.torch_refiner', raising=False)
    monkeypatch.setitem(sys.modules, 'torch', None)
    with pytest.raises(BackendError, match='pip install torch timm safetensors'):
        make_refiner_backend('torch', random_refiner_weights(), CONFIG)


def test_without_torch_tensorrt_says_what_to_install(monkeypatch):
    monkeypatch.delitem(sys.modules, 'depth_nodes.runtime.tensorrt_refiner', raising=False)
    monkeypatch.setitem(sys.modules, 'torch', None)
    with pytest.raises(BackendError, match="pip install timm 'depth_nodes.gpu.'"):
        make_refiner_backend('tensorrt', random_refiner_weights(), CONFIG)
