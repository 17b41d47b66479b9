"""The GPU as the driver describes it; a fake driver where none is installed."""

import ctypes
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from depth_nodes.runtime.gpu import find_gpu, first_gpu, Gpu

OPEN_DRIVER = (
    'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.124.06  Release Build\n'
    'GCC version:  gcc version 13.3.0 (Ubuntu 13.3.0-6ubuntu2)\n'
)
CLOSED_DRIVER = 'NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun May 12 2024\n'
NO_FILE = Path('/none')


def driver(num_devices: int = 1, **codes: int) -> SimpleNamespace:
    """The five functions of libcuda; those named in `codes` return that error."""

    def function(name, act):
        def call(*arguments):
            if not codes.get(name):
                act(*arguments)
            return codes.get(name, 0)

        return call

    def set_count(result):
        result[0] = num_devices

    def set_name(buffer, max_bytes, device):
        assert device == 0
        buffer.value = 'NVIDIA GeForce RTX 4070™'.encode()[:max_bytes]

    def set_attribute(result, attribute, device):
        assert device == 0
        result[0] = {75: 8, 76: 9}[attribute]

    def set_version(result):
        result[0] = 12080

    functions = {
        'cuInit': lambda flags: None,
        'cuDeviceGetCount': set_count,
        'cuDeviceGetName': set_name,
        'cuDeviceGetAttribute': set_attribute,
        'cuDriverGetVersion': set_version,
    }
    return SimpleNamespace(**{name: function(name, act) for name, act in functions.items()})


def test_one_device():
    assert first_gpu(driver(), NO_FILE) == Gpu('NVIDIA GeForce RTX 4070™', (8, 9), '12.8')


@pytest.mark.parametrize(
    ('text', 'version'),
    [
        (OPEN_DRIVER, '12.8 (570.124.06)'),
        (CLOSED_DRIVER, '12.8 (535.183.01)'),
        ('an unknown text of version x86_64', '12.8'),
    ],
)
def test_the_kernel_driver_is_part_of_the_version(tmp_path, text, version):
    file = tmp_path / 'version'
    file.write_text(text)
    gpu = first_gpu(driver(), file)
    assert gpu is not None
    assert gpu.driver_version == version


def test_no_device(caplog):
    caplog.set_level('INFO')
    assert first_gpu(driver(num_devices=0), NO_FILE) is None
    assert 'finds no device' in caplog.text


@pytest.mark.parametrize('function', vars(driver()))
def test_a_driver_that_fails_is_no_gpu(function, caplog):
    caplog.set_level('INFO')
    assert first_gpu(driver(**{function: 803}), NO_FILE) is None
    assert f'{function} of libcuda.so.1 returned CUDA error 803' in caplog.text


def test_a_library_of_another_kind_is_no_gpu(caplog):
    caplog.set_level('INFO')
    assert first_gpu(SimpleNamespace(), NO_FILE) is None
    assert 'cuInit' in caplog.text


def test_without_a_driver_there_is_no_gpu(monkeypatch, caplog):
    caplog.set_level('INFO')
    monkeypatch.setattr('depth_nodes.runtime.gpu.DRIVER_LIBRARY', 'libnone_of_this_name.so.1')
    assert find_gpu.__wrapped__() is None
    assert 'the driver is not installed' in caplog.text


def test_the_driver_is_asked_once(monkeypatch):
    before = find_gpu()
    monkeypatch.setattr(ctypes, 'CDLL', lambda name: pytest.fail('asked again'))
    assert find_gpu() is before


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason='there is no GPU')
def test_torch_sees_the_same_gpu():
    gpu = find_gpu()
    assert gpu is not None
    assert gpu.name == torch.cuda.get_device_name(0)
    assert gpu.compute_capability == torch.cuda.get_device_capability(0)
    assert float(gpu.driver_version.split()[0]) >= float(torch.version.cuda)
