"""YAML files -> frozen dataclasses.

A key that no field has, a missing one and a value of another type are ConfigErrors that name the
file and the place in it.  Nothing is converted silently but int to float; floats such as `1e-3`,
which YAML 1.1 reads as text, are understood where a float is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
import dataclasses
import difflib
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints, Literal, TypeVar, Union

import yaml

from depth_nodes.errors import ConfigError

Config = TypeVar('Config')
# Of ours, the largest has 4 KB; PyYAML reads about as many a second as this.
MAX_YAML_BYTES = 1 << 17
MAX_BRACKETS = 50
MAX_SHOWN_LETTERS = 80
# PyYAML's own error, and what escapes from its tags (`!!bool x`) and from deep brackets.
NO_YAML = (yaml.YAMLError, ValueError, KeyError, AttributeError, RecursionError)


def load_config(
    config_type: type[Config], path: Path | str, overrides: Iterable[str] = ()
) -> Config:
    """The configuration in a YAML file.

    Args:
        config_type: a dataclass; its fields may be dataclasses themselves.
        path: the file.
        overrides: `key.sub=value` each, as on the command line; the value is YAML.

    Raises:
        ConfigError: the file cannot be read, or does not fit the dataclass.
    """
    return config_from_mapping(config_type, read_yaml(path), overrides, source=str(path))


def read_yaml(path: Path | str) -> dict[str, Any]:
    """The mapping in a YAML file; an empty file is an empty mapping.

    Raises:
        ConfigError: the file cannot be read, is too large, is not YAML, or holds something else.
    """
    try:
        with Path(path).open('rb') as file:
            text = file.read(MAX_YAML_BYTES + 1).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f'{path}: cannot be read: {error}') from error
    if len(text) > MAX_YAML_BYTES:
        raise ConfigError(
            f'{path}: holds more than {MAX_YAML_BYTES >> 10} KiB; is it the right file?'
        )
    try:
        content = yaml.load(text, _Loader)
    except NO_YAML as error:
        raise ConfigError(f'{path}: is not valid YAML: {" ".join(str(error).split())}') from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigError(f'{path}: must hold keys and values, not {_described(content)}')
    for key in content:
        if not isinstance(key, str):
            raise ConfigError(f'{path}: keys must be text, not {_described(key)}')
    return content


def config_from_mapping(
    config_type: type[Config],
    mapping: Mapping[str, Any],
    overrides: Iterable[str] = (),
    *,
    source: str = 'config',
) -> Config:
    """The configuration that a mapping holds.

    Args:
        config_type: a dataclass.
        mapping: names and values of its fields.
        overrides: `key.sub=value` each; they win.
        source: what errors call the mapping, such as its file.

    Raises:
        ConfigError: the mapping does not fit the dataclass.
    """
    return _dataclass_from(config_type, overridden(mapping, overrides), _Place(source))


def overridden(mapping: Mapping[str, Any], overrides: Iterable[str]) -> Mapping[str, Any]:
    """A copy of a mapping with every `key.sub=value` put in.

    Raises:
        ConfigError: one of them is written otherwise.
    """
    for override in overrides:
        mapping = _with_override(mapping, override)
    return mapping


class _Loader(yaml.SafeLoader):
    """Plain values only, and nothing that costs more than it is long.

    Aliases of aliases would grow without bound when they are shown, and brackets in brackets cost
    the scanner their square.
    """

    def fetch_flow_collection_start(self, token_class: type) -> None:
        """A bracket, unless it is in too many others."""
        if self.flow_level >= MAX_BRACKETS:
            raise yaml.YAMLError(f'it has more than {MAX_BRACKETS} brackets in one another')
        super().fetch_flow_collection_start(token_class)

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """A node, unless it is an alias."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError('aliases (*name) are not allowed; write the value out')
        return super().compose_node(parent, index)


@dataclasses.dataclass(frozen=True)
class _Place:
    """Where a value stands, for the errors about it."""

    source: str
    path: tuple[str, ...] = ()

    def below(self, key: object) -> _Place:
        return _Place(self.source, (*self.path, _shown(key, str)))

    def error(self, text: str) -> ConfigError:
        where = f'{self.source}: {".".join(self.path)}' if self.path else self.source
        return ConfigError(f'{where}: {text}')


