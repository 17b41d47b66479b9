import pytest
from solids import heights, seeded

from depth_nodes.data.synthetic import bathroom
from depth_nodes.data.synthetic.item import ItemBuilder

HEIGHTS_M = {
    bathroom.basin: (1.8, 1.9),
    bathroom.toilet: (0.75, 0.85),
    bathroom.tub: (0.5, 2.0),
    bathroom.washing_machine: (0.84, 1.5),
    bathroom.towel_rail: (1.55, 1.65),
}


@pytest.mark.parametrize('build', HEIGHTS_M)
@pytest.mark.parametrize('seed', range(4))
def test_fittings_have_real_heights(build: ItemBuilder, seed: int) -> None:
    least, most = HEIGHTS_M[build]
    assert least < heights(build(seeded(seed)).primitives)[1] < most


def test_china_is_nearly_always_white() -> None:
    draw = seeded(0)
    colours = [min(bathroom.china(draw).palette[0]) for _ in range(200)]
    assert sum(value > 0.8 for value in colours) > 160
