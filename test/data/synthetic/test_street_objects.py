from collections.abc import Callable

import pytest
from solids import extent, seeded

from depth_nodes.data.synthetic import street_objects as objects

HEIGHTS_M = {
    objects.street_lamp: (4.0, 10.6),
    objects.sign: (2.2, 3.3),
    objects.traffic_light: (2.7, 6.8),
    objects.bench: (0.8, 1.0),
    objects.dustbins: (0.9, 1.4),
    objects.cabinet: (0.7, 1.6),
    objects.bollard: (0.6, 1.2),
    objects.advertising_pillar: (2.2, 3.1),
    objects.bus_shelter: (2.4, 2.6),
    objects.parasol: (2.4, 2.8),
}


@pytest.mark.parametrize('build', HEIGHTS_M)
@pytest.mark.parametrize('seed', range(4))
def test_stands_on_the_ground_with_a_real_height(build: Callable, seed: int) -> None:
    low, high = extent(build(seeded(seed)))
    least, most = HEIGHTS_M[build]
    assert least < high[2] < most
    assert low[2] == pytest.approx(0, abs=0.06)


@pytest.mark.parametrize('seed', range(6))
def test_faces_of_signs_and_signals_look_back(seed: int) -> None:
    """Who drives along +x sees the face; the pole is behind it."""
    for build in (objects.sign, objects.traffic_light):
        pole, *faces = build(seeded(seed))
        front = min(part.centre[0] for part in faces)
        assert front < pole.centre[0] - 0.02


def test_lamps_glow_only_when_lit() -> None:
    for is_lit in (False, True):
        strongest = max(p.material.emission for p in objects.street_lamp(seeded(1), is_lit))
        assert (strongest > 0.5) is is_lit


@pytest.mark.parametrize('build', [objects.gantry, objects.overpass])
def test_trucks_fit_underneath(build: Callable) -> None:
    """Between the piers nothing hangs lower than 4.2 m."""
    for part in build(seeded(3), (-12.0, 14.0)):
        low, high = extent([part])
        over_road = high[1] > -10 and low[1] < 12
        assert not over_road or low[2] > 4.2
