"""A start is measured as a node makes it; here on torch's CPU."""

from time import perf_counter

from ended_process import end_process
import pytest
from random_model import random_weights, TINY
import torch

from depth_nodes.cli import gpu_start
from depth_nodes.cli.gpu_start import start, start_in_new_process, StartConfig
from depth_nodes.errors import BackendError, CheckpointError
from depth_nodes.runtime.backend import BackendConfig


def config_of(**changes) -> StartConfig:
    settings = {
        'model': str(random_weights(TINY).safetensors_path),
        'backend': 'torch',
        'backend_config': BackendConfig(num_threads=1, precision='fp32', device='cpu'),
        'size_px': (96, 128),
        'image_size_px': (96, 160),
    }
    return StartConfig(**(settings | changes))


@pytest.fixture(autouse=True)
def _few_frames(monkeypatch):
    monkeypatch.setattr(gpu_start, 'NUM_FRAMES', 4)
    monkeypatch.setattr(gpu_start, 'NUM_SETTLING', 2)


def test_the_parts_of_a_start_fit_together():
    begun = perf_counter()
    result = start(config_of(), begun - 5.0)
    took = perf_counter() - begun
    parts = result['load_s'] + result['warm_up_s'] + result['first_frame_ms'] / 1e3
    assert 5.0 + parts <= result['process_to_first_depth_s'] + 0.002 <= 5.0 + took + 0.002
    assert result['first_frame_over_steady'] == pytest.approx(
        result['first_frame_ms'] / result['steady_p50_ms'], rel=0.01
    )
    assert result['host_mb'] > 50
    assert result['device_mb'] is None


def test_a_new_process_counts_from_its_own_beginning():
    """Of a backend that needs no torch, which takes seconds to import."""
    begun = perf_counter()
    result = start_in_new_process(config_of(model='small_depth', backend='onnx'))
    assert result['load_s'] < result['process_to_first_depth_s'] <= perf_counter() - begun


def test_what_fails_in_the_process_fails_here():
    with pytest.raises(CheckpointError, match='nothing.onnx is missing'):
        start_in_new_process(config_of(model='nothing.onnx'))


def test_a_process_that_dies_is_a_backend_error(monkeypatch):
    monkeypatch.setattr(gpu_start, 'start', end_process)
    with pytest.raises(BackendError, match='brought its process down'):
        start_in_new_process(config_of())


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a CUDA device')
def test_on_a_gpu_the_memory_it_takes_is_known(tmp_path):
    on_gpu = BackendConfig(precision='fp32', device='cuda', engine_cache_dir=tmp_path)
    assert start(config_of(backend_config=on_gpu), perf_counter())['device_mb'] > 0
