"""A graph does what it recorded, on the inputs of the moment."""

import re
import subprocess
import sys

import pytest
import torch

from depth_nodes.runtime.torch_cuda_graph import captured

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a CUDA device'),
]


def test_a_replay_reads_its_inputs_anew():
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        values, result = torch.zeros(1000, device='cuda'), torch.zeros(1000, device='cuda')
        graph = captured(lambda: torch.add(values, 1, out=result), stream)
        for value in (3.0, 5.0):
            values.fill_(value)
            graph.replay()
            stream.synchronize()
            assert (result == value + 1).all()


# Until 2.12 a capture that fails leaves torch's allocator in it for good.
FAILING = """
import torch
from depth_nodes.errors import BackendError
from depth_nodes.runtime.torch_cuda_graph import captured

stream, before = torch.cuda.Stream(), torch.cuda.current_stream()
with torch.cuda.stream(stream):
    values = torch.zeros(10, device='cuda')
    try:
        captured(lambda: values.sum().item(), stream)
    except BackendError as error:
        print(error)
    assert torch.cuda.current_stream() == stream
    assert float(values.sum()) == 0
assert torch.cuda.current_stream() == before
"""


def test_waiting_for_the_gpu_cannot_be_captured():
    done = subprocess.run([sys.executable, '-c', FAILING], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r'the CUDA graph cannot be captured \(.+\); choose .+\n', done.stdout)


@pytest.mark.parametrize('dtype', [torch.float16, torch.float32])
@torch.inference_mode()
def test_what_the_network_needs_is_set_up_before_the_capture(dtype):
    """cuDNN and cuBLAS choose, load and allocate in their first calls."""
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        network = torch.nn.Conv2d(3, 8, 3).to('cuda', dtype)
        image = torch.rand(1, 3, 33, 65, device='cuda', dtype=dtype)
        result = torch.empty(1, 8, 31, 8, device='cuda', dtype=dtype)
        weights = torch.rand(63, 8, device='cuda', dtype=dtype)
        graph = captured(lambda: torch.matmul(network(image), weights, out=result), stream)
        image.copy_(torch.rand(1, 3, 33, 65))
        graph.replay()
        torch.testing.assert_close(result, network(image) @ weights)
