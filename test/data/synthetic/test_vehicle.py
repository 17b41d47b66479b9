from collections.abc import Callable

import pytest
from solids import extent, seeded

from depth_nodes.data.synthetic import vehicle
from depth_nodes.data.synthetic.car_body import CarBody, shell
from depth_nodes.data.synthetic.street_material import flat

# Length, width (with mirrors) and height in metres of what is on the roads.
SIZES = {
    vehicle.car: ((3.6, 5.1), (1.6, 2.35), (1.35, 1.85)),
    vehicle.van: ((4.8, 6.5), (1.85, 2.45), (1.95, 2.75)),
    vehicle.truck: ((6.9, 14.2), (2.4, 2.7), (2.6, 4.1)),
    vehicle.bus: ((8.9, 13.2), (2.4, 2.7), (2.9, 3.6)),
}


@pytest.mark.parametrize('build', SIZES)
@pytest.mark.parametrize('seed', range(4))
def test_size_in_metres(build: Callable, seed: int) -> None:
    low, high = extent(build(seeded(seed)))
    for measured, (least, most) in zip(high - low, SIZES[build], strict=True):
        assert least < measured < most
    assert low[2] == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize('seed', range(5))
def test_far_car_is_simpler_and_as_large(seed: int) -> None:
    near, far = (vehicle.car(seeded(seed), is_near=is_near) for is_near in (True, False))
    assert len(far) < 0.6 * len(near)
    (near_low, near_high), (far_low, far_high) = extent(near), extent(far)
    assert far_high[2] == pytest.approx(near_high[2], abs=0.02)
    assert far_high[0] - far_low[0] == pytest.approx(near_high[0] - near_low[0], abs=0.1)


@pytest.mark.parametrize('seed', range(8))
def test_cabin_sits_on_the_body(seed: int) -> None:
    body = CarBody.drawn(seeded(seed))
    paint = flat((0.5, 0.5, 0.5))
    _, high = extent(shell(body, paint, paint))
    assert high[2] == pytest.approx(body.belt_m)
    assert body.nose_m < body.belt_m < body.height_m
    assert -1 <= body.deck < body.roof[0] < body.roof[1] < body.cowl < 1


def test_lamps_glow_at_night_only() -> None:
    day, night = (vehicle.car(seeded(2), are_lights_on=is_on) for is_on in (False, True))
    assert max(part.material.emission for part in day) < 0.3
    assert max(part.material.emission for part in night) > 0.6
