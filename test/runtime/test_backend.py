"""The laws that every backend keeps, and how one is chosen."""

from dataclasses import replace
import sys

import numpy as np
import pytest
from random_model import random_model

from depth_nodes.errors import BackendError, CheckpointError, ConfigError
from depth_nodes.runtime import backend as backend_module
from depth_nodes.runtime.backend import (
    automatic_choices,
    Backend,
    BackendConfig,
    BACKENDS,
    DeviceBackend,
    make_automatic,
    make_backend,
)
from depth_nodes.runtime.gpu import find_gpu, Gpu
from depth_nodes.runtime.model_store import fake_model
from depth_nodes.runtime.torch_gpu_backend import TorchGpuBackend

CONFIG = BackendConfig(num_threads=1, device='cpu')
GPU = Gpu(name='NVIDIA H200', compute_capability=(9, 0), driver_version='12.8')
SIZES = [(96, 96), (128, 416)]


def image_of(size: tuple[int, int], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((1, 3, *size), dtype=np.float32)


@pytest.fixture(params=[*BACKENDS, 'torch as on a GPU'])
def backend(request):
    if request.param in BACKENDS:
        if request.param == 'tensorrt' and find_gpu() is None:
            pytest.skip('needs a CUDA device')
        backend = make_backend(request.param, random_model(), replace(CONFIG, device=''))
    else:
        backend = TorchGpuBackend(random_model(), replace(CONFIG, precision='fp32'))
    yield backend
    backend.close()


def test_it_says_what_it_is(backend):
    assert isinstance(backend, Backend)
    assert backend.name in BACKENDS
    assert backend.device in ('cpu', 'cuda')
    assert backend.precision in ('fp16', 'fp32')


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


def labels(config: BackendConfig = CONFIG) -> list[str]:
    return [choice.label for choice in automatic_choices(random_model(), config)]


def test_without_a_gpu_auto_takes_onnx_then_torch_on_the_cpu(monkeypatch):
    monkeypatch.setattr(backend_module, 'find_gpu', lambda: None)
    assert labels() == ['onnx', 'torch']


@pytest.mark.parametrize('has_cuda_provider', [True, False])
def test_with_a_gpu_auto_takes_its_backends_first(monkeypatch, has_cuda_provider):
    import onnxruntime

    providers = ['CUDAExecutionProvider'] * has_cuda_provider + ['CPUExecutionProvider']
    monkeypatch.setattr(onnxruntime, 'get_available_providers', lambda: providers)
    monkeypatch.setattr(backend_module, 'find_gpu', lambda: GPU)
    on_gpu = ['tensorrt on the GPU', 'torch on the GPU', 'onnx on the GPU']
    assert labels() == [*on_gpu[: 2 + has_cuda_provider], 'onnx', 'torch']
    choices = automatic_choices(random_model(), replace(CONFIG, precision='fp32'))
    assert [choice.config.device for choice in choices] == [
        'cuda' if 'GPU' in choice.label else 'cpu' for choice in choices
    ]
    assert {(one.config.precision, one.config.num_threads) for one in choices} == {('fp32', 1)}


def test_a_gpu_without_onnxruntime_is_no_error(monkeypatch):
    monkeypatch.setattr(backend_module, 'find_gpu', lambda: GPU)
    monkeypatch.setitem(sys.modules, 'onnxruntime', None)
    assert 'onnx on the GPU' not in labels()


def test_on_a_machine_without_a_gpu_its_backends_say_so():
    if find_gpu() is not None:
        pytest.skip('needs a machine without a GPU')
    for name, reason in (('tensorrt', 'needs an NVIDIA GPU'), ('torch', 'torch finds no GPU')):
        with pytest.raises(BackendError, match=reason) as caught:
            make_backend(name, random_model(), replace(CONFIG, device='cuda'))
        assert '\n' not in str(caught.value)


def test_a_choice_without_its_file_is_a_failure_that_auto_passes_over():
    for choice in automatic_choices(random_model(), CONFIG):
        model = replace(random_model(), onnx_path=None, safetensors_path=None)
        with pytest.raises(BackendError, match=r'has no \.(onnx|safetensors) file'):
            make_automatic(choice, model)


def test_auto_runs_the_fake_model_on_the_fake_backend():
    (choice,) = automatic_choices(fake_model(), CONFIG)
    assert make_automatic(choice, fake_model()).name == 'fake'


def test_only_what_gives_its_network_is_a_device_backend(backend):
    assert isinstance(backend, DeviceBackend) == isinstance(backend, TorchGpuBackend)


def test_only_auto_falls_back():
    with pytest.raises(CheckpointError, match='has no .onnx file'):
        make_backend('onnx', replace(random_model(), onnx_path=None), CONFIG)


def test_an_unknown_backend_is_refused():
    with pytest.raises(ConfigError, match='choose from auto, tensorrt, torch, onnx, fake'):
        make_backend('openvino', random_model(), CONFIG)


@pytest.mark.parametrize(
    ('name', 'value'), [('num_threads', -1), ('num_threads', 257), ('precision', 'int8')]
)
def test_impossible_settings_are_refused(name, value):
    with pytest.raises(ConfigError, match=name):
        BackendConfig(**{name: value})


def test_threads_are_half_the_cores_unless_told():
    assert 1 <= BackendConfig().thread_count <= 4
    assert BackendConfig(num_threads=3).thread_count == 3


@pytest.mark.parametrize(
    ('missing', 'name'),
    [
        ('onnxruntime', 'onnx'),
        ('torch', 'torch'),
        ('safetensors', 'torch'),
        ('torch', 'tensorrt'),
    ],
)
def test_an_engine_that_is_not_installed_is_one_line(monkeypatch, missing, name):
    model = random_model()
    for module in list(sys.modules):
        if module.startswith(
            ('depth_nodes.runtime.t', 'depth_nodes.runtime.parity', 'depth_nodes.networks')
        ):
            monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(BackendError, match='pip install') as caught:
        make_backend(name, model, CONFIG)
    assert '\n' not in str(caught.value)
