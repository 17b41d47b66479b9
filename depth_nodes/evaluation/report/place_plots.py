"""Where depth is wrong: by distance, by part of the image, at obstacles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from depth_nodes.evaluation.breakdown import REGIONS
from depth_nodes.evaluation.report.drawing import Words
from depth_nodes.evaluation.report.markup import element, Markup
from depth_nodes.evaluation.report.number_text import fixed, percent
from depth_nodes.evaluation.report.plot import bar_plot

Result = Mapping[str, Any]


def place_plots(result: Result) -> Iterator[Markup]:
    """Errors by distance and by part of the image, and obstacles."""
    ranges = result['by_range']
    shares = ', '.join(percent(row['share']) for row in ranges)
    labels = [f'{row["min_m"]:g}–{row["max_m"]:g}' for row in ranges]
    if labels:
        yield bar_plot(
            Words(title='Error by distance', x='true distance [m]', y='abs_rel',
                  note=f'Share of the truth: {shares}.'),
            labels,
            {'': [row['abs_rel'] for row in ranges]},
        )  # fmt: skip
        yield bar_plot(
            Words(title='Too near or too far?', x='true distance [m]', y='mean error [m]',
                  note='Above zero depth is too far.'),
            labels,
            {'': [row['bias_m'] for row in ranges]},
        )  # fmt: skip
    yield _region_figure(result['by_region'])
    within = result['obstacles']['within']
    if within:
        yield bar_plot(
            Words(title='Obstacles', x='nearer than', y='share',
                  note='Missed: of the columns with an obstacle. Phantom: of those without.'),
            [f'{row["distance_m"]:g} m' for row in within],
            {'missed': [row['missed_share'] for row in within],
             'phantom': [row['phantom_share'] for row in within]},
        )  # fmt: skip


def _region_figure(regions: Mapping[str, Result]) -> Markup:
    errors = [region['abs_rel'] for region in regions.values() if region['abs_rel'] is not None]
    worst = max(errors, default=0.0) or 1.0
    cells = []
    for name in REGIONS:
        region = regions.get(name, {})
        error = region.get('abs_rel')
        strength = 0 if error is None else round(45 * error / worst)
        cells.append(
            element(
                'div',
                fixed(error),
                element('small', f'd1 {percent(region.get("d1"))}'),
                style=f'background: color-mix(in srgb, var(--orange) {strength}%, var(--card))',
                title=f'{name.replace("_", " ")}: {percent(region.get("share"))} of the truth',
            )
        )
    note = element('p', 'abs_rel and d1 of the nine parts of the image.')
    title = element('figcaption', element('b', 'Error by image region'))
    return element('figure', title, element('div', *cells, class_='regions'), note, class_='plot')
