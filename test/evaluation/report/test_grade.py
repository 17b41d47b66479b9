import pytest

from depth_nodes.evaluation.report.grade import grade_of, rules, worse_of


@pytest.mark.parametrize(
    ('value', 'grade'),
    [(0.0, 'good'), (0.1, 'good'), (0.11, 'fair'), (0.2, 'fair'), (0.21, 'poor')],
)
def test_less_is_better(value, grade):
    assert grade_of(value, (0.1, 0.2)) == grade


def test_the_worst_grade_counts():
    assert worse_of('good', 'poor', 'fair') == 'poor'
    assert worse_of('unknown', 'good') == 'good'


def test_the_rules_name_the_limits():
    text = rules().replace('\N{NO-BREAK SPACE}', ' ')
    assert 'scale off or spread 5.0 % / 15 %' in text
    assert 'age (p95) 100 / 250 ms' in text
