from dataclasses import dataclass, FrozenInstanceError

import pytest
from rcl_interfaces.msg import ParameterType
from rcl_interfaces.srv import DescribeParameters
from rclpy.node import Node
from rclpy.parameter import Parameter

from depth_nodes.errors import ConfigError
from depth_nodes.ros.parameters import (
    changed_parameters,
    declare_parameters,
    parameter,
    specifications,
)


@dataclass(frozen=True, kw_only=True)
class Parameters:
    speed_mps: float = parameter(1.0, 'how fast', minimum=0.5, maximum=10)
    count: int = parameter(3, 'how many', minimum=0, maximum=9)
    mode: str = parameter('slow', 'which way', choices=('slow', 'fast'))
    text: str = parameter('', 'anything')
    is_on: bool = parameter(True, 'whether')
    names: tuple[str, ...] = parameter((), 'who')


@pytest.fixture
def declare(context):
    nodes = []

    def declare(**overrides):
        given = [Parameter(name, value=value) for name, value in overrides.items()]
        node = Node('declares', context=context, parameter_overrides=given)
        nodes.append(node)
        return declare_parameters(node, Parameters)

    declare.nodes = nodes
    yield declare
    for node in nodes:
        node.destroy_node()


def test_defaults(declare):
    assert declare() == Parameters()
    assert declare.nodes[0].get_parameter('count').value == 3


def test_overrides_reach_dataclass_and_node(declare):
    parameters = declare(speed_mps=2.5, count=9, mode='fast', text='x', is_on=False)
    expected = Parameters(speed_mps=2.5, count=9, mode='fast', text='x', is_on=False)
    assert parameters == expected
    for name, specification in specifications(Parameters).items():
        value = declare.nodes[0].get_parameter(name).value
        assert specification.check(name, value) == getattr(expected, name)


def test_an_integer_passes_for_a_number(declare):
    speed = declare(speed_mps=2).speed_mps
    assert speed == 2.0
    assert type(speed) is float


@pytest.mark.parametrize(
    ('overrides', 'message'),
    [
        ({'speed': 1.0}, 'there is no parameter speed: did you mean speed_mps?'),
        (
            {'zzz': 1},
            'there is no parameter zzz: there are speed_mps, count, mode, text, is_on, names',
        ),
        ({'count': 10}, 'parameter count is 10: it must be 0 to 9'),
        ({'count': 1.0}, 'parameter count is 1.0: it must be an integer'),
        ({'count': True}, 'parameter count is True: it must be an integer'),
        ({'speed_mps': 0.1}, 'parameter speed_mps is 0.1: it must be 0.5 to 10'),
        ({'speed_mps': float('nan')}, 'parameter speed_mps is nan: it must be 0.5 to 10'),
        ({'mode': 'Fast'}, "parameter mode is 'Fast': it must be one of slow, fast"),
        ({'text': 5}, 'parameter text is 5: it must be a string'),
        ({'is_on': 1}, 'parameter is_on is 1: it must be true or false'),
        ({'text': ['a', 'b']}, "parameter text is ['a', 'b']: it must be a string"),
    ],
)
def test_wrong_overrides(declare, overrides, message):
    with pytest.raises(ConfigError) as error:
        declare(**overrides)
    assert str(error.value) == message


@pytest.mark.parametrize('names', [[], ['front'], ['left', '_right', 'B2', 'x' * 64]])
def test_names(declare, names):
    assert declare(names=names).names == tuple(names)
    kept = declare.nodes[0].get_parameter('names')
    assert (kept.type_, kept.value) == (Parameter.Type.STRING_ARRAY, names)


@pytest.mark.parametrize(
    'names', [['a', 'a'], [''], ['1st'], ['a/b'], ['~'], ['a b'], ['größe'], ['x' * 65], [1, 2]]
)
def test_names_that_no_topic_can_have(declare, names):
    with pytest.raises(ConfigError) as error:
        declare(names=names)
    rule = 'different names of at most 64 letters, digits and _, no digit first'
    assert str(error.value) == f'parameter names is {names}: it must be {rule}'


def test_a_name_is_no_list_of_names(declare):
    with pytest.raises(ConfigError, match="names is 'front': it must be a list of strings"):
        declare(names='front')


@pytest.mark.parametrize('text', ['[]', '[front, left]'])
def test_names_from_a_file(context, tmp_path, text):
    """An empty list comes without a type and without a value."""
    path = tmp_path / 'parameters.yaml'
    path.write_text(f'declares:\n  ros__parameters:\n    names: {text}\n')
    arguments = ['--ros-args', '--params-file', str(path)]
    node = Node('declares', context=context, cli_args=arguments)
    names = declare_parameters(node, Parameters).names
    assert names == (() if text == '[]' else ('front', 'left'))
    node.destroy_node()


def test_parameters_of_ros_itself_pass(declare):
    assert declare(use_sim_time=True) == Parameters()


def test_read_only(declare):
    parameters = declare()
    (result,) = declare.nodes[0].set_parameters([Parameter('count', value=4)])
    assert not result.successful
    assert 'read-only' in result.reason
    with pytest.raises(FrozenInstanceError):
        parameters.count = 4


def test_description_range_and_choices_are_told(declare, harness):
    declare()
    harness.add(declare.nodes.pop())
    request = DescribeParameters.Request(names=list(specifications(Parameters)))
    descriptors = harness.call(
        DescribeParameters, 'declares/describe_parameters', request
    ).descriptors
    speed, count, mode, _, is_on, names = descriptors
    assert speed.description == 'how fast'
    speeds = speed.floating_point_range[0]
    assert (speeds.from_value, speeds.to_value) == (0.5, 10.0)
    counts = count.integer_range[0]
    assert (counts.from_value, counts.to_value) == (0, 9)
    assert mode.additional_constraints == 'one of slow, fast'
    assert is_on.read_only
    assert (names.type, names.description) == (ParameterType.PARAMETER_STRING_ARRAY, 'who')
    assert names.read_only


@dataclass(frozen=True, kw_only=True)
class Dynamic:
    fixed: int = parameter(3, 'how many', minimum=0, maximum=9)
    speed_mps: float = parameter(1.0, 'how fast', minimum=0.5, maximum=10, is_dynamic=True)


def test_dynamic_parameters_may_change_and_are_checked(context, harness):
    node = harness.add(Node('declares', context=context))
    settings = declare_parameters(node, Dynamic)
    fixed, speed = node.describe_parameters(['fixed', 'speed_mps'])
    assert (fixed.read_only, speed.read_only) == (True, False)
    changed = changed_parameters(settings, [Parameter('speed_mps', value=2)])
    assert changed == Dynamic(speed_mps=2.0)
    assert changed_parameters(changed, [Parameter('use_sim_time', value=True)]) == changed
    with pytest.raises(ConfigError, match='speed_mps is 20.0: it must be 0.5 to 10'):
        changed_parameters(settings, [Parameter('speed_mps', value=20.0)])
