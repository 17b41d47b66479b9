from hypothesis import given, settings, strategies
import pytest

from depth_nodes.evaluation.report.axis import Axis, axis_around

NUMBERS = strategies.floats(-1e6, 1e6).map(lambda value: round(value, 4))


def test_numbers_lie_between_the_ends():
    axis = Axis(low=10, high=20, start=0, end=-100)
    assert [axis.position(value) for value in (10, 15, 20, 99)] == [0, -50, -100, -100]


def test_ticks_are_round():
    assert Axis(low=0, high=1, start=0, end=1).ticks() == [0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert Axis(low=-0.7, high=31, start=0, end=1).ticks() == [0, 10, 20, 30]


@settings(deadline=None)
@given(values=strategies.lists(NUMBERS, min_size=1), has_zero=strategies.booleans())
def test_every_value_is_inside_with_some_ticks(values, has_zero):
    axis = axis_around(values, 0.0, 100.0, has_zero=has_zero)
    assert axis.low <= min(values) <= max(values) <= axis.high
    assert not has_zero or axis.low <= 0 <= axis.high
    assert 2 <= len(axis.ticks()) <= 8
    assert all(axis.low - 1e-6 <= tick <= axis.high + 1e-6 for tick in axis.ticks())


def test_bars_stand_on_zero():
    assert axis_around([3.0, 4.0], 0, 1).low == 0
    assert axis_around([], 0, 1).high > 0
    assert axis_around([5.0, 5.0], 0, 1, has_zero=False).low == pytest.approx(4.5)
