"""What the report says of one sequence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from depth_nodes.evaluation.report.detail_tables import detail_tables
from depth_nodes.evaluation.report.frame_picture import SequencePictures
from depth_nodes.evaluation.report.frame_section import course_plots, picture_section
from depth_nodes.evaluation.report.grade import Grade
from depth_nodes.evaluation.report.markup import element, Markup, table
from depth_nodes.evaluation.report.number_text import fixed, percent
from depth_nodes.evaluation.report.place_plots import place_plots
from depth_nodes.evaluation.report.verdict import Verdict, verdicts

Result = Mapping[str, Any]

# Key, head of the column, digits; None: a share, shown in per cent.
METRICS: tuple[tuple[str, str, int | None], ...] = (
    ('abs_rel', 'abs_rel', 3),
    ('sq_rel', 'sq_rel [m]', 3),
    ('rmse', 'rmse [m]', 3),
    ('rmse_log', 'rmse_log', 3),
    ('d1', 'd1', None),
    ('d2', 'd2', None),
    ('d3', 'd3', None),
    ('silog', 'SILog', 2),
    ('irmse_per_km', 'iRMSE [1/km]', 1),
    ('imae_per_km', 'iMAE [1/km]', 1),
    ('density', 'density', None),
)
ALIGNMENTS = {
    'none': 'as published',
    'median': 'each frame scaled to its median',
    'affine': 'each frame scaled and shifted in 1/depth',
}
GRADE_WORDS: dict[Grade, str] = {
    'good': '● good', 'fair': '◐ fair', 'poor': '○ poor', 'unknown': 'not known',
}  # fmt: skip


def sequence_section(
    name: str, result: Result, pictures: SequencePictures | None, anchor: str
) -> Markup:
    """Answers first, then plots and pictures, then tables."""
    parts = [
        element('h2', name, id=anchor),
        _warnings(result.get('warnings', ())),
        verdict_cards(verdicts(result)),
        metrics_table(result),
        element('h3', 'When and where the error is'),
        element(
            'div',
            *course_plots(result['per_frame'], result['scale_median']),
            *place_plots(result),
            class_='plots',
        ),
    ]
    if pictures is not None and pictures.frames:
        parts.append(picture_section(pictures, anchor))
    parts += [
        element('h3', 'Details'),
        element('div', *detail_tables(result), class_='tables'),
    ]
    return element('section', *parts)


def verdict_cards(answers: Sequence[Verdict]) -> Markup:
    """A card for every question."""
    cards = [
        element(
            'li',
            element('span', GRADE_WORDS[answer.grade], class_=f'badge {answer.grade}'),
            element('h4', answer.question),
            element('strong', answer.short),
            element('p', answer.text),
            class_=f'verdict {answer.grade}',
        )
        for answer in answers
    ]
    return element('ul', *cards, class_='verdicts')


def metrics_table(result: Result) -> Markup:
    """The metrics side by side, by what was aligned before."""
    rows = {ALIGNMENTS.get(key, key): values for key, values in result['alignments'].items()}
    for key, values in result.get('flipped', {}).items():
        rows[f'mean with the mirror image, {ALIGNMENTS.get(key, key)}'] = values
    head = ['depth', *(title for _, title, _ in METRICS)]
    return table(head, ([name, *_metric_cells(values)] for name, values in rows.items()))


def _metric_cells(values: Result) -> list[str]:
    return [
        percent(values.get(key)) if digits is None else fixed(values.get(key), digits)
        for key, _, digits in METRICS
    ]


def _warnings(lines: Sequence[str]) -> Markup:
    if not lines:
        return Markup()
    items = [element('li', line) for line in lines]
    return element('div', element('b', 'Warnings'), element('ul', *items), class_='alert fair')


def summary_table(results: Mapping[str, Result], anchors: Mapping[str, str]) -> Markup:
    """The short answers for every sequence in a row each."""
    answers = {name: verdicts(result) for name, result in results.items()}
    head = ['sequence', *(answer.question for answer in next(iter(answers.values())))]
    rows = [
        [
            element('a', name, href=f'#{anchors[name]}'),
            *(element('span', answer.short, class_=answer.grade) for answer in row),
        ]
        for name, row in answers.items()
    ]
    return table(head, rows)
