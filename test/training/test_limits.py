"""Limits let the sensible through and name the rest."""

from dataclasses import dataclass
import math

import pytest

from depth_nodes.errors import ConfigError
from depth_nodes.training.limits import require_at_least, require_positive, require_share


@dataclass
class Settings:
    value: float


def refuses(require, value):
    try:
        require(Settings(value))
    except ConfigError:
        return True
    return False


@pytest.mark.parametrize('bad', [math.nan, math.inf, -1.0])
def test_nothing_lets_negative_or_endless_values_through(bad):
    for require in (require_positive, require_share, lambda c, n: require_at_least(c, 0, n)):
        assert refuses(lambda config, r=require: r(config, 'value'), bad)


def test_ends_of_the_ranges():
    def at_least_two(config):
        require_at_least(config, 2, 'value')

    assert [refuses(at_least_two, value) for value in (1.9, 2, 3)] == [True, False, False]
    assert [refuses(lambda c: require_positive(c, 'value'), v) for v in (0, 1e-9)] == [True, False]
    assert [refuses(lambda c: require_share(c, 'value'), v) for v in (0, 0.9, 1)] == [
        False, False, True,
    ]  # fmt: skip


def test_the_error_names_the_field():
    with pytest.raises(ConfigError, match='value is -1; choose more than 0'):
        require_positive(Settings(-1), 'value')
