"""Every way of running the network on a GPU is the same network; here on torch's CPU."""

import pytest
from random_model import random_weights, TINY
import torch
from torch.overrides import TorchFunctionMode

from depth_nodes.cli import gpu_variant
from depth_nodes.cli.gpu_variant import (
    CHANNELS_LAST,
    DEPLOYED,
    eager_name,
    NetworkSource,
    tensorrt_variants,
    torch_variants,
    UNFOLDED,
    Variant,
)
from depth_nodes.errors import BackendError
from depth_nodes.runtime.gpu import find_gpu

SHAPE = (2, 96, 128)


@pytest.fixture
def source(tmp_path):
    source = NetworkSource(random_weights(TINY), 'cpu', tmp_path / 'engines')
    yield source
    source.close()


@torch.inference_mode()
def test_every_form_is_the_same_network(source):
    image = torch.rand(2, 3, 96, 128, generator=torch.Generator().manual_seed(0))
    outputs = {
        form: source.network(Variant('torch', precision, True, form), SHAPE)(image)
        for form, precision in ((DEPLOYED, 'fp32'), (UNFOLDED, 'fp32'), (CHANNELS_LAST, 'fp16'))
    }
    torch.testing.assert_close(outputs[UNFOLDED], outputs[DEPLOYED], rtol=0, atol=1e-4)
    half = outputs[CHANNELS_LAST]
    assert half.dtype == torch.float32
    assert 0 < (half - outputs[DEPLOYED]).abs().max() < 0.02


class Filters(TorchFunctionMode):
    """Whether the filters of convolutions are in the other order of memory."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[bool] = []

    def __torch_function__(self, function, types, arguments=(), keywords=None):
        if function is torch.conv2d:
            weight = arguments[1]
            if weight.shape[1] > 1 and weight.shape[2] > 1:
                is_last = weight.is_contiguous(memory_format=torch.channels_last)
                self.seen.append(is_last)
        return function(*arguments, **(keywords or {}))


@pytest.mark.parametrize('form', [DEPLOYED, CHANNELS_LAST])
@torch.inference_mode()
def test_the_other_order_of_memory_reaches_the_filters(source, form):
    network = source.network(Variant('torch', 'fp16', True, form), SHAPE)
    with Filters() as filters:
        network(torch.zeros(2, 3, 96, 128))
    assert set(filters.seen) == {form == CHANNELS_LAST}


def test_each_precision_is_compared_with_its_own_eager_one(monkeypatch):
    monkeypatch.setattr(gpu_variant, 'is_rtx', lambda: False)
    variants = torch_variants(('fp16', 'fp32')) | tensorrt_variants(('fp16', 'fp32'))
    for variant in variants.values():
        eager = variants[eager_name(variant.precision)]
        assert eager == Variant('torch', variant.precision, is_graph=False)
    of_nodes = [name for name, variant in variants.items() if variant.is_of_nodes]
    assert of_nodes == ['torch_graph_fp16', 'torch_graph_fp32', 'tensorrt_fp16', 'tensorrt_fp32']
    assert all(variant.precision == 'fp16' for variant in torch_variants(('fp16',)).values())


def test_tensorrt_rtx_is_called_so(monkeypatch):
    monkeypatch.setattr(gpu_variant, 'is_rtx', lambda: True)
    assert tensorrt_variants(('fp16',)) == {'tensorrt_rtx_fp16': Variant('tensorrt', 'fp16')}


def test_torch_has_no_engine_file(source):
    assert source.engine_bytes(Variant('torch', 'fp32'), SHAPE) is None


@pytest.mark.skipif(find_gpu() is not None, reason='needs a machine without a GPU')
def test_what_a_machine_cannot_run_says_so(source):
    with pytest.raises(BackendError, match='needs an NVIDIA GPU'):
        source.network(Variant('tensorrt', 'fp16'), SHAPE)
