"""The GPU form of the torch backend, here on torch's CPU."""

from dataclasses import replace
import logging

import numpy as np
import pytest
from random_model import random_weights
import torch

from depth_nodes.errors import BackendError
from depth_nodes.runtime import torch_gpu_backend
from depth_nodes.runtime.backend import BackendConfig
from depth_nodes.runtime.model_store import find_model
from depth_nodes.runtime.torch_backend import TorchBackend
from depth_nodes.runtime.torch_gpu_backend import TorchGpuBackend

CONFIG = BackendConfig(num_threads=1, precision='fp32', device='cpu')
SHAPE = (1, 96, 128)


def image_of(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).random(shape, dtype=np.float32)


def test_it_is_the_network_of_the_cpu():
    image = image_of(1, 3, 96, 160)
    expected = TorchBackend(random_weights(), CONFIG).infer(image)
    output = TorchGpuBackend(random_weights(), CONFIG).infer(image)
    np.testing.assert_allclose(output, expected, atol=5e-5)


def test_half_precision_of_the_shipped_network_is_near_and_not_the_same(caplog):
    image, model = image_of(1, 3, 96, 128), find_model('small_depth')
    with caplog.at_level(logging.INFO):
        half, full = (
            TorchGpuBackend(model, replace(CONFIG, precision=precision)).infer(image)
            for precision in ('fp16', 'fp32')
        )
    assert 'depth within 0.0' in caplog.text
    assert half.dtype == np.float32
    assert 0 < np.abs(half - full).max() < 0.01 * np.ptp(full)


def test_a_batch_is_its_images():
    backend = TorchGpuBackend(random_weights(), CONFIG)
    images = torch.from_numpy(image_of(2, 3, 96, 128))
    with torch.inference_mode():
        batch = backend.network((2, 96, 128))(images)
        alone = backend.network(SHAPE)(images[1:])
    np.testing.assert_allclose(batch[1:], alone, atol=1e-5)


def test_depth_that_is_not_that_of_fp32_is_refused(monkeypatch):
    """And so is the next frame, without another comparison."""
    comparisons = []
    parity = torch_gpu_backend.require_parity

    def broken(candidate, *arguments, **keywords):
        comparisons.append(candidate)
        return parity(lambda image: candidate(image) * 0.9, *arguments, **keywords)

    monkeypatch.setattr(torch_gpu_backend, 'require_parity', broken)
    backend = TorchGpuBackend(random_weights(), replace(CONFIG, precision='fp16'))
    for _ in range(3):
        with pytest.raises(BackendError, match='% off the depth of float32 torch'):
            backend.network(SHAPE)
    assert len(comparisons) == 1


def test_networks_are_loaded_once_and_the_last_ones_kept(monkeypatch):
    backend = TorchGpuBackend(random_weights(), CONFIG)
    first, second, third = ((1, 96, side) for side in (96, 128, 160))
    network = backend.network(first)
    backend.network(second)
    assert backend.network(first) is network
    backend.network(third)
    assert backend.network(first) is network
    kept = backend.network(second)
    assert backend.network(second) is kept


def test_what_torch_raises_is_one_line():
    for precision in ('fp16', 'fp32'):
        backend = TorchGpuBackend(random_weights(), replace(CONFIG, precision=precision))
        with pytest.raises(BackendError, match='96') as caught:
            backend.infer(np.zeros((1, 3, 96, 50), np.float32))
        assert '\n' not in str(caught.value)


def test_closed_is_closed():
    backend = TorchGpuBackend(random_weights(), CONFIG)
    backend.network(SHAPE)
    backend.close()
    with pytest.raises(BackendError, match='the torch backend is closed'):
        backend.network(SHAPE)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a CUDA device')
@pytest.mark.parametrize(('precision', 'tolerance'), [('fp32', 1e-4), ('fp16', 0.01)])
def test_a_gpu_gives_what_the_cpu_gives(precision, tolerance):
    image, model = image_of(1, 3, 192, 352), find_model('small_depth')
    on_gpu = replace(CONFIG, precision=precision, device='cuda')
    output, expected = (TorchGpuBackend(model, one).infer(image) for one in (on_gpu, CONFIG))
    np.testing.assert_allclose(output, expected, atol=tolerance * np.ptp(expected))
