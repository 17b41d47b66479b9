"""The whole measurement on torch's CPU: real networks, one call of each."""

import copy
import json
from time import perf_counter

import pytest
from random_model import random_weights, TINY
import torch

from depth_nodes.cli import gpu_start, gpu_timing, gpu_variant, stopwatch
from depth_nodes.cli.gpu_setup import GpuBenchmarkConfig
from depth_nodes.cli.gpu_timing import measure_on_gpu
from depth_nodes.errors import BackendError
from depth_nodes.networks.registry import gpu_form
from depth_nodes.runtime import tensorrt_backend
from depth_nodes.runtime.gpu import find_gpu, Gpu
from depth_nodes.runtime.torch_estimator import TorchEstimator

NEEDS_NO_GPU = pytest.mark.skipif(find_gpu() is not None, reason='needs a machine without a GPU')


def config_of(**changes) -> GpuBenchmarkConfig:
    settings = {
        'size_px': (96, 128),
        'backends': ('torch',),
        'precisions': ('fp32',),
        'num_calls': 1,
        'model': str(random_weights(TINY).safetensors_path),
        'image_size_px': (96, 128),
        'device': 'cpu',
    }
    return GpuBenchmarkConfig(**(settings | changes))


@pytest.fixture(autouse=True)
def _few_calls_in_this_process(monkeypatch):
    """A new process takes seconds; test_gpu_start.py has it."""
    monkeypatch.setattr(gpu_variant, 'is_rtx', lambda: False)
    monkeypatch.setattr(stopwatch, 'BLOCK', 1)
    monkeypatch.setattr(stopwatch, 'NUM_UNTIMED', 0)
    monkeypatch.setattr(gpu_start, 'NUM_FRAMES', 3)
    monkeypatch.setattr(gpu_start, 'NUM_SETTLING', 1)
    monkeypatch.setattr(
        gpu_timing, 'start_in_new_process', lambda config: gpu_start.start(config, perf_counter())
    )


@NEEDS_NO_GPU
def test_every_variant_is_measured_and_what_fails_is_told():
    saved = []
    config = config_of(backends=('tensorrt', 'torch'))
    results = measure_on_gpu(config, lambda partial: saved.append(copy.deepcopy(partial)))
    assert json.loads(json.dumps(saved[-1])) == json.loads(json.dumps(results))
    rows = results['rows']
    assert list(rows) == [
        'torch_eager_fp32', 'torch_graph_fp32', 'torch_eager_unfolded_fp32', 'tensorrt_fp32',
    ]  # fmt: skip
    assert rows.pop('tensorrt_fp32')['reason'].startswith('the tensorrt backend needs an NVIDIA')
    for row in rows.values():
        for what in ('network', 'image_to_points'):
            eager = rows['torch_eager_fp32'][what]['p50_ms']
            assert row[what]['times_eager'] == pytest.approx(eager / row[what]['p50_ms'], abs=0.01)
            assert row[what]['calls'] == 1
            assert row[what]['device_work'] is None
        assert 0 < row['abs_rel_to_float64']['mean'] < 1e-4
        assert 'reason' not in row
    assert 'start' in rows['torch_graph_fp32']
    cameras = rows['torch_graph_fp32']['four_cameras']
    assert cameras['frames_gain'] == pytest.approx(
        cameras['frames_singly']['p50_ms'] / cameras['frames_batched']['p50_ms'], abs=0.01
    )
    # torch was whole before TensorRT was tried.
    first_with = next(one for one in saved if 'tensorrt_fp32' in one['rows'])
    assert 'four_cameras' in first_with['rows']['torch_graph_fp32']


def test_an_engine_is_built_once_started_from_the_cache_and_held_against_torch(monkeypatch):
    """TensorRT's part is taken by torch on the CPU; starts, cache and comparisons are real."""
    networks, built, warmed = [], [], []
    warm_up = TorchEstimator.warm_up

    def noted_warm_up(self, height, width):
        if self.backend.name == 'tensorrt':
            warmed.append((height, width))
        warm_up(self, height, width)

    def compile_engine(network, shape, precision):
        built.append(shape)
        networks.append(gpu_form(network))
        return b'plan'

    monkeypatch.setattr(tensorrt_backend, 'find_gpu', lambda: Gpu('GPU', (9, 0), '13.0'))
    monkeypatch.setattr(tensorrt_backend, 'tensorrt_versions', dict)
    monkeypatch.setattr(tensorrt_backend, 'load_compiler', lambda: None)
    monkeypatch.setattr(tensorrt_backend, 'compile_engine', compile_engine)
    monkeypatch.setattr(tensorrt_backend, 'TensorRtEngine', lambda plan, shape: networks[-1])
    monkeypatch.setattr(TorchEstimator, 'warm_up', noted_warm_up)
    config = config_of(backends=('torch', 'tensorrt'), size_px=(96, 160))
    rows = measure_on_gpu(config, lambda partial: None)['rows']
    row = rows['tensorrt_fp32']
    assert 'reason' not in row
    # At the first start for the camera's image, then for the whole input, then for a batch.
    assert built == [(1, 96, 128), (1, 96, 160), (4, 96, 128)]
    assert {'first_start', 'start'} <= row.keys()
    assert warmed == [(96, 128)]  # at the second start alone
    assert row['build_s'] >= 0
    assert row['engine_bytes'] > len(b'plan')
    eager = rows['torch_eager_fp32']['network']['p50_ms']
    assert row['network']['times_eager'] == pytest.approx(
        eager / row['network']['p50_ms'], abs=0.01
    )


def test_a_start_that_fails_spoils_its_own_row_alone(monkeypatch):
    def fail(config):
        raise BackendError('no start')

    monkeypatch.setattr(gpu_timing, 'start_in_new_process', fail)
    rows = measure_on_gpu(config_of(), lambda partial: None)['rows']
    assert rows['torch_graph_fp32']['reason'] == 'no start'
    assert 'network' not in rows['torch_graph_fp32']
    assert 'network' in rows['torch_eager_fp32']


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a CUDA device')
def test_on_a_gpu_graphs_are_captured_and_kernels_counted():
    config = config_of(device='cuda', precisions=('fp16', 'fp32'), model='small_depth')
    rows = measure_on_gpu(config, lambda partial: None)['rows']
    for name, row in rows.items():
        assert 'reason' not in row, row
        assert row['is_captured'] == ('graph' in name)
        assert row['network']['device_work']['kernels'] > 10
        assert (
            row['image_to_points']['device_work']['kernels']
            > row['network']['device_work']['kernels']
        )
    assert rows['torch_graph_fp16']['start']['device_mb'] > 0
