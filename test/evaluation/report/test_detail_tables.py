import pytest
from report_example import example_frames, example_sequence, LATENCY

from depth_nodes.evaluation.report.detail_tables import detail_tables


@pytest.fixture
def result():
    return example_sequence(example_frames(50))


def titles(result) -> list[str]:
    return [text.split('<caption>')[1].split('<')[0] for text in detail_tables(result)]


def test_what_was_not_measured_has_no_table(result):
    always = ['Look at these first', 'By distance', 'Obstacles by image column', 'Over time']
    assert titles(result | {'skipped': {}}) == always
    more = {'latency': LATENCY, 'boundaries': {'frames': 3, 'edge_f1': 0.4}}
    assert titles(result | more) == [*always, 'Through the nodes', 'Edges', 'Skipped']


def test_names_are_words_with_units(result):
    text = ''.join(detail_tables(result | {'latency': LATENCY}))
    assert 'age, 95th percentile [ms]' in text
    assert 'age_p95_ms' not in text


def test_numbers_that_are_not_there_are_dashes(result):
    result['by_range'][-1] |= dict.fromkeys(('abs_rel', 'rmse', 'bias_m', 'd1', 'density'))
    result['temporal']['scale_drift_per_min'] = None
    text = ''.join(detail_tables(result))
    assert text.count('<td>–</td>') == 6
    assert 'None' not in text
