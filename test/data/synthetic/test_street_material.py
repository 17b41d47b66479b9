from collections.abc import Callable

import numpy as np
import pytest
from solids import assert_paintable, seeded

from depth_nodes.data.synthetic import street_material as materials
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.scene import Material

MAKERS: tuple[Callable[[Draw], Material], ...] = (
    materials.car_paint, materials.car_glass, materials.steel, materials.asphalt,
    materials.concrete_road, materials.road_paint, materials.pavement, materials.kerb_stone,
    materials.lawn, materials.field, materials.earth, materials.foliage, materials.bark,
    materials.plaster, materials.masonry, materials.facade, materials.boards, materials.roof,
    materials.window_glass, materials.shutter,
)  # fmt: skip


@pytest.mark.parametrize('make', MAKERS)
def test_materials_can_be_painted_and_come_again_from_their_seed(
    make: Callable[[Draw], Material],
) -> None:
    for seed in range(40):
        material = make(seeded(seed))
        assert_paintable(material)
        assert material == make(seeded(seed))


@pytest.mark.parametrize('seed', range(5))
def test_wet_roads_are_dark_and_mirror(seed: int) -> None:
    dry, wet = (materials.asphalt(seeded(seed), wetness) for wetness in (0.0, 1.0))
    assert np.mean(wet.palette) < 0.8 * np.mean(dry.palette)
    assert wet.gloss > dry.gloss + 0.2


def test_most_cars_have_no_colour() -> None:
    draw = seeded(0)
    spreads = [max(c) - min(c) for c in (materials.car_paint(draw).palette[0] for _ in range(500))]
    assert np.mean(np.array(spreads) < 0.06) == pytest.approx(0.76, abs=0.06)


@pytest.mark.parametrize(('chance', 'expected'), [(0.0, 0), (1.0, 30)])
def test_windows_are_lit_by_chance(chance: float, expected: int) -> None:
    panes = [materials.window_glass(seeded(seed), chance) for seed in range(30)]
    assert sum(pane.emission > 0 for pane in panes) == expected


def test_leaves_turn_in_autumn() -> None:
    """Green is the strongest channel of leaves, red that of autumn's."""
    for chance, strongest in ((0.0, 1), (1.0, 0)):
        for seed in range(20):
            colour = materials.foliage(seeded(seed), chance).palette[2]
            assert int(np.argmax(colour)) == strongest
