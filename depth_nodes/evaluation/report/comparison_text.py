"""A comparison in words and rows, for the screen and the page alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from depth_nodes.evaluation.report.number_text import short

HEAD = ('sequence', 'metric', 'reference', 'run', 'difference', '95 % interval', 'verdict')
ALL = 'all'
VERDICTS = {
    'better': 'better',
    'worse': 'worse',
    'same': 'no difference to be told',
    'unknown': 'too few frames',
}


def sentence(reference: str, run: str, difference: Mapping[str, Any]) -> str:
    """What differs significantly, and what does not."""
    groups: dict[str, list[str]] = {verdict: [] for verdict in VERDICTS}
    for metric, row in difference['metrics'].items():
        if row is not None:
            values = f' ({short(row["reference"])} → {short(row["run"])})'
            is_told = row['verdict'] in ('better', 'worse')
            groups[row['verdict']].append(metric + (values if is_told else ''))
    heads = ('better in', 'worse in', 'no difference to be told in', 'too few frames for')
    parts = [
        f'{head} {", ".join(metrics)}'
        for head, metrics in zip(heads, groups.values(), strict=True)
        if metrics
    ]
    return f'{run} against {reference}, {difference["frames"]} frames: {"; ".join(parts)}'


def rows(comparison: Mapping[str, Any]) -> Iterator[list[str]]:
    """Cells as `HEAD` names them: of all sequences, and of each where there are several."""
    sequences = comparison['sequences']
    shown = {ALL: comparison['overall'], **sequences} if len(sequences) > 1 else sequences
    for name, difference in shown.items():
        for metric, row in difference['metrics'].items():
            if row is None:
                continue
            interval = '' if row['low'] is None else f'{short(row["low"])} to {short(row["high"])}'
            numbers = [short(row[key]) for key in ('reference', 'run', 'difference')]
            yield [name, metric, *numbers, interval, VERDICTS[row['verdict']]]
