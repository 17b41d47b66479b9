import pytest

from depth_nodes.ros.age import is_plausible_age, MAX_AGE_S


@pytest.mark.parametrize(
    ('age_ms', 'expected'),
    [(0.0, True), (7000.0, True), (-0.001, False), (MAX_AGE_S * 1e3 + 1, False), (1.7e12, False)],
)
def test_ages_of_one_clock_are_short_and_never_negative(age_ms, expected):
    assert is_plausible_age(age_ms) == expected
