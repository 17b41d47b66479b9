"""The numbers of a sequence in small tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from depth_nodes.data.skip_reason import in_words
from depth_nodes.evaluation.report.frame_section import worst_table
from depth_nodes.evaluation.report.markup import Content, Markup, table
from depth_nodes.evaluation.report.number_text import fixed, percent, range_text, short

Result = Mapping[str, Any]

DETAILS = {'temporal': 'Over time', 'latency': 'Through the nodes', 'boundaries': 'Edges'}
LABELS = {
    'scale_drift_per_min': 'scale drift per minute',
    'scale_jitter': 'scale jump between frames',
    'flicker_of': 'flicker is of',
    'static_share': 'share of static pixels',
    'age_p50_ms': 'age, median [ms]',
    'age_p95_ms': 'age, 95th percentile [ms]',
    'age_p99_ms': 'age, 99th percentile [ms]',
    'jitter_ms': 'jitter [ms]',
    'cpu_share': 'CPU, share of a core',
}


def detail_tables(result: Result) -> Iterator[Markup]:
    """The numbers behind the plots, and those that have none."""
    yield worst_table(result['per_frame'])
    yield table(
        ['distance', 'share', 'abs_rel', 'rmse [m]', 'bias [m]', 'd1', 'density'],
        [
            [range_text(row['min_m'], row['max_m']), percent(row['share']), fixed(row['abs_rel']),
             fixed(row['rmse'], 2), fixed(row['bias_m'], 2), percent(row['d1']),
             percent(row['density'])]
            for row in result['by_range']
        ],
        caption='By distance',
    )  # fmt: skip
    yield table(
        ['obstacles', 'columns', 'missed', 'phantom', 'missed', 'phantom'],
        [
            [f'< {row["distance_m"]:g} m', row['true_columns'], row['missed'], row['phantom'],
             percent(row['missed_share']), percent(row['phantom_share'])]
            for row in result['obstacles']['within']
        ],
        caption='Obstacles by image column',
    )  # fmt: skip
    for key, title in DETAILS.items():
        if result.get(key):
            yield table([], _pairs(result[key]), caption=title)
    if result.get('skipped'):
        rows = [[in_words(reason), count] for reason, count in result['skipped'].items()]
        yield table(['reason', 'frames'], rows, caption='Skipped')


def _pairs(values: Result) -> list[tuple[Content, Content]]:
    return [
        (LABELS.get(name, name), value if isinstance(value, (int, str)) else short(value))
        for name, value in values.items()
    ]
