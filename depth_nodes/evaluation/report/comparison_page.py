"""The page of `depth_nodes compare`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from depth_nodes.evaluation.comparison import METRICS
from depth_nodes.evaluation.report.comparison_text import HEAD, rows, sentence
from depth_nodes.evaluation.report.drawing import Words
from depth_nodes.evaluation.report.markup import Content, element, Markup, table, term_list
from depth_nodes.evaluation.report.number_text import fixed, NONE, range_text
from depth_nodes.evaluation.report.page import page, settings_text, write_page
from depth_nodes.evaluation.report.plot import interval_plot
from depth_nodes.evaluation.run_file import Run

METHOD = (
    'Each frame of one run is paired with the same frame of the other. The intervals of 95 % come '
    'from a block bootstrap over the pairs: neighbouring frames are alike, so they are drawn '
    'together. A difference counts as told where the interval does not hold zero; of twenty '
    'comparisons of equal runs one would. All of it speaks of these recordings, not of others.'
)


def write_comparison(path: Path, comparison: Mapping[str, Any], runs: Sequence[Run]) -> None:
    """Writes the page; arguments as `comparison_page`."""
    write_page(path, comparison_page(comparison, runs))


def comparison_page(comparison: Mapping[str, Any], runs: Sequence[Run]) -> str:
    """The page of what `compare` says of some runs."""
    reference = comparison['reference']
    body: list[Content] = []
    if comparison['notes']:
        lines = [element('li', note) for note in comparison['notes']]
        notes = [element('b', 'Mind'), element('ul', *lines)]
        body.append(element('div', *notes, class_='alert fair'))
    for name, found in comparison['comparisons'].items():
        body.append(_section(reference, name, found))
    body += [
        element('h2', 'Error by distance'),
        element('div', *_range_tables(runs), class_='tables'),
        element('h2', 'The runs'),
        element('div', *(_run_list(*run) for run in comparison['runs'].items()), class_='tables'),
        element('p', METHOD, class_='note', style='margin-top: 16px'),
    ]
    title = f'Depth compared with {reference}'
    names = ', '.join(comparison['comparisons'])
    return page(title, f'{names}; {settings_text(comparison)}', body)


def _section(reference: str, name: str, found: Mapping[str, Any]) -> Markup:
    overall = found['overall']
    intervals = dict(_intervals(overall['metrics']))
    words = element(
        'div',
        element('h4', 'What differs'),
        element('p', f'{sentence(reference, name, overall)}.'),
        class_='verdict',
    )
    parts = [words]
    if intervals:
        around = Words(
            title=f'{name} against {reference}',
            x='change [% of the reference]',
            note='Left of zero is better, with the sign of d1 and density turned.',
        )
        parts.append(interval_plot(around, intervals))
    parts = [element('h2', name), element('div', *parts, class_='tables')]
    cells = [
        [*row[:-1], element('span', row[-1], class_=row[-1].split()[0])] for row in rows(found)
    ]
    head = [*HEAD[:2], reference, name, *HEAD[4:]]
    return element('section', *parts, table(head, cells))


def _intervals(
    metrics: Mapping[str, Any],
) -> Iterator[tuple[str, tuple[float, float, float]]]:
    """Change of each metric in per cent of the reference, smaller being better."""
    for metric, row in metrics.items():
        if row is None or row['low'] is None or not row['reference']:
            continue
        factor = (100 if METRICS[metric] else -100) / abs(row['reference'])
        low, high = sorted((factor * row['low'], factor * row['high']))
        yield metric, (low, factor * row['difference'], high)


def _range_tables(runs: Sequence[Run]) -> Iterator[Markup]:
    """abs_rel of every run by range, for each sequence that all have."""
    for name in runs[0].results['sequences']:
        sequences = [run.results['sequences'].get(name) for run in runs]
        if None in sequences or len({len(one['by_range']) for one in sequences}) > 1:
            continue
        columns = zip(*(sequence['by_range'] for sequence in sequences), strict=True)
        yield table(
            ['abs_rel', *(run.name for run in runs)],
            [
                [range_text(column[0]['min_m'], column[0]['max_m']),
                 *(fixed(cell['abs_rel']) for cell in column)]
                for column in columns
            ],
            caption=name,
        )  # fmt: skip


def _run_list(name: str, run: Mapping[str, Any]) -> Markup:
    return term_list(
        [
            ('run', name),
            ('model', run['model']),
            ('weights (sha256)', element('code', run['weights_sha256'] or NONE)),
            ('command', element('pre', run['command'] or NONE)),
        ]
    )
