import importlib.util
import logging

from fake_tensorrt import FakeTensorRt, MEAN, plan_of
import pytest
from random_model import random_network
import torch

from depth_nodes.errors import BackendError, EngineMismatchError
from depth_nodes.networks.registry import deployed_form
from depth_nodes.runtime.tensorrt_engine import PlanExecution, TensorRtEngine
from depth_nodes.runtime.torch_cuda_graph import captured
from depth_nodes.runtime.torch_network import exact_network

STREAM = 0x7F00


@pytest.fixture
def tensorrt():
    return FakeTensorRt()


@pytest.fixture
def output():
    return torch.full((2, 1, 32, 64), torch.nan)


def random_image() -> torch.Tensor:
    return torch.rand(2, 3, 32, 64)


def test_it_runs_on_the_memory_and_the_stream_that_it_is_given(tensorrt, output):
    execution = PlanExecution(tensorrt, plan_of(MEAN), output)
    for image in (random_image(), random_image()):
        given = execution.enqueue(image, STREAM)
        assert given is output
        torch.testing.assert_close(output, image.mean(dim=1, keepdim=True))
    assert tensorrt.streams == [STREAM, STREAM]


def test_names_and_their_order_are_the_engines(tensorrt, output):
    tensors = {'output0': MEAN['sigmoid_output'], 'arg0_1': MEAN['image']}
    image = random_image()
    PlanExecution(tensorrt, plan_of(tensors), output).enqueue(image, STREAM)
    torch.testing.assert_close(output, image.mean(dim=1, keepdim=True))


@pytest.mark.parametrize(
    'change',
    [
        {'image': ('INPUT', (1, 3, 32, 64), 'FLOAT')},
        {'image': ('INPUT', (2, 3, 32, 64), 'HALF')},
        {'sigmoid_output': ('OUTPUT', (2, 1, 64, 32), 'FLOAT')},
        {'sigmoid_output': ('OUTPUT', (2, 1, 32, 64), 'HALF')},
        {'sigmoid_output': ('INPUT', (2, 1, 32, 64), 'FLOAT')},
        {'features': ('OUTPUT', (2, 1, 32, 64), 'FLOAT')},
    ],
)
def test_an_engine_of_another_network_or_shape_is_refused(change, tensorrt, output):
    with pytest.raises(EngineMismatchError, match='the engine takes and gives'):
        PlanExecution(tensorrt, plan_of({**MEAN, **change}), output)


def test_a_plan_that_does_not_load_is_refused_with_the_first_reason(tensorrt, output, caplog):
    with caplog.at_level(logging.INFO), pytest.raises(EngineMismatchError) as caught:
        PlanExecution(tensorrt, b'truncated', output)
    assert 'Serialization assertion magicTag failed' in str(caught.value)
    assert '\n' not in str(caught.value)
    assert [record.getMessage() for record in caplog.records] == ['TensorRT: an old plan']
    PlanExecution(tensorrt, plan_of(MEAN), output)


@pytest.mark.parametrize(
    ('knob', 'value', 'reason'),
    [
        ('starts', False, 'cannot start .* factory function returned nullptr'),
        ('has_memory', False, 'cannot prepare the engine .out of memory'),
        ('refuses', 'set_tensor_address', 'refused the output buffer'),
    ],
)
def test_what_keeps_an_engine_from_starting_is_one_line(knob, value, reason, tensorrt, output):
    setattr(tensorrt, knob, value)
    with pytest.raises(BackendError, match=reason) as caught:
        PlanExecution(tensorrt, plan_of(MEAN), output)
    assert '\n' not in str(caught.value)


def test_a_run_that_fails_says_why(tensorrt, output):
    execution = PlanExecution(tensorrt, plan_of(MEAN), output)
    tensorrt.refuses = 'execute_async_v3'
    with pytest.raises(BackendError, match='illegal address'):
        execution.enqueue(random_image(), STREAM)
    tensorrt.refuses = ''
    execution.enqueue(random_image(), STREAM)


@pytest.mark.parametrize('can', [True, False])
def test_tensorrt_rtx_says_whether_a_graph_can_hold_it_and_tensorrt_can(tensorrt, output, can):
    execution = PlanExecution(tensorrt, plan_of(MEAN), output)
    assert execution.is_capturable(STREAM)
    execution._context.is_stream_capturable = {STREAM: can}.get
    assert execution.is_capturable(STREAM) == can


@pytest.mark.parametrize(
    'image',
    [
        torch.zeros(1, 3, 32, 64),
        torch.zeros(2, 3, 64, 32),
        torch.zeros(2, 3, 32, 64).contiguous(memory_format=torch.channels_last),
        torch.zeros(2, 3, 32, 64, device='meta'),
    ],
    ids=['batch', 'size', 'layout', 'device'],
)
def test_memory_that_the_engine_would_misread_is_refused(image, tensorrt, output):
    execution = PlanExecution(tensorrt, plan_of(MEAN), output)
    with pytest.raises(BackendError, match='the engine takes contiguous float32'):
        execution.enqueue(image, STREAM)
    assert not tensorrt.streams


@pytest.mark.gpu
@pytest.mark.tensorrt
@pytest.mark.skipif(not torch.cuda.is_available(), reason='no CUDA device')
@pytest.mark.skipif(not importlib.util.find_spec('torch_tensorrt'), reason='no torch_tensorrt')
@pytest.mark.parametrize(('precision', 'tolerance'), [('fp32', 1e-4), ('fp16', 2e-2)])
@torch.inference_mode()
def test_on_a_gpu_it_is_the_network_alone_and_in_a_cuda_graph(precision, tolerance):
    from depth_nodes.runtime.tensorrt_compiler import compile_engine

    shape = (2, 96, 128)
    network = random_network()
    engine = TensorRtEngine(compile_engine(network, shape, precision), shape)
    reference = exact_network(deployed_form(network).cuda())
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        image = torch.rand(2, 3, 96, 128, device='cuda')
        torch.testing.assert_close(engine(image), reference(image), rtol=tolerance, atol=tolerance)
        if not engine.is_capturable(stream.cuda_stream):
            pytest.skip('this TensorRT-RTX allocates while it runs')
        graph = captured(lambda: engine(image), stream)
        output = engine(image)
        image.copy_(torch.rand(2, 3, 96, 128))
        graph.replay()
        torch.testing.assert_close(output, reference(image), rtol=tolerance, atol=tolerance)
