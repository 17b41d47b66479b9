"""Every operator of SmallDepth has a converter and TensorRT-RTX's builder takes the network.

Nothing here says that an engine runs, how fast, or that TensorRT's own builder takes it too.
"""

from dataclasses import replace

import pytest
from random_model import random_network
import torch
from torch import nn

from depth_nodes.errors import BackendError, EngineMismatchError
from depth_nodes.networks.registry import NETWORKS
from depth_nodes.networks.small_depth import SmallDepthConfig
from depth_nodes.runtime.tensorrt_compiler import compile_engine, tensorrt_versions
from depth_nodes.runtime.tensorrt_engine import PlanExecution
from depth_nodes.runtime.tensorrt_library import load_tensorrt

pytestmark = pytest.mark.tensorrt

TINY = SmallDepthConfig(widths=(8, 8, 16, 16, 32), last_width=8)
BYTES_PER_WEIGHT = {'fp32': 4, 'fp16': 2}


@pytest.mark.parametrize('precision', ['fp32', 'fp16'])
@pytest.mark.parametrize('size', [(128, 416), (192, 640), (480, 640)], ids=str)
def test_small_depth_becomes_one_engine(size, precision, plans):
    network = random_network()
    plan = compile_engine(network, (1, *size), precision)
    assert plans == [plan]
    num_weights = sum(one.numel() for one in network.parameters())
    weight_bytes = num_weights * BYTES_PER_WEIGHT[precision]
    assert weight_bytes < len(plan) < 1.8 * weight_bytes


def test_cameras_are_a_batch(plans):
    plan = compile_engine(random_network(TINY), (3, 96, 128), 'fp16')
    assert plans == [plan]


class Unsupported(nn.Module):
    """TensorRT can run all but one operator of it."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.head = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 1, 1)

    def forward(self, image):
        return torch.sigmoid(self.head(torch.special.bessel_j0(self.body(image)) + 1))


class Undecided(nn.Module):
    """What it computes depends on the image's values, which no exported graph can do."""

    def forward(self, image):
        return image if image.sum() > 0 else -image


@pytest.mark.parametrize(
    ('deployed', 'precision', 'reason'),
    [
        (Unsupported, 'fp32', r'no converter for aten\.special_bessel_j0'),
        (Unsupported, 'fp16', r'no converter for aten\.special_bessel_j0'),
        (Undecided, 'fp32', 'cannot build an engine for 1x3x96x128'),
    ],
)
def test_what_cannot_be_built_is_one_line_before_any_build(
    deployed, precision, reason, plans, monkeypatch, capsys, caplog
):
    kind = replace(NETWORKS['small_depth'], on_gpu=lambda network: deployed())
    monkeypatch.setitem(NETWORKS, 'small_depth', kind)
    with pytest.raises(BackendError, match=reason) as caught:
        compile_engine(random_network(TINY), (1, 96, 128), precision)
    assert '\n' not in str(caught.value)
    assert not plans
    assert capsys.readouterr().out == ''
    assert not [record for record in caplog.records if record.name.startswith('torch_tensorrt')]


def test_the_versions_say_that_it_is_rtx():
    versions = tensorrt_versions()
    assert versions['tensorrt'] == 'RTX 1.5.0.114'
    assert versions['torch_tensorrt'] == '2.13.0'
    assert versions['torch'] == torch.__version__


def test_what_is_no_plan_is_refused_with_the_reason():
    output = torch.zeros(1, 1, 96, 128)
    with pytest.raises(EngineMismatchError, match='magicTag') as caught:
        PlanExecution(load_tensorrt(), b'no plan' * 100, output)
    assert '\n' not in str(caught.value)


def test_the_module_has_the_names_that_running_needs():
    tensorrt = load_tensorrt()
    needed = {
        tensorrt.IExecutionContext: ['execute_async_v3', 'set_tensor_address'],
        tensorrt.ICudaEngine: [
            'create_execution_context',
            'get_tensor_dtype',
            'get_tensor_mode',
            'get_tensor_name',
            'get_tensor_shape',
            'num_io_tensors',
        ],
        tensorrt.TensorIOMode: ['INPUT', 'OUTPUT'],
        tensorrt: ['float32'],
    }
    assert all(hasattr(owner, name) for owner, names in needed.items() for name in names)
