import pytest

from depth_nodes.evaluation.report.number_text import (
    fixed,
    percent,
    range_text,
    short,
    signed_percent,
)


@pytest.mark.parametrize(
    ('value', 'text'),
    [(0.0123456, '0.0123'), (12.345, '12.3'), (-0.5, '−0.5'), (-123456.7, '−123457'), (0, '0'),
     (-0.0, '0')],
)  # fmt: skip
def test_three_figures_count(value, text):
    assert short(value) == text


@pytest.mark.parametrize(
    ('share', 'text'),
    [(0.0, '0 %'), (0.0004, '0 %'), (0.0512, '5.1 %'), (0.0996, '10 %'), (0.42, '42 %'),
     (-0.031, '−3.1 %')],
)  # fmt: skip
def test_a_share_becomes_a_percentage_on_one_line(share, text):
    assert percent(share) == text.replace(' ', '\N{NO-BREAK SPACE}')


def test_more_has_a_plus():
    assert [signed_percent(share)[0] for share in (0.1, -0.1, 0.0)] == ['+', '−', '0']


def test_no_number_is_a_dash():
    assert {fixed(None), short(None), percent(None), signed_percent(None)} == {'–'}


def test_digits_and_ranges():
    assert fixed(-1.23456, 2) == '−1.23'
    assert range_text(0.1, 2.0) == '0.1–2 m'
