import numpy as np
import pytest
from solids import seeded

from depth_nodes.data.synthetic.weather import draw_weather, is_dark, WEATHERS


def test_frequencies_are_shares() -> None:
    assert sum(kind.frequency for kind in WEATHERS.values()) == pytest.approx(1)


def test_sun_is_above_the_horizon_and_all_light_is_positive() -> None:
    draw = seeded(0)
    for _ in range(200):
        light, sky = draw_weather(draw)
        assert np.linalg.norm(light.towards_sun) == pytest.approx(1)
        assert light.towards_sun[2] > 0
        assert min(*light.ambient_up, *light.ambient_down, *sky.horizon, *sky.zenith) > 0
        assert sky.haze_m > 40


def test_it_is_seldom_dark_and_then_weakly_lit() -> None:
    draw = seeded(1)
    lights = [draw_weather(draw)[0] for _ in range(1000)]
    dark = [light for light in lights if is_dark(light)]
    assert 0.01 < len(dark) / len(lights) < 0.08
    assert max(max(light.sun) for light in dark) < 0.2


def test_shadows_are_strong_in_a_good_part_of_the_draws() -> None:
    draw = seeded(2)
    lights = [draw_weather(draw)[0] for _ in range(500)]
    strong = [light.sun[0] > 2 * light.ambient_up[0] for light in lights]
    assert 0.3 < np.mean(strong) < 0.7
