import math

import numpy as np
import pytest
from solids import seeded

from depth_nodes.data.synthetic.draw import shaded


def test_options_come_as_often_as_their_weights_say() -> None:
    draw = seeded(0)
    drawn = [draw.weighted('abc', [1.0, 0.0, 3.0]) for _ in range(4000)]
    assert drawn.count('a') / 4000 == pytest.approx(0.25, abs=0.03)
    assert drawn.count('b') == 0


def test_every_octave_is_equally_likely() -> None:
    draw = seeded(1)
    octaves = [math.log2(draw.log_uniform(1, 8)) for _ in range(3000)]
    np.testing.assert_allclose(np.histogram(octaves, 3, (0, 3))[0] / 3000, 1 / 3, atol=0.03)


def test_whole_numbers_include_both_ends() -> None:
    draw = seeded(2)
    assert {draw.whole(2, 4) for _ in range(100)} == {2, 3, 4}


def test_numbers_are_pythons_own() -> None:
    draw = seeded(3)
    assert type(draw.uniform(0, 1)) is type(draw.normal(0, 1)) is float
    assert type(draw.whole(0, 1)) is int
    assert type(draw.chance(0.5)) is bool


def test_hues_may_run_below_zero() -> None:
    draw = seeded(4)
    for _ in range(50):
        red, green, blue = draw.colour((-0.03, 0.03), (0.5, 0.9), (0.5, 0.9))
        assert red > max(green, blue)


def test_shades_stay_colours() -> None:
    assert shaded((0.5, 0.2, 0.9), 2.0) == (1.0, 0.4, 1.0)
