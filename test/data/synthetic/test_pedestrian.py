from collections.abc import Callable

import pytest
from solids import extent, seeded

from depth_nodes.data.synthetic import pedestrian

HEIGHTS_M = {
    pedestrian.person: (1.0, 2.05),
    pedestrian.cyclist: (1.6, 2.0),
    pedestrian.bicycle: (0.9, 1.2),
    pedestrian.scooter: (0.9, 1.2),
}


@pytest.mark.parametrize('build', HEIGHTS_M)
@pytest.mark.parametrize('seed', range(4))
def test_stands_on_the_ground_with_a_real_height(build: Callable, seed: int) -> None:
    low, high = extent(build(seeded(seed)))
    least, most = HEIGHTS_M[build]
    assert least < high[2] < most
    assert low[2] == pytest.approx(0, abs=0.06)


@pytest.mark.parametrize('seed', range(5))
def test_one_sees_through_a_bicycles_wheels(seed: int) -> None:
    """No solid covers the middle between rim and hub."""
    for part in pedestrian.bicycle(seeded(seed)):
        low, high = extent([part])
        covers = (low[0] < 0.53 < high[0]) and (low[2] < 0.5 < high[2])
        assert not covers or max(part.half_size[:2]) < 0.05
