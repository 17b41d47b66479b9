"""A graph does what it recorded, on the inputs of the moment."""

import pytest
import torch

from depth_nodes.errors import BackendError
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


def test_waiting_for_the_gpu_cannot_be_captured():
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        values = torch.zeros(10, device='cuda')
        with pytest.raises(BackendError, match='use_cuda_graph'):
            captured(lambda: values.sum().item(), stream)
        assert torch.cuda.current_stream() == stream
        assert float(values.sum()) == 0
