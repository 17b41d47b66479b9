from dataclasses import replace

import numpy as np
import pytest
from solids import extent, seeded

from depth_nodes.data.synthetic import building
from depth_nodes.data.synthetic.building import HousePlan

ROOFS = ['eaves', 'gable', 'hip', 'flat', 'mansard']


@pytest.mark.parametrize('roof', ROOFS)
@pytest.mark.parametrize('seed', range(4))
def test_house_fits_its_plot(roof: str, seed: int) -> None:
    plan = replace(HousePlan.residential(seeded(seed), 11.0), roof=roof)
    for parts in (building.house(seeded(seed), plan), building.far_house(seeded(seed), plan)):
        low, high = extent(parts)
        np.testing.assert_allclose([low[0], high[0]], [-5.5, 5.5], atol=0.3)
        assert high[1] < 3.0  # steps and balconies, no more
        assert low[1] == pytest.approx(-plan.depth_m, abs=0.8)
        assert plan.eaves_m < high[2] < plan.eaves_m + 9


@pytest.mark.parametrize('seed', range(6))
def test_every_storey_has_windows_on_the_wall(seed: int) -> None:
    plan = replace(HousePlan.urban(seeded(seed), 15.0), has_shop=False)
    panes = [p for p in building.house(seeded(seed), plan) if p.material.gloss > 0.3]
    heights = np.array([part.centre[2] for part in panes])
    for storey in range(1, plan.num_storeys):
        floor = plan.base_m + storey * plan.storey_m
        assert ((heights > floor) & (heights < floor + plan.storey_m)).any()
    assert all(abs(part.centre[0]) < 7.5 for part in panes)


def test_windows_are_lit_at_night() -> None:
    plan = HousePlan.urban(seeded(1), 20.0)
    by_day = [p for p in building.house(seeded(3), plan, 0.0) if p.material.emission > 0.5]
    by_night = [p for p in building.house(seeded(3), plan, 1.0) if p.material.emission > 0.5]
    assert not by_day
    assert len(by_night) > 5
