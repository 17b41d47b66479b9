from fake_tensorrt import FakeTensorRt, plan_of
import pytest
import torch

from depth_nodes.errors import BackendError, EngineMismatchError
from depth_nodes.runtime.tensorrt_tensors import ANY, TensorsEngine, TensorsExecution

STREAM = 0x7F00
TILES = {
    # In another order than the caller's.
    'boxes': ('INPUT', (-1, 4), 'FLOAT'),
    'output0': ('OUTPUT', (-1, 1, 8, 8), 'FLOAT'),
    'tiles': ('INPUT', (-1, 3, 8, 8), 'FLOAT'),
    'depth': ('INPUT', (1, 1, 4, 6), 'FLOAT'),
}
MAPS = {
    'image': ('INPUT', (1, 3, 8, 8), 'FLOAT'),
    'output0': ('OUTPUT', (1, 1, 8, 8), 'FLOAT'),
    'output1': ('OUTPUT', (1, 5, 4, 4), 'FLOAT'),
}
TILE_SHAPES = {'tiles': (ANY, 3, 8, 8), 'boxes': (ANY, 4), 'depth': (1, 1, 4, 6)}
RESIDUAL = [(ANY, 1, 8, 8)]


@pytest.fixture
def tensorrt():
    return FakeTensorRt()


def execution(tensorrt, tensors=TILES) -> TensorsExecution:
    return TensorsExecution(tensorrt, plan_of(tensors), TILE_SHAPES, RESIDUAL, 'cpu')


def inputs(number: int) -> list[torch.Tensor]:
    return [torch.rand(number, 3, 8, 8), torch.rand(number, 4), torch.rand(1, 1, 4, 6)]


def test_a_profile_takes_any_number_and_each_run_has_memory_of_its_own(tensorrt):
    run = execution(tensorrt)
    outputs = []
    for number in (1, 4, 2):
        given = inputs(number)
        (output,) = run.enqueue(given, STREAM)
        assert output.shape == (number, 1, 8, 8)
        expected = torch.stack([one.mean() for one in given]).mean()
        torch.testing.assert_close(output, expected.expand_as(output))
        outputs.append(output)
    assert len({one.data_ptr() for one in outputs}) == 3
    assert tensorrt.streams == [STREAM] * 3


def test_outputs_come_in_the_engines_order(tensorrt):
    shapes = [(1, 1, 8, 8), (1, 5, 4, 4)]
    run = TensorsExecution(tensorrt, plan_of(MAPS), {'image': (1, 3, 8, 8)}, shapes, 'cpu')
    image = torch.rand(1, 3, 8, 8)
    first, second = run.enqueue([image], STREAM)
    assert [tuple(first.shape), tuple(second.shape)] == shapes
    assert float(second.mean()) == pytest.approx(2 * float(image.mean()), rel=1e-5)
    assert float(first.mean()) == pytest.approx(float(image.mean()), rel=1e-5)


@pytest.mark.parametrize(
    'change',
    [
        {'tiles': ('INPUT', (-1, 3, 8, 16), 'FLOAT')},
        {'tiles': ('INPUT', (2, 3, 8, 8), 'FLOAT')},
        {'depth': ('INPUT', (1, 1, 4, 6), 'HALF')},
        {'more': ('INPUT', (1, 4), 'FLOAT')},
        {'output1': ('OUTPUT', (1, 4), 'FLOAT')},
        {'output0': ('OUTPUT', (-1, 1, 8, 8), 'HALF')},
    ],
)
def test_an_engine_of_another_network_or_shape_is_refused(change, tensorrt):
    with pytest.raises(EngineMismatchError, match='the engine takes and gives'):
        execution(tensorrt, {**TILES, **change})


@pytest.mark.parametrize('knob', ['set_input_shape', 'set_tensor_address', 'execute_async_v3'])
def test_a_run_that_fails_is_one_line(knob, tensorrt):
    run = execution(tensorrt)
    tensorrt.refuses = knob
    with pytest.raises(BackendError, match=r'failed on an input of shape \(2, 3, 8, 8\)'):
        run.enqueue(inputs(2), STREAM)
    tensorrt.refuses = ''
    run.enqueue(inputs(2), STREAM)


@pytest.mark.parametrize(
    ('index', 'wrong'),
    [
        (0, torch.zeros(2, 3, 8, 16)),
        (0, torch.zeros(2, 3, 8, 8).half()),
        (0, torch.zeros(2, 3, 8, 8, device='meta')),
        (1, torch.zeros(4, 2).T),
        (2, torch.zeros(2, 1, 4, 6)),
    ],
)
def test_memory_that_the_engine_would_misread_is_refused(index, wrong, tensorrt):
    given = inputs(2)
    given[index] = wrong
    with pytest.raises(BackendError, match=f'the engine takes as {list(TILE_SHAPES)[index]} '):
        execution(tensorrt).enqueue(given, STREAM)
    assert not tensorrt.streams


def test_without_tensorrt_or_a_gpu_it_is_one_line():
    with pytest.raises(BackendError) as caught:
        TensorsEngine(plan_of(TILES), TILE_SHAPES, RESIDUAL)
    assert '\n' not in str(caught.value)
