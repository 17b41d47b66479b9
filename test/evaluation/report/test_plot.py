import re
from xml.etree import ElementTree

import pytest

from depth_nodes.evaluation.report.drawing import BOTTOM, LEFT, RIGHT, TOP, Words
from depth_nodes.evaluation.report.plot import bar_plot, interval_plot, Line, line_plot

WORDS = Words(title='Title & <b>', x='x', y='y', note='How to read it.')


def svg_of(markup: str) -> ElementTree.Element:
    figure = ElementTree.fromstring(markup)
    return figure.find('svg')


def line_points(markup: str) -> list[tuple[str, float, float]]:
    """Step (M or L) and position of every point of the line."""
    path = next(part for part in svg_of(markup).iter('path')).get('d')
    return [(a, float(b), float(c)) for a, b, c in re.findall(r'([ML])([\d.-]+) ([\d.-]+)', path)]


def test_a_line_goes_through_its_points_and_breaks_at_gaps():
    markup = line_plot(WORDS, Line(points=[(0, 0.0), (1, 1.0), (2, None), (4, 0.5)]))
    points = line_points(markup)
    assert [step for step, *_ in points] == ['M', 'L', 'M']
    assert [x for _, x, _ in points] == pytest.approx(
        [LEFT, LEFT + (RIGHT - LEFT) / 4, RIGHT], abs=0.1
    )
    ys = [y for *_, y in points]
    assert ys[0] == BOTTOM
    assert TOP < ys[1] < ys[2] < BOTTOM


def test_marks_and_levels_have_names():
    line = Line(points=[(0, 1.0), (1, 2.0)], levels={'metres': 1.0}, marks={1: 'worst'})
    texts = [text.text for text in svg_of(line_plot(WORDS, line)).iter('text')]
    assert {'metres', 'worst', 'x', 'y'} <= set(texts)
    assert len(list(svg_of(line_plot(WORDS, line)).iter('circle'))) == 1


def test_one_frame_and_no_number_can_be_drawn():
    assert len(line_points(line_plot(WORDS, Line(points=[(3, 1.0)])))) == 1
    assert line_points(line_plot(WORDS, Line(points=[(3, None)]))) == []


def test_the_name_of_the_lowest_point_stands_below_it():
    line = Line(points=[(0, 1.0), (1, 3.0), (2, 2.0)], marks={0: 'best', 1: 'worst'})
    svg = svg_of(line_plot(WORDS, line))
    heights = {text.text: float(text.get('y')) for text in svg.iter('text')}
    worst, best = sorted(float(circle.get('cy')) for circle in svg.iter('circle'))
    assert heights['best'] > best
    assert heights['worst'] < worst


def test_bars_are_as_high_as_their_numbers():
    markup = bar_plot(WORDS, ['a', 'b', 'c'], {'': [1.0, -2.0, None]})
    up, down = (
        {key: float(bar.get(key)) for key in ('y', 'height')}
        for bar in svg_of(markup).iter('rect')
    )
    assert down['height'] == pytest.approx(2 * up['height'], abs=0.2)
    assert up['y'] + up['height'] == pytest.approx(down['y'], abs=0.2)
    assert '–' in [text.text for text in svg_of(markup).iter('text')]


def test_two_series_have_a_legend_and_their_own_colours():
    markup = bar_plot(WORDS, ['a'], {'missed': [1.0], 'phantom': [2.0]})
    assert [bar.get('class') for bar in svg_of(markup).iter('rect')] == ['series-0', 'series-1']
    assert 'missed' in ''.join(ElementTree.fromstring(markup).find('figcaption').itertext())


def test_intervals_say_on_which_side_of_zero_they_are():
    rows = {'a': (-2.0, -1.0, -0.5), 'b': (-1.0, 0.0, 1.0), 'c': (0.5, 1.0, 2.0)}
    groups = list(svg_of(interval_plot(WORDS, rows)).iter('g'))
    assert [group.get('class').split()[1] for group in groups] == ['better', 'same', 'worse']


def test_zero_is_inside_where_all_is_worse():
    svg = svg_of(interval_plot(WORDS, {'c': (1.0, 2.0, 3.0)}))
    (zero,) = [line for line in svg.iter('line') if line.get('class') == 'zero']
    assert 116 < float(zero.get('x1')) < RIGHT
