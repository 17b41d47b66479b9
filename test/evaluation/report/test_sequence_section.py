import pytest
from report_example import example_frames, example_sequence

from depth_nodes.evaluation.report.sequence_section import (
    metrics_table,
    sequence_section,
    summary_table,
    verdict_cards,
)
from depth_nodes.evaluation.report.verdict import verdicts


@pytest.fixture
def result():
    return example_sequence(example_frames(50))


def test_answers_come_before_numbers(result):
    text = sequence_section('kitchen', result, None, 'here')
    places = [text.find(part) for part in ('id="here"', 'Is it metres?', 'SILog', '<svg', 'bias')]
    assert -1 < places[0] < places[1] < places[2] < places[3] < places[4]


def test_every_question_has_a_card(result):
    text = verdict_cards(verdicts(result))
    assert text.count('<li') == len(verdicts(result)) == 6
    assert text.count('not known') == 1


def test_alignments_and_flipped_depth_are_rows(result):
    assert metrics_table(result).count('<tr>') == 3
    text = metrics_table(result | {'flipped': {'none': result['alignments']['none']}})
    assert text.count('<tr>') == 4
    assert 'mean with the mirror image, as published' in text


def test_warnings_and_reasons_are_listed(result):
    told = {'warnings': ['the clocks differ'], 'skipped': {'no depth within 50 ms': 7}}
    text = sequence_section('kitchen', result | told, None, 'here')
    assert '<li>the clocks differ</li>' in text
    assert '<td>7</td>' in text


def test_the_summary_links_to_the_sequences(result):
    text = summary_table({'a': result, 'b': result}, {'a': 'first', 'b': 'second'})
    assert text.count('<tr>') == 3
    assert 'href="#second"' in text
