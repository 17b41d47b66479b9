"""Runs on the same frames, side by side: what differs, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
import math
from typing import Any, NamedTuple

import numpy as np

from depth_nodes.errors import InputError
from depth_nodes.evaluation.bootstrap import CONFIDENCE, mean_interval, Series
from depth_nodes.evaluation.run_file import Run, SETTINGS

# Whether less of it is better.
METRICS = {
    'abs_rel': True,
    'rmse': True,
    'silog': True,
    'd1': False,
    'scale_error': True,
    'density': False,
}

Frame = Mapping[str, Any]
Pair = tuple[Frame, Frame]


class Pairs(NamedTuple):
    """The frames of a sequence in both runs.

    Attributes:
        common: frame of the first and of the second run, in the order of the first.
        num_single: frames that only one of the two has.
    """

    common: list[Pair]
    num_single: int


def compare(runs: Sequence[Run]) -> dict[str, Any]:
    """Every run against the first, ready for JSON.

    A difference is that of the means over the common frames, run minus reference; over all
    sequences it is the mean of theirs. It is `better` or `worse` where the interval does not hold
    zero, `same` where it does, and `unknown` of too few frames.

    Args:
        runs: two or more, evaluated alike.

    Raises:
        InputError: two runs have no frame in common.
    """
    reference, *others = runs
    return {
        'schema': 1,
        **{key: reference.results[key] for key in SETTINGS},
        'confidence': CONFIDENCE,
        'reference': reference.name,
        'runs': {run.name: _identity(run) for run in runs},
        'comparisons': {run.name: _against(reference, run) for run in others},
        'notes': [note for run in runs for note in _notes(reference, run)],
    }


def paired_frames(reference: Sequence[Frame], frames: Sequence[Frame]) -> Pairs:
    """The frames of two runs on one sequence that are the same.

    Told by their stamps where all have one, else by their names. So also where one run's stamps
    are those of the other at a constant distance: a folder's count from its first frame, those of
    the bag that is made of it do not.
    """
    has_stamps = all(frame.get('stamp_s') is not None for frame in (*reference, *frames))
    common = (
        _common(reference, frames, lambda frame: round(frame['stamp_s'], 6)) if has_stamps else []
    )
    if not common:
        common = _common(reference, frames, lambda frame: frame['name'])
        if has_stamps and len({round(b['stamp_s'] - a['stamp_s'], 6) for a, b in common}) > 1:
            common = []
    return Pairs(common, len(reference) + len(frames) - 2 * len(common))


def _common(
    reference: Sequence[Frame], frames: Sequence[Frame], key: Callable[[Frame], Any]
) -> list[Pair]:
    found = {key(frame): frame for frame in frames}
    return [(frame, found[key(frame)]) for frame in reference if key(frame) in found]


def frame_value(frame: Frame, metric: str) -> float:
    """A metric of a frame; NaN where it does not exist. `scale_error` is |ln(scale factor)|."""
    if metric == 'scale_error':
        return abs(math.log(frame['scale'])) if frame['scale'] else math.nan
    return math.nan if frame[metric] is None else frame[metric]


def _against(reference: Run, run: Run) -> dict[str, Any]:
    first, second = reference.results['sequences'], run.results['sequences']
    pairs = {
        name: paired_frames(first[name]['per_frame'], second[name]['per_frame'])
        for name in first
        if name in second
    }
    pairs = {name: found for name, found in pairs.items() if found.common}
    if not pairs:
        raise InputError(
            f'{reference.name} and {run.name} have no frame in common; evaluate the same sequences'
        )
    sequences = {name: _differences([found]) for name, found in pairs.items()}
    return {'overall': _differences(list(pairs.values())), 'sequences': sequences}


def _differences(sequences: Sequence[Pairs]) -> dict[str, Any]:
    return {
        'frames': sum(len(pairs.common) for pairs in sequences),
        'single_frames': sum(pairs.num_single for pairs in sequences),
        'metrics': {metric: _difference(sequences, metric) for metric in METRICS},
    }


def _difference(sequences: Sequence[Pairs], metric: str) -> dict[str, Any] | None:
    """One metric; None where no pair of frames has it."""
    groups = [values for pairs in sequences if len(values := _values(pairs, metric))]
    if not groups:
        return None
    changes: list[Series] = [group[:, 1] - group[:, 0] for group in groups]
    interval = mean_interval(changes)
    first, second = np.mean([group.mean(axis=0) for group in groups], axis=0).tolist()
    return {
        'reference': first,
        'run': second,
        'difference': interval.mean,
        'low': interval.low,
        'high': interval.high,
        'block_frames': interval.block_frames,
        'verdict': _verdict(interval.low, interval.high, METRICS[metric]),
    }


def _values(pairs: Pairs, metric: str) -> np.ndarray:
    """A row of two numbers for every pair that has both."""
    rows = [[frame_value(frame, metric) for frame in pair] for pair in pairs.common]
    values = np.array(rows, float)
    return values[~np.isnan(values).any(axis=1)]


def _verdict(low: float | None, high: float | None, is_less_better: bool) -> str:
    if low is None or high is None:
        return 'unknown'
    if low <= 0 <= high:
        return 'same'
    return 'better' if (high < 0) == is_less_better else 'worse'


def _identity(run: Run) -> dict[str, Any]:
    results = run.results
    return {key: results.get(key) for key in ('model', 'weights_sha256', 'command', 'complete')}


def _notes(reference: Run, run: Run) -> list[str]:
    """What makes a comparison less than it seems."""
    notes = []
    if not run.results.get('complete', True):
        notes.append(f'{run.name} is incomplete: only part of its data was read')
    first, second = reference.results['sequences'], run.results['sequences']
    single = sorted(first.keys() ^ second.keys())
    if single:
        notes.append(f'not in both {reference.name} and {run.name}: {", ".join(single)}')
    for name in first.keys() & second.keys():
        truths = first[name].get('ground_truth'), second[name].get('ground_truth')
        if truths[0] != truths[1]:
            notes.append(
                f'{name}: ground truth is {truths[0]} in {reference.name} and {truths[1]} in '
                f'{run.name}'
            )
    return notes
