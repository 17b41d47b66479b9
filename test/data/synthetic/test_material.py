from collections.abc import Callable
import functools

import pytest
from solids import assert_paintable, seeded

from depth_nodes.data.synthetic import material as materials
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.scene import Material

MAKERS: dict[str, Callable[[Draw], Material]] = {
    'plain': materials.plain,
    'wood': materials.wood,
    'fabric': materials.fabric,
    'metal': materials.metal,
    'chrome': materials.chrome,
    'black': materials.black,
    'casing': materials.casing,
    'lacquer': materials.lacquer,
    'cardboard': materials.cardboard,
    'print_on': functools.partial(materials.print_on, size_m=0.2),
    'screen': functools.partial(materials.screen, size_m=0.5),
    'lamp_shade': materials.lamp_shade,
    'wall': materials.wall,
    'floor': materials.floor,
    'picture': functools.partial(materials.picture, scale_m=0.5),
    'paper': functools.partial(materials.paper, line_m=0.01),
    'leaves': materials.leaves,
    'ground': functools.partial(materials.ground, colour=(0.4, 0.3, 0.2)),
}


@pytest.mark.parametrize('make', MAKERS.values(), ids=MAKERS)
def test_materials_can_be_painted_and_come_again_from_their_seed(
    make: Callable[[Draw], Material],
) -> None:
    for seed in range(40):
        material = make(seeded(seed))
        assert_paintable(material)
        assert material == make(seeded(seed))


def test_black_is_dark_and_polished_steel_bright_and_a_mirror() -> None:
    for seed in range(20):
        black, chrome = materials.black(seeded(seed)), materials.chrome(seeded(seed))
        assert max(map(max, black.palette)) < 0.2
        assert min(map(min, chrome.palette)) > 0.5
        assert chrome.gloss > black.gloss


def test_only_lamps_and_screens_shine() -> None:
    shining = {
        name for name, make in MAKERS.items() if any(make(seeded(s)).emission for s in range(20))
    }
    assert shining == {'screen', 'lamp_shade'}
