import pytest
import torch

from depth_nodes.errors import BackendError, EngineMismatchError
from depth_nodes.runtime.torch_network import (
    exact_network,
    is_capturable,
    side_stream,
    translated_errors,
    without_tf32,
)


def test_tensorfloat32_is_off_inside_alone_whatever_happens():
    before = torch.backends.cudnn.allow_tf32
    inside = []

    def fail():
        with without_tf32():
            inside.append(torch.backends.cudnn.allow_tf32)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert inside == [False]
    assert torch.backends.cudnn.allow_tf32 == before


def test_an_exact_network_runs_without_it():
    class Seen(torch.nn.Module):
        def forward(self, image):
            return image * torch.backends.cudnn.allow_tf32

    assert not exact_network(Seen())(torch.ones(1, 3, 2, 2)).any()


def test_torchs_errors_become_one_line_and_ours_stay():
    text = r'^torch failed on a thing \(no memory\); choose another backend'
    with pytest.raises(BackendError, match=text), translated_errors('a thing'):
        raise RuntimeError('no memory\nand a long story')
    with pytest.raises(EngineMismatchError, match='^ours$'), translated_errors('a thing'):
        raise EngineMismatchError('ours')


def test_the_cpu_has_no_streams():
    with side_stream('cpu'):
        assert torch.ones(1).sum() == 1


def test_a_network_can_be_captured_unless_it_says_otherwise():
    class Engine(torch.nn.Sigmoid):
        def is_capturable(self, stream):
            return stream == 7

    assert is_capturable(torch.sigmoid, 7)
    assert is_capturable(Engine(), 7)
    assert not is_capturable(Engine(), 8)