def _with_override(mapping: Mapping[str, Any], override: str) -> dict[str, Any]:
    """A copy of a mapping with one `key.sub=value` put in."""
    path, separator, text = override.partition('=')
    keys = path.split('.')
    if not separator or not all(keys):
        raise ConfigError(f'--set {override}: write it as key=value or key.sub=value')
    try:
        value = yaml.load(text, _Loader)
    except NO_YAML as error:
        raise ConfigError(f'--set {override}: {text} is not a YAML value') from error
    result = dict(mapping)
    level = result
    for key in keys[:-1]:
        below = level.get(key)
        level[key] = dict(below) if isinstance(below, Mapping) else {}
        level = level[key]
    level[keys[-1]] = value
    return result


def _dataclass_from(config_type: Any, value: Any, place: _Place) -> Any:
    if not isinstance(value, Mapping):
        raise place.error(f'must hold keys, not {_described(value)}')
    hints = get_type_hints(config_type)
    fields = {field.name: field for field in dataclasses.fields(config_type) if field.init}
    for key in value:
        if key not in fields:
            close = difflib.get_close_matches(_shown(key, str), fields, n=1)
            advice = f'did you mean {close[0]}?' if close else f'known: {", ".join(fields)}'
            raise place.below(key).error(f'unknown key; {advice}')
    for name, field in fields.items():
        is_required = field.default is field.default_factory is dataclasses.MISSING
        if is_required and name not in value:
            raise place.below(name).error('is missing')
    filled = {
        key: _value_from(hints[key], entry, place.below(key)) for key, entry in value.items()
    }
    try:
        return config_type(**filled)
    except ConfigError as error:
        raise place.error(str(error)) from error


def _value_from(hint: Any, value: Any, place: _Place) -> Any:
    """A value of the annotated type; the branches are the annotations that fields may have."""
    origin, arguments = get_origin(hint), get_args(hint)
    if dataclasses.is_dataclass(hint):
        return _dataclass_from(hint, value, place)
    if origin in (Union, UnionType):
        return _union_from(arguments, value, place)
    if origin is Literal:
        if value not in arguments:
            choices = ', '.join(str(choice) for choice in arguments)
            raise place.error(f'is {_described(value)}; choose one of {choices}')
        return value
    if origin in (tuple, list):
        return _items_from(origin, arguments, value, place)
    if origin is dict:
        if not isinstance(value, Mapping):
            raise place.error(f'must hold keys, not {_described(value)}')
        return {
            _scalar_from(arguments[0], key, place.below(key)): _value_from(
                arguments[1], entry, place.below(key)
            )
            for key, entry in value.items()
        }
    return _scalar_from(hint, value, place)


def _union_from(hints: tuple[Any, ...], value: Any, place: _Place) -> Any:
    """A value of the first type of `A | B | None` that takes it."""
    if value is None and NoneType in hints:
        return None
    errors = []
    for hint in hints:
        if hint is NoneType:
            continue
        try:
            return _value_from(hint, value, place)
        except ConfigError as error:
            errors.append(error)
    raise errors[-1]


def _items_from(kind: Any, hints: tuple[Any, ...], value: Any, place: _Place) -> Any:
    """A list, a tuple of any length (`tuple[int, ...]`) or one of a fixed length."""
    if not isinstance(value, (list, tuple)):
        raise place.error(f'must be a list, not {_described(value)}')
    is_fixed = kind is tuple and hints[-1] is not Ellipsis
    if is_fixed and len(value) != len(hints):
        raise place.error(f'must have {len(hints)} entries, not {len(value)}')
    item_hints = hints if is_fixed else (hints[0],) * len(value)
    return kind(
        _value_from(hint, entry, place.below(index))
        for index, (hint, entry) in enumerate(zip(item_hints, value, strict=True))
    )


def _scalar_from(hint: Any, value: Any, place: _Place) -> Any:
    if hint is float and type(value) in (int, str):
        try:
            return float(value)
        except (OverflowError, ValueError):
            pass
    if hint is Path and isinstance(value, str):
        return Path(value)
    if hint is not Any and type(value) is not hint:
        raise place.error(f'must be of type {hint.__name__}, not {_described(value)}')
    return value


def _described(value: Any) -> str:
    return 'empty' if value is None else f'{_shown(value, repr)} ({type(value).__name__})'


def _shown(value: Any, write: Callable[[Any], str]) -> str:
    """One short line, whatever a file holds."""
    try:
        text = ' '.join(write(value).split())
    except ValueError:  # Python writes no number of thousands of digits
        return '...'
    return text if len(text) <= MAX_SHOWN_LETTERS else f'{text[:MAX_SHOWN_LETTERS]}...'
