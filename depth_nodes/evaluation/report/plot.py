"""Small plots as SVG in the page: the style sheet gives colours, so they follow light and dark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from depth_nodes.evaluation.report.axis import Axis, axis_around
from depth_nodes.evaluation.report.drawing import (
    across,
    at,
    BOTTOM,
    down,
    figure,
    grid,
    LEFT,
    RIGHT,
    text,
    TOP,
    Words,
    x_ticks,
)
from depth_nodes.evaluation.report.line_path import line_path, Point
from depth_nodes.evaluation.report.markup import element, join, Markup
from depth_nodes.evaluation.report.number_text import short

GROUP_SHARE = 0.72  # of the width of a group, that its bars take
ROW_HEIGHT, ROW_LABEL_WIDTH = 26, 116
# Where the names of levels stand, so that two near each other can be read.
LEVEL_ENDS = ((RIGHT, 'end'), (LEFT + 4, 'start'))


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line over x.

    Attributes:
        points: by growing x; the line breaks where there is no number.
        levels: up to two horizontal lines to compare with, by their names.
        marks: names of points, by x.
    """

    points: Sequence[Point]
    levels: Mapping[str, float] = field(default_factory=dict)
    marks: Mapping[float, str] = field(default_factory=dict)


def line_plot(words: Words, line: Line, *, has_zero: bool = True) -> Markup:
    """A line, drawn as the band between its extremes where several points fall on one pixel."""
    known = [value for _, value in line.points if value is not None]
    y = axis_around([*known, *line.levels.values()], BOTTOM, TOP, has_zero=has_zero)
    first, last = line.points[0][0], line.points[-1][0]
    x = Axis(low=first, high=last if last > first else first + 1, start=LEFT, end=RIGHT)
    path = element('path', d=line_path(line.points, x, y), class_='line')
    levels = [
        part
        for (name, value), (end, anchor) in zip(line.levels.items(), LEVEL_ENDS, strict=False)
        for part in (
            across(y, value, 'level'),
            text(name, end, y.position(value) - 4, anchor, 'level-name'),
        )
    ]
    marks = [
        _mark(x.position(where), y.position(value), line.marks[where], value == min(known))
        for where, value in line.points
        if where in line.marks and value is not None
    ]
    return figure(words, [grid(y), x_ticks(x), path, *levels, *marks])


def bar_plot(
    words: Words, labels: Sequence[str], series: Mapping[str, Sequence[float | None]]
) -> Markup:
    """Bars in a group for each label, one of each series; the legend names them from two up."""
    known = [value for values in series.values() for value in values if value is not None]
    y = axis_around(known, BOTTOM, TOP)
    step = (RIGHT - LEFT) / len(labels)
    width = step * GROUP_SHARE / len(series)
    bars = []
    for index, (name, values) in enumerate(series.items()):
        for place, (label, value) in enumerate(zip(labels, values, strict=True)):
            left = LEFT + step * (place + (1 - GROUP_SHARE) / 2) + index * width
            bars.append(_bar(left, width - 1.5, value, y, index, f'{label} {name}'.strip()))
    names = [
        text(label, LEFT + step * (place + 0.5), BOTTOM + 15, 'middle')
        for place, label in enumerate(labels)
    ]
    return figure(words, [grid(y), *bars, *names], legend=series if len(series) > 1 else ())


def interval_plot(words: Words, rows: Mapping[str, tuple[float, float, float]]) -> Markup:
    """A point and its interval (low, middle, high) in a row each, beside a line at zero."""
    bottom = TOP + ROW_HEIGHT * len(rows)
    ends = [value for row in rows.values() for value in row]
    x = axis_around(ends, ROW_LABEL_WIDTH, RIGHT)
    if x.low == 0:
        x = axis_around([*ends, -0.1 * max(ends)], ROW_LABEL_WIDTH, RIGHT)
    parts = [
        part
        for tick in x.ticks()
        for part in (
            down(x, tick, bottom, 'grid'),
            text(short(tick), x.position(tick), bottom + 14, 'middle'),
        )
    ]
    parts.append(down(x, 0, bottom, 'zero'))
    for index, (name, (low, middle, high)) in enumerate(rows.items()):
        y = TOP + ROW_HEIGHT * (index + 0.5)
        state = 'better' if high < 0 else 'worse' if low > 0 else 'same'
        parts += [
            text(name, ROW_LABEL_WIDTH - 10, y + 4, 'end'),
            element(
                'g',
                element('title', f'{name}: {short(middle)} ({short(low)} to {short(high)})'),
                element('line', x1=at(x, low), x2=at(x, high), y1=y, y2=y),
                element('circle', cx=at(x, middle), cy=y, r=4),
                class_=f'interval {state}',
            ),
        ]
    return figure(words, parts, height=bottom + 32)


def _bar(left: float, width: float, value: float | None, y: Axis, index: int, name: str) -> Markup:
    if value is None:
        return text('–', left + width / 2, BOTTOM - 4, 'middle')
    ends = sorted((y.position(0), y.position(value)))
    return element(
        'rect',
        element('title', f'{name}: {short(value)}'),
        x=f'{left:.1f}',
        width=f'{width:.1f}',
        y=f'{ends[0]:.1f}',
        height=f'{max(ends[1] - ends[0], 0.8):.1f}',
        class_=f'series-{index}',
    )


def _mark(x: float, y: float, name: str, is_below: bool) -> Markup:
    is_right = x > (LEFT + RIGHT) / 2
    point = element('circle', cx=f'{x:.1f}', cy=f'{y:.1f}', r=3.2, class_='mark')
    anchor = 'end' if is_right else 'start'
    corner = (x - 6 if is_right else x + 6, y + 11 if is_below else y - 5)
    return join([point, text(name, *corner, anchor, 'mark-name')])
