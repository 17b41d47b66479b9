"""One copy moves all arrays, and each keeps its place."""

import numpy as np
import pytest
import torch

from depth_nodes.runtime.torch_cuda_graph import captured
from depth_nodes.runtime.torch_transfer_buffer import ALIGNMENT_BYTES, Part, TransferBuffer

PARTS = {
    'focal': Part((3,), torch.float32),
    'images': Part((2, 5, 7, 3), torch.uint8),
    'rays': Part((2, 9), torch.float32),
}
DTYPES = {'focal': np.float32, 'images': np.uint8, 'rays': np.float32}


def filled() -> tuple[TransferBuffer, dict[str, np.ndarray]]:
    buffer = TransferBuffer(PARTS, torch.device('cpu'))
    rng = np.random.default_rng(0)
    values = {
        name: rng.integers(1, 256, part.shape).astype(DTYPES[name]) for name, part in PARTS.items()
    }
    for name, value in values.items():
        buffer.host[name][:] = value
    return buffer, values


def test_an_upload_moves_every_array():
    buffer, values = filled()
    buffer.upload()
    for name, value in values.items():
        assert buffer.device[name].dtype == PARTS[name].dtype
        np.testing.assert_array_equal(buffer.device[name].numpy(), value)


def test_a_download_stops_behind_the_last_array():
    buffer, values = filled()
    for tensor in buffer.device.values():
        tensor.fill_(7)
    buffer.download('images')
    assert (buffer.host['focal'] == 7).all()
    assert (buffer.host['images'] == 7).all()
    np.testing.assert_array_equal(buffer.host['rays'], values['rays'])


def test_arrays_start_at_aligned_places_and_do_not_overlap():
    buffer, _ = filled()
    addresses = [tensor.data_ptr() for tensor in buffer.device.values()]
    ends = [tensor.data_ptr() + tensor.nbytes for tensor in buffer.device.values()]
    assert all((address - addresses[0]) % ALIGNMENT_BYTES == 0 for address in addresses)
    assert all(end <= start for end, start in zip(ends[:-1], addresses[1:], strict=True))


def test_everything_starts_at_zero():
    buffer = TransferBuffer(PARTS, torch.device('cpu'))
    assert not any(array.any() for array in buffer.host.values())
    assert not any(tensor.any() for tensor in buffer.device.values())


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a CUDA device')
def test_a_gpu_copies_from_and_to_page_locked_memory_inside_a_graph():
    device, stream = torch.device('cuda'), torch.cuda.Stream()
    buffer = TransferBuffer(PARTS, device)
    assert all(torch.from_numpy(array).is_pinned() for array in buffer.host.values())
    torch.cuda.synchronize()

    def enqueue() -> None:
        buffer.upload()
        buffer.device['images'].add_(1)
        buffer.download('images')

    graph = captured(enqueue, stream)
    for level in (3, 5):
        for array in buffer.host.values():
            array[:] = level
        with torch.cuda.stream(stream):
            graph.replay()
        stream.synchronize()
        assert (buffer.host['images'] == level + 1).all()
        assert (buffer.host['focal'] == level).all()
