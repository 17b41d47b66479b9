"""HTML put together from elements; text is escaped wherever it is not markup already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

VOID_ELEMENTS = ('meta', 'img')


class Markup(str):
    """HTML or SVG that is finished; only the functions of this file make it out of text."""


Content = str | int | float


def element(name: str, /, *contents: Content, **attributes: str | int | float) -> Markup:
    """`<name attributes>contents</name>`.

    Args:
        name: of the element.
        contents: what is no `Markup` is text and escaped.
        attributes: `class_` stands for class, other underscores for hyphens; values are escaped.
    """
    pairs = ''.join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
    )
    if name in VOID_ELEMENTS:
        return Markup(f'<{name}{pairs}>')
    return Markup(f'<{name}{pairs}>{join(contents)}</{name}>')


def join(contents: Iterable[Content]) -> Markup:
    """Contents one after another."""
    return Markup(''.join(_escaped(content) for content in contents))


def table(
    head: Sequence[Content], rows: Iterable[Sequence[Content]], *, caption: str = ''
) -> Markup:
    """A table that scrolls in itself where it is too wide; the first column names the rows.

    The head may be empty.
    """
    body = [
        element(
            'tr', element('th', row[0], scope='row'), *(element('td', cell) for cell in row[1:])
        )
        for row in rows
    ]
    parts = [element('tbody', *body)]
    if head:
        columns = element('tr', *(element('th', cell, scope='col') for cell in head))
        parts.insert(0, element('thead', columns))
    if caption:
        parts.insert(0, element('caption', caption))
    return element('div', element('table', *parts), class_='scroll', tabindex=0)


def term_list(terms: Iterable[tuple[Content, Content]]) -> Markup:
    """Terms and what they stand for, in two columns."""
    pairs = (element('div', element('dt', term), element('dd', text)) for term, text in terms)
    return element('dl', *pairs)


def _escaped(content: Content) -> str:
    return content if isinstance(content, Markup) else escape(str(content))
