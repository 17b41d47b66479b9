import numpy as np
import pytest
from solids import extent, heights, seeded

from depth_nodes.data.synthetic import car_body
from depth_nodes.data.synthetic.car_body import CarBody
from depth_nodes.data.synthetic.street_material import flat

PAINT, DARK = flat((0.6, 0.1, 0.1)), flat((0.1, 0.1, 0.1))


@pytest.mark.parametrize('seed', range(8))
def test_outlines_are_of_cars(seed: int) -> None:
    body = CarBody.drawn(seeded(seed))
    assert 3.6 < body.length_m < 5.0
    assert 1.3 < body.height_m < 1.85
    assert body.nose_m < body.belt_m < body.height_m
    assert -1 < body.deck < body.roof[0] < body.roof[1] < body.cowl < 1


def test_a_span_has_the_base_and_the_top_that_are_given() -> None:
    part = car_body.span((-2.0, 1.0), 0.8, (0.3, 0.9), PAINT, ((-1.5, 0.5), 0.6))
    low, high = extent([part])
    np.testing.assert_allclose((low, high), ((-2.0, -0.8, 0.3), (1.0, 0.8, 0.9)))
    half, taper, shear = part.half_size, part.taper, part.shear
    middle = part.centre[0] + shear[0] * half[0]
    ends = (middle - taper[0] * half[0], middle + taper[0] * half[0])
    np.testing.assert_allclose(ends, (-1.5, 0.5))
    assert taper[1] * half[1] == pytest.approx(0.6)


@pytest.mark.parametrize('seed', range(4))
def test_a_car_has_two_equal_sides(seed: int) -> None:
    body = CarBody.drawn(seeded(seed))
    parts = car_body.shell(body, PAINT, DARK) + car_body.cabin(body, DARK, PAINT, is_near=True)
    parts += car_body.axles(body.length_m, body.width_m, 0.32, is_near=True)
    low, high = extent(parts)
    assert high[1] == pytest.approx(-low[1])
    assert high[0] - low[0] == pytest.approx(body.length_m, abs=0.05)
    assert heights(parts) == pytest.approx((0, body.height_m), abs=0.02)


def test_lights_glow_when_they_are_on() -> None:
    body = CarBody.drawn(seeded(0))
    off, on = (car_body.lights(body, are_on) for are_on in (False, True))
    assert [part.centre for part in off] == [part.centre for part in on]
    assert max(part.material.emission for part in off) < 0.2
    assert min(part.material.emission for part in on) > 0.8
