"""What concerns torch alone; the rest is in test_refiner_backend.py."""

from dataclasses import replace

import numpy as np
import pytest
from random_model import random_weights
from random_refiner import random_refiner_weights, TILE_SIZE_PX
import torch

from depth_nodes.errors import BackendError, CheckpointError
from depth_nodes.runtime.backend import BackendConfig
from depth_nodes.runtime.torch_refiner import NUM_TILES_ON_GPU, TorchRefiner

CPU = BackendConfig(num_threads=1, device='cpu')


def test_a_depth_network_is_no_refiner():
    model = random_weights()
    with pytest.raises(CheckpointError, match="holds 'small_depth'; give a file of patch_refiner"):
        TorchRefiner(replace(model, coarse=model), CPU)


def test_a_gpu_that_is_not_there_is_one_line(monkeypatch):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    with pytest.raises(BackendError, match='finds no GPU; choose another backend'):
        TorchRefiner(random_refiner_weights(), replace(CPU, device='cuda'))


def test_what_torch_raises_is_one_line():
    backend = TorchRefiner(random_refiner_weights(), CPU)
    view = backend.look(np.zeros((1, 3, 96, 128), np.float32))
    backend._refiner.register_forward_pre_hook(lambda *_: torch.ones(2) @ torch.ones(3))
    tiles, boxes = np.zeros((1, 3, 96, 128), np.float32), np.zeros((1, 4), np.float32)
    with pytest.raises(
        BackendError, match=r'failed on tiles of shape \(1, 3, 96, 128\)'
    ) as caught:
        backend.residuals(tiles, boxes, view)
    assert '\n' not in str(caught.value)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a CUDA device')
def test_a_gpu_says_what_the_cpu_says():
    rng = np.random.default_rng(0)
    image = rng.random((1, 3, 96, 160), np.float32)
    tiles = rng.random((NUM_TILES_ON_GPU, 3, *TILE_SIZE_PX), np.float32)
    boxes = np.array([[0.1, 0.2, 0.6, 0.9]] * len(tiles), np.float32)
    found = []
    for device in ('cuda', 'cpu'):
        backend = TorchRefiner(random_refiner_weights(), replace(CPU, device=device))
        assert backend.device == device
        found.append(backend.residuals(tiles, boxes, backend.look(image)))
    np.testing.assert_allclose(*found, atol=0.01 * np.ptp(found[1]))
