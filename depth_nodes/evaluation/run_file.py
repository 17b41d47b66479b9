"""Files that `depth_nodes evaluate` wrote, to be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import json
import math
from pathlib import Path
from typing import Any

from depth_nodes.errors import ConfigError, InputError
from depth_nodes.evaluation.sequence_evaluation import FRAME_COLUMNS

SCHEMA = 2
SETTINGS = ('protocol', 'align', 'crop', 'min_depth_m', 'max_depth_m')


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one evaluation found.

    Attributes:
        name: of the file, or its path where two files have one name.
        results: what the file holds.
    """

    name: str
    results: dict[str, Any]


def read_runs(paths: Sequence[Path]) -> list[Run]:
    """The runs of some files, all evaluated alike.

    Raises:
        InputError: a file is missing, damaged, or of something else.
        ConfigError: there are fewer than two runs, or their settings differ.
    """
    if len(paths) < 2:
        raise ConfigError('one run alone cannot be compared; give two or more JSON files')
    if len({path.resolve() for path in paths}) < len(paths):
        raise ConfigError('a file is given twice; give the JSON files of different runs')
    stems = [path.stem for path in paths]
    runs = [
        Run(name=path.stem if stems.count(path.stem) == 1 else str(path), results=_read(path))
        for path in paths
    ]
    first = runs[0]
    for run in runs[1:]:
        for key in SETTINGS:
            if run.results[key] != first.results[key]:
                raise ConfigError(
                    f'{key} is {first.results[key]} in {first.name} and {run.results[key]} in '
                    f'{run.name}; evaluate both alike'
                )
    return runs


def _read(path: Path) -> dict[str, Any]:
    try:
        results = json.loads(path.read_text(encoding='utf-8'))
    except OSError as error:
        raise InputError(f'{path} cannot be read ({error.strerror}); give a JSON file') from error
    except (ValueError, RecursionError) as error:
        raise InputError(
            f'{path} is no JSON; give the file that `depth_nodes evaluate --output` wrote'
        ) from error
    try:
        _check(results)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            f'{path} holds no results of this version of `depth_nodes evaluate`; evaluate again'
        ) from error
    return dict(results)


def _check(results: Any) -> None:
    """Raises one of many errors where something is missing or other that a comparison reads."""
    if results['schema'] != SCHEMA or not {'model', *SETTINGS} <= results.keys():
        raise ValueError('of another version')
    numbers, may_be_none = [results['min_depth_m'], results['max_depth_m']], []
    for sequence in results['sequences'].values():
        for row in sequence['by_range']:
            numbers += [row['min_m'], row['max_m']]
            may_be_none.append(row['abs_rel'])
        for frame in sequence['per_frame']:
            may_be_none += [frame[name] for name in FRAME_COLUMNS]
            may_be_none.append(frame['stamp_s'] and abs(frame['stamp_s']))
            if not isinstance(frame['name'], str):
                raise TypeError('a frame without a name')
    numbers += [value for value in may_be_none if value is not None]
    if not all(0 <= value < math.inf for value in numbers):
        raise ValueError('a number that no evaluation writes')
