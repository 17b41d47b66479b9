import numpy as np
import pytest
from random_model import CANONICAL, random_weights, TINY
import torch

from depth_nodes.cli.gpu_run import NetworkRun, run_batch, run_one_by_one
from depth_nodes.errors import BackendError
from depth_nodes.messages.camera import Camera
from depth_nodes.runtime.backend import BackendConfig
from depth_nodes.runtime.pipeline_config import PipelineConfig, PointsConfig
from depth_nodes.runtime.torch_gpu_backend import TorchGpuBackend
from depth_nodes.runtime.torch_pipeline import TorchPipeline

CAMERA = Camera.from_fov(160, 96, 70.0)


def pipeline_of(num_cameras: int) -> TorchPipeline:
    config = PipelineConfig(
        height_px=96,
        width_px=160,
        input_height_px=96,
        input_width_px=160,
        num_cameras=num_cameras,
        points=PointsConfig(),
    )
    backend = TorchGpuBackend(random_weights(TINY), BackendConfig(precision='fp32', device='cpu'))
    network = backend.network(config.network_shape)
    return TorchPipeline(network, CANONICAL, config, torch.device('cpu'))


def test_a_call_runs_the_network_on_its_images():
    seen = []
    images = torch.rand(2, 3, 96, 96)
    run = NetworkRun(seen.append, images, is_graph=True)
    seen.clear()
    for _ in range(3):
        run()
    assert len(seen) == 3
    assert all(one is images for one in seen)
    assert not run.is_captured


def test_a_network_that_fails_is_a_backend_error():
    def broken(images):
        raise RuntimeError('out of memory\nand more')

    with pytest.raises(BackendError, match=r'\(out of memory\)'):
        NetworkRun(broken, torch.zeros(1, 3, 96, 96), is_graph=False)


def test_a_batch_gives_the_points_of_one_run_each():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (3, 96, 160, 3), np.uint8)
    batched, single = pipeline_of(3), pipeline_of(1)
    run_batch(batched, images, CAMERA)
    for index in range(3):
        run_one_by_one(single, images[: index + 1], CAMERA)
        np.testing.assert_allclose(
            batched.points(index).view(np.float32), single.points(0).view(np.float32), rtol=1e-4
        )


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a CUDA device')
def test_on_a_gpu_a_call_is_a_graph_that_is_done_when_it_returns():
    images, sums = torch.rand(1, 3, 512, 512, device='cuda'), torch.zeros(3, device='cuda')

    def network(batch):
        product = batch
        for _ in range(100):
            product = product @ batch / 256
        torch.sum(product, (0, 2, 3), out=sums)
        return product[:, :1]

    run = NetworkRun(network, images, is_graph=True)
    assert run.is_captured
    expected = sums.clone()
    sums.zero_()
    torch.cuda.synchronize()
    run()
    # A stream of its own sees what is there, and waits for nothing.
    with torch.cuda.stream(torch.cuda.Stream()):
        torch.testing.assert_close(sums.clone().cpu(), expected.cpu())
