"""What the plots are drawn with: SVG in the page, coloured by its style sheet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from depth_nodes.evaluation.report.axis import Axis
from depth_nodes.evaluation.report.markup import Content, element, join, Markup
from depth_nodes.evaluation.report.number_text import short

WIDTH, HEIGHT = 360, 194
LEFT, RIGHT, TOP, BOTTOM = 44, 350, 22, 158


@dataclass(frozen=True, kw_only=True)
class Words:
    """What stands around a plot: its title, the axes, and a sentence on how to read it."""

    title: str
    x: str = ''
    y: str = ''
    note: str = ''


def figure(
    words: Words, parts: Iterable[Markup], *, height: float = HEIGHT, legend: Iterable[str] = ()
) -> Markup:
    """A plot with its words; `legend` names the series in the order of their colours."""
    axes = [text(words.y, 2, 10), text(words.x, RIGHT, height - 4, 'end')]
    drawing = element(
        'svg',
        *axes,
        *parts,
        viewBox=f'0 0 {WIDTH} {height:g}',
        role='img',
        aria_label=f'{words.title}. {words.note}',
    )
    names = [
        element('span', element('i', class_=f'swatch series-{index}'), name)
        for index, name in enumerate(legend)
    ]
    title: list[Content] = [element('b', words.title)]
    if names:
        title.append(element('span', *names, class_='legend'))
    note = [element('p', words.note)] if words.note else []
    return element('figure', element('figcaption', *title), drawing, *note, class_='plot')


def grid(y: Axis) -> Markup:
    """Lines across at the ticks, and their numbers."""
    return join(
        part
        for tick in y.ticks()
        for part in (
            across(y, tick, 'grid'),
            text(short(tick), LEFT - 6, y.position(tick) + 3.5, 'end'),
        )
    )


def across(y: Axis, value: float, kind: str) -> Markup:
    """A line at a value, from left to right."""
    return element('line', x1=LEFT, x2=RIGHT, y1=at(y, value), y2=at(y, value), class_=kind)


def down(x: Axis, value: float, bottom: float, kind: str) -> Markup:
    """A line at a value, from the top to `bottom`."""
    place = at(x, value)
    return element('line', x1=place, x2=place, y1=TOP - 6, y2=bottom, class_=kind)


def x_ticks(x: Axis) -> Markup:
    """The numbers below."""
    return join(text(f'{tick:g}', x.position(tick), BOTTOM + 15, 'middle') for tick in x.ticks())


def text(text: str, x: float, y: float, anchor: str = 'start', kind: str = 'tick') -> Markup:
    """One line of text, whose baseline begins, ends or has its middle at (x, y)."""
    return element('text', text, x=f'{x:.1f}', y=f'{y:.1f}', text_anchor=anchor, class_=kind)


def at(axis: Axis, value: float) -> str:
    """The position of a value, in the drawing's units."""
    return f'{axis.position(value):.1f}'
