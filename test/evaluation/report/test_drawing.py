from xml.etree import ElementTree

from depth_nodes.evaluation.report.axis import Axis
from depth_nodes.evaluation.report.drawing import BOTTOM, figure, grid, text, TOP, Words

EVIL = '<script>alert(1)</script>'


def test_a_drawing_tells_those_who_cannot_see_it():
    words = Words(title='Error', note='Less is better.')
    svg = ElementTree.fromstring(figure(words, [])).find('svg')
    assert svg.get('role') == 'img'
    assert svg.get('aria-label') == 'Error. Less is better.'


def test_words_stay_words():
    words = Words(title=EVIL, x=EVIL, y=EVIL, note=EVIL)
    assert EVIL not in figure(words, [text(EVIL, 0, 0)], legend=[EVIL])


def test_the_grid_has_a_number_at_every_line():
    axis = Axis(low=0, high=1, start=BOTTOM, end=TOP)
    drawing = ElementTree.fromstring(f'<svg>{grid(axis)}</svg>')
    lines = [float(line.get('y1')) for line in drawing.iter('line')]
    numbers = {label.text: float(label.get('y')) for label in drawing.iter('text')}
    assert lines[0] == BOTTOM
    assert list(numbers) == ['0', '0.2', '0.4', '0.6', '0.8', '1']
    assert len(lines) == len(numbers)
