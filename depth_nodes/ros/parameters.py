"""ROS parameters from a frozen dataclass: each is declared once, checked, read once.

    @dataclass(frozen=True, kw_only=True)
    class PlayerParameters:
        rate: float = parameter(1.0, 'times real time', minimum=0.01, maximum=100.0)

    parameters = declare_parameters(node, PlayerParameters)

All but the dynamic ones are read-only while the node lives. `changed_parameters` takes those that
`ros2 param set` gives, so what the dataclass holds is what `ros2 param get` says.
"""

from __future__ import annotations

from collections.abc import Iterable
import dataclasses
from dataclasses import dataclass
import difflib
import os
from pathlib import Path
import re
from typing import Any, TypeVar

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor
from rclpy.node import Node
from rclpy.parameter import Parameter

from depth_nodes.errors import ConfigError
from depth_nodes.messages.transform_tree import Pose, pose_from_text

Value = bool | int | float | str | tuple[str, ...]
Parameters = TypeVar('Parameters')

# Parameters that ROS itself gives to a node.
ROS_PARAMETERS = ('use_sim_time', 'start_type_description_service')
ROS_PARAMETER_PREFIX = 'qos_overrides.'
TYPE_NAMES = {
    bool: 'true or false',
    int: 'an integer',
    float: 'a number',
    str: 'a string',
    tuple: 'a list of strings',
}
# A part of a topic's name; all of them together may have about 250 letters.
NAME = re.compile('[A-Za-z_][A-Za-z0-9_]{0,63}')


@dataclass(frozen=True, kw_only=True)
class Specification:
    """What a parameter may hold; kept in the metadata of its dataclass field."""

    default: Value
    description: str
    limits: tuple[int | float, int | float] | None = None
    choices: tuple[str, ...] = ()
    is_dynamic: bool = False

    @property
    def constraint(self) -> str:
        """The allowed values in words; empty where the type says all."""
        if isinstance(self.default, tuple):
            return 'different names of at most 64 letters, digits and _, no digit first'
        if self.choices:
            return f'one of {", ".join(self.choices)}'
        if self.limits:
            low, high = (f'{limit:.10g}' for limit in self.limits)
            return f'{low} to {high}'
        return ''

    def check(self, name: str, value: Any) -> Any:
        """The value, as the parameter's type.

        Raises:
            ConfigError: another type (an integer passes for a number), or out of range.
        """
        wanted, given = type(self.default), value
        if wanted is float and type(value) is int:
            value = float(value)
        if wanted is tuple and (value is None or isinstance(value, list)):
            value = tuple(value or ())  # ROS knows no type of an empty list, and gives no value
        if type(value) is not wanted:
            raise ConfigError(f'parameter {name} is {given!r}: it must be {TYPE_NAMES[wanted]}')
        if not self._allows(value):
            raise ConfigError(f'parameter {name} is {given!r}: it must be {self.constraint}')
        return value

    def _allows(self, value: Any) -> bool:
        if isinstance(value, tuple):
            are_names = all(isinstance(one, str) and NAME.fullmatch(one) for one in value)
            return are_names and len(set(value)) == len(value)
        if self.limits:  # NaN is outside of any
            return self.limits[0] <= value <= self.limits[1]
        return not self.choices or value in self.choices

    def descriptor(self) -> ParameterDescriptor:
        """What `ros2 param describe` shows."""
        descriptor = ParameterDescriptor(
            description=self.description, read_only=not self.is_dynamic
        )
        if self.choices:
            descriptor.additional_constraints = self.constraint
        elif self.limits and type(self.default) is int:
            low, high = int(self.limits[0]), int(self.limits[1])
            descriptor.integer_range = [IntegerRange(from_value=low, to_value=high)]
        elif self.limits:
            start, end = map(float, self.limits)
            descriptor.floating_point_range = [FloatingPointRange(from_value=start, to_value=end)]
        return descriptor


