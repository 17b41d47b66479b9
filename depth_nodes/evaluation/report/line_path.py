"""The outline of a line that may have gaps, and more points than pixels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from depth_nodes.evaluation.report.axis import Axis
from depth_nodes.evaluation.report.drawing import at, WIDTH

Point = tuple[float, float | None]


def line_path(points: Sequence[Point], x: Axis, y: Axis) -> str:
    """SVG's path; it breaks where there is no number."""
    steps, is_drawing = [], False
    for where, value in _thinned(points, x):
        if value is not None:
            place = f'{at(x, where)} {at(y, value)}'
            # Going nowhere from the first point draws its round cap, should it stand alone.
            steps.append(f'L{place}' if is_drawing else f'M{place}h0')
        is_drawing = value is not None
    return ''.join(steps)


def _thinned(points: Sequence[Point], x: Axis) -> Iterator[Point]:
    """The points, or the lowest and highest of each pixel column where there are more."""
    if len(points) <= 2 * WIDTH:
        yield from points
        return
    columns: dict[int, list[Point]] = {}
    for point in points:
        columns.setdefault(round(x.position(point[0])), []).append(point)
    for column in columns.values():
        known = [(value, where) for where, value in column if value is not None]
        if not known:
            yield column[0]
            continue
        yield from sorted({(where, value) for value, where in (min(known), max(known))})
