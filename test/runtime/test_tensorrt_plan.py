from fake_tensorrt import FakeTensorRt, MEAN, plan_of
import pytest
import torch

from depth_nodes.errors import EngineMismatchError
from depth_nodes.runtime.tensorrt_plan import LoadedPlan, Port


def test_it_knows_what_the_engine_takes_and_gives():
    plan = LoadedPlan(FakeTensorRt(), plan_of(MEAN))
    assert plan.inputs == [Port('image', (2, 3, 32, 64), 'FLOAT')]
    assert plan.outputs == [Port('sigmoid_output', (2, 1, 32, 64), 'FLOAT')]


def test_the_first_reason_is_told_once():
    tensorrt = FakeTensorRt()
    with pytest.raises(EngineMismatchError, match='magicTag failed'):
        LoadedPlan(tensorrt, b'no plan')
    plan = LoadedPlan(tensorrt, plan_of(MEAN))
    assert plan.reason() == 'see its log'
    tensorrt.log.log(1, 'first\nat a.cpp')
    tensorrt.log.log(1, 'second')
    assert [plan.reason(), plan.reason()] == ['first', 'see its log']


def test_a_refused_address_is_told():
    tensorrt = FakeTensorRt()
    plan = LoadedPlan(tensorrt, plan_of(MEAN))
    assert plan.bind('image', torch.zeros(1))
    tensorrt.refuses = 'set_tensor_address'
    assert not plan.bind('image', torch.zeros(1))
