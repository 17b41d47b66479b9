import pytest

from depth_nodes.errors import first_line


@pytest.mark.parametrize(
    ('error', 'line'),
    [(ValueError('one\ntwo'), 'one'), (ValueError(''), 'ValueError'), (OSError('\nlate'), 'late')],
)
def test_of_a_long_error_one_line_is_left(error, line):
    assert first_line(error) == line
