import re

import pytest

from depth_nodes.evaluation.report.axis import Axis
from depth_nodes.evaluation.report.drawing import WIDTH
from depth_nodes.evaluation.report.line_path import line_path


def drawn(points) -> list[tuple[str, float, float]]:
    """Step (M or L) and position of every point."""
    x = Axis(low=points[0][0], high=points[-1][0] + 1, start=0, end=300)
    path = line_path(points, x, Axis(low=0, high=100, start=0, end=100))
    return [(a, float(b), float(c)) for a, b, c in re.findall(r'([ML])([\d.]+) ([\d.]+)', path)]


def test_a_line_breaks_where_there_is_no_number():
    steps = drawn([(0, 1.0), (1, None), (2, 3.0), (3, 4.0), (4, None)])
    assert [step for step, *_ in steps] == ['M', 'M', 'L']
    assert [y for *_, y in steps] == [1.0, 3.0, 4.0]
    assert drawn([(0, None)]) == []


def test_many_points_become_few_and_keep_the_extremes():
    points = [(float(index), float(index % 7)) for index in range(5000)]
    points[2345] = (2345.0, 50.0)
    few = drawn(points)
    assert len(few) <= 2 * WIDTH
    assert max(y for *_, y in few) == 50
    assert min(y for *_, y in few) == 0
    assert [x for _, x, _ in few] == sorted(x for _, x, _ in few)


def test_long_gaps_stay_gaps():
    points = [(float(index), None if 1000 < index < 3000 else 1.0) for index in range(5000)]
    steps = drawn(points)
    assert [step for step, *_ in steps].count('M') == 2
    (again,) = [x for step, x, _ in steps[1:] if step == 'M']
    assert again == pytest.approx(180, abs=1)