def parameter(
    default: Value,
    description: str,
    *,
    minimum: int | float | None = None,
    maximum: int | float | None = None,
    choices: tuple[str, ...] = (),
    is_dynamic: bool = False,
) -> Any:
    """A dataclass field that is a ROS parameter; its type is that of the default.

    A tuple holds names, such as topics are made of.
    A number has both a minimum and a maximum, or neither. A dynamic one may change while the node
    runs.
    """
    assert (minimum is None) == (maximum is None), 'a range has two ends'
    limits = None if minimum is None or maximum is None else (minimum, maximum)
    specification = Specification(
        default=default,
        description=description,
        limits=limits,
        choices=choices,
        is_dynamic=is_dynamic,
    )
    return dataclasses.field(default=default, metadata={'specification': specification})


def same_parameter(parameters_class: type, name: str) -> Any:
    """A field that is as that of another node's dataclass."""
    specification = specifications(parameters_class)[name]
    return dataclasses.field(
        default=specification.default, metadata={'specification': specification}
    )


def specifications(parameters_class: type) -> dict[str, Specification]:
    """Every parameter of such a dataclass by name."""
    fields = dataclasses.fields(parameters_class)
    return {field.name: field.metadata['specification'] for field in fields}


def declare_parameters(node: Node, parameters_class: type[Parameters]) -> Parameters:
    """Declares the dataclass's fields on the node and fills it.

    Raises:
        ConfigError: an unknown parameter was set, or a value is of the wrong type or out of range.
    """
    known = specifications(parameters_class)
    # rclpy has no public view of what the command line and parameter files set.
    overrides = {name: given.value for name, given in node._parameter_overrides.items()}
    for name in overrides:
        is_ros = name in ROS_PARAMETERS or name.startswith(ROS_PARAMETER_PREFIX)
        if name not in known and not is_ros:
            raise ConfigError(_unknown_parameter(name, known))
    values = {}
    for name, specification in known.items():
        value = specification.check(name, overrides.get(name, specification.default))
        _declare(node, name, value, specification.descriptor())
        values[name] = value
    return parameters_class(**values)


def changed_parameters(settings: Parameters, given: Iterable[Parameter[Any]]) -> Parameters:
    """The settings with what `ros2 param set` gives; rclpy has refused the read-only ones.

    Raises:
        ConfigError: a value is of the wrong type or out of range.
    """
    known = specifications(type(settings))
    values = {
        one.name: known[one.name].check(one.name, one.value) for one in given if one.name in known
    }
    return dataclasses.replace(settings, **values)  # type: ignore[type-var]


def path_of(text: str) -> Path | None:
    """No path is the empty text; `~` is not left to a shell, which ROS never asks."""
    return Path(os.path.expanduser(text)) if text else None


def pose_from_parameter(name: str, text: str) -> Pose | None:
    """The pose that a parameter holds; the empty text is none.

    Raises:
        ConfigError: it is no pose.
    """
    if not text:
        return None
    try:
        return pose_from_text(text)
    except ValueError as error:
        raise ConfigError(
            f'parameter {name} is {text!r}: it must be "x y z qx qy qz qw", metres and a '
            'quaternion'
        ) from error


def _declare(node: Node, name: str, value: Value, descriptor: ParameterDescriptor) -> None:
    """Overrides have been applied to the value: rclpy would refuse an integer for a number."""
    if not isinstance(value, tuple):
        node.declare_parameter(name, value, descriptor, ignore_override=True)
        return
    # With an empty list as its default, it would be a parameter of bytes.
    strings = Parameter.Type.STRING_ARRAY
    node.declare_parameter(name, strings, ignore_override=True)
    node.set_parameters([Parameter(name, strings, list(value))])
    descriptor.type = strings.value
    node.set_descriptor(name, descriptor)


def _unknown_parameter(name: str, known: dict[str, Specification]) -> str:
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f'did you mean {" or ".join(close)}?' if close else f'there are {", ".join(known)}'
    return f'there is no parameter {name}: {hint}'
