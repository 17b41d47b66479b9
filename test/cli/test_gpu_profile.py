import pytest
import torch

from depth_nodes.cli.gpu_profile import device_work, MAX_NAME_LETTERS
from depth_nodes.runtime.torch_cuda_graph import captured


@pytest.mark.skipif(torch.cuda.is_available(), reason='needs a machine without a GPU')
@pytest.mark.filterwarnings('ignore:CUDA is not available')
def test_without_a_gpu_there_is_a_reason_and_no_number():
    work = device_work(lambda: torch.ones(3).sum())
    assert work == {'reason': "torch's profiler saw nothing on the GPU"}


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a CUDA device')
def test_kernels_and_copies_are_counted_alone_and_in_a_graph():
    values, result = torch.rand(1000, device='cuda'), torch.zeros(1000, device='cuda')
    on_host = torch.zeros(1000, pin_memory=True)
    stream = torch.cuda.Stream()

    def enqueue():
        torch.add(values, 1, out=result)
        torch.sin(result, out=result)
        on_host.copy_(result, non_blocking=True)

    def call():
        with torch.cuda.stream(stream):
            enqueue()
        stream.synchronize()

    def replay():
        with torch.cuda.stream(stream):
            graph.replay()
        stream.synchronize()

    call()
    graph = captured(enqueue, stream)
    for one in (call, replay):
        work = device_work(one)
        assert (work['kernels'], work['copies']) == (2, 1)
        assert work['kernels_us'] > 0
        assert work['copies_us'] > 0
        assert len(work['slowest_us']) == 2
        assert all(len(name) <= MAX_NAME_LETTERS for name in work['slowest_us'])
