import numpy as np
import pytest
from solids import extent, heights, seeded

from depth_nodes.data.synthetic import hall
from depth_nodes.data.synthetic.street_material import flat


def test_a_pallet_is_a_euro_pallet() -> None:
    low, high = extent(hall.pallet(seeded(0)))
    np.testing.assert_allclose(high - low, (1.2, 0.8, hall.PALLET_M))


@pytest.mark.parametrize('load', sorted(set(hall.LOADS), key=lambda one: one.__name__))
def test_loads_stand_on_their_pallet_and_are_not_much_wider(load) -> None:
    for seed in range(4):
        parts = load(seeded(seed))
        if not parts:
            continue
        low, high = extent(parts)
        assert heights(parts)[0] == pytest.approx(0, abs=0.02)
        assert max(-low[0], high[0]) < 0.75
        assert max(-low[1], high[1]) < 0.6


@pytest.mark.parametrize('seed', range(4))
def test_racks_carry_pallets_on_every_floor(seed: int) -> None:
    item = hall.pallet_rack(seeded(seed))
    assert item.width_m / 2.7 == pytest.approx(round(item.width_m / 2.7))
    assert 1.5 < heights(item.primitives)[1] < 9


def test_railings_are_as_high_as_a_hip() -> None:
    for seed in range(6):
        assert 0.85 < heights(hall.railing(seeded(seed)).primitives)[1] < 1.2


def test_cones_narrow_upwards() -> None:
    orange, white = flat((0.9, 0.4, 0.1)), flat((0.9, 0.9, 0.9))
    base, *rings = hall.cone(1.0, 2.0, orange, white)
    assert all(part.centre[:2] == pytest.approx((1.0, 2.0)) for part in (base, *rings))
    radii = [ring.half_size[0] for ring in rings]
    assert radii == sorted(radii, reverse=True)
    assert {ring.material for ring in rings} == {orange, white}
