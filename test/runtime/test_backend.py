"""The laws that every backend keeps, and how one is chosen."""

from dataclasses import replace
import logging
import subprocess
import sys

import numpy as np
import pytest
from random_model import random_model

from depth_nodes.errors import BackendError, CheckpointError, ConfigError
from depth_nodes.runtime.backend import BackendConfig, BACKENDS, make_backend
from depth_nodes.runtime.model_store import fake_model

CONFIG = BackendConfig(num_threads=1)
SIZES = [(96, 96), (128, 416)]


def image_of(size: tuple[int, int], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((1, 3, *size), dtype=np.float32)


@pytest.fixture(params=BACKENDS)
def backend(request):
    backend = make_backend(request.param, random_model(), CONFIG)
    yield backend
    backend.close()


def test_it_answers_to_its_name(backend):
    assert BACKENDS[backend.name] is not None


@pytest.mark.parametrize('size', SIZES)
def test_an_image_gives_a_sigmoid_output_of_its_size(backend, size):
    output = backend.infer(image_of(size))
    assert output.shape == (1, 1, *size)
    assert output.dtype == np.float32
    assert output.min() >= 0
    assert output.max() <= 1


def test_the_same_image_gives_the_same_output_and_another_gives_another(backend):
    image = image_of((96, 128))
    first = backend.infer(image).copy()
    other = backend.infer(image_of((96, 128), seed=1)).copy()
    assert np.array_equal(backend.infer(image), first)
    assert not np.array_equal(other, first)


def test_the_image_stays_as_it_was(backend):
    image = image_of((96, 96))
    before = image.copy()
    backend.infer(image)
    assert np.array_equal(image, before)


@pytest.mark.parametrize('size', [*SIZES, (192, 640)])
def test_onnx_agrees_with_torch(size):
    model = random_model()
    onnx, oracle = (make_backend(name, model, CONFIG) for name in ('onnx', 'torch'))
    image = image_of(size)
    expected = oracle.infer(image)
    assert np.abs(onnx.infer(image) - expected).max() <= 1e-4 * np.ptp(expected)


@pytest.mark.parametrize('name', ['onnx', 'torch'])
def test_an_impossible_size_is_one_line(name):
    backend = make_backend(name, random_model(), CONFIG)
    with pytest.raises(BackendError, match='96') as caught:
        backend.infer(np.zeros((1, 3, 96, 50), np.float32))
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize('name', ['onnx', 'torch'])
def test_a_closed_backend_says_so(name):
    backend = make_backend(name, random_model(), CONFIG)
    backend.close()
    with pytest.raises(BackendError, match='closed'):
        backend.infer(image_of((96, 96)))


def test_auto_takes_onnx_first():
    assert make_backend('auto', random_model(), CONFIG).name == 'onnx'


def test_auto_falls_back_to_torch_and_says_why(caplog):
    model = replace(random_model(), onnx_path=None)
    with caplog.at_level(logging.WARNING):
        assert make_backend('auto', model, CONFIG).name == 'torch'
    assert 'has no .onnx file' in caplog.text


def test_auto_falls_back_where_the_engine_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, 'onnxruntime', None)
    assert make_backend('auto', random_model(), CONFIG).name == 'torch'


@pytest.mark.parametrize('content', [None, b'damaged'])
def test_auto_does_not_hide_a_missing_or_damaged_file(tmp_path, content):
    path = tmp_path / 'small.onnx'
    if content is not None:
        path.write_bytes(content)
    model = replace(random_model(), onnx_path=path, onnx_sha256='0' * 64)
    with pytest.raises(CheckpointError, match='restore it from the release'):
        make_backend('auto', model, CONFIG)


def test_only_auto_falls_back():
    with pytest.raises(CheckpointError, match='has no .onnx file'):
        make_backend('onnx', replace(random_model(), onnx_path=None), CONFIG)


def test_auto_without_any_file_gives_every_reason():
    model = replace(random_model(), onnx_path=None, safetensors_path=None)
    with pytest.raises(BackendError, match=r'onnx: .* torch: '):
        make_backend('auto', model, CONFIG)


def test_auto_runs_the_fake_model_on_the_fake_backend():
    assert make_backend('auto', fake_model(), CONFIG).name == 'fake'


def test_an_unknown_backend_is_refused():
    with pytest.raises(ConfigError, match='choose from auto, onnx, torch, fake'):
        make_backend('openvino', random_model(), CONFIG)


@pytest.mark.parametrize('num_threads', [-1, 257])
def test_impossible_settings_are_refused(num_threads):
    with pytest.raises(ConfigError, match='num_threads'):
        BackendConfig(num_threads=num_threads)


def test_threads_are_half_the_cores_unless_told():
    assert 1 <= BackendConfig().thread_count <= 4
    assert BackendConfig(num_threads=3).thread_count == 3


@pytest.mark.parametrize(
    ('missing', 'name'), [('onnxruntime', 'onnx'), ('torch', 'torch'), ('safetensors', 'torch')]
)
def test_an_engine_that_is_not_installed_is_one_line(monkeypatch, missing, name):
    model = random_model()
    for module in list(sys.modules):
        if module.startswith(('depth_nodes.runtime.torch_', 'depth_nodes.networks')):
            monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(BackendError, match='pip install') as caught:
        make_backend(name, model, CONFIG)
    assert '\n' not in str(caught.value)


def test_estimating_with_onnx_needs_no_torch():
    program = (
        'import sys\n'
        'import numpy as np\n'
        'from depth_nodes.messages.camera import Camera\n'
        'from depth_nodes.runtime.estimator import make_estimator\n'
        f'estimator = make_estimator({str(random_model().onnx_path)!r}, "auto")\n'
        'estimator.warm_up(96, 128)\n'
        'print(estimator.backend.name, "torch" in sys.modules)\n'
    )
    done = subprocess.run([sys.executable, '-c', program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ['onnx', 'False']
