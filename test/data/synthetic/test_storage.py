import pytest
from solids import extent, heights, seeded

from depth_nodes.data.synthetic import storage
from depth_nodes.data.synthetic.item import ItemBuilder

HEIGHTS_M = {
    storage.cabinet: (0.5, 3.0),
    storage.metal_rack: (1.4, 2.8),
    storage.lockers: (1.5, 2.2),
}


@pytest.mark.parametrize('build', HEIGHTS_M)
@pytest.mark.parametrize('seed', range(4))
def test_furniture_has_real_heights(build: ItemBuilder, seed: int) -> None:
    least, most = HEIGHTS_M[build]
    assert least < heights(build(seeded(seed)).primitives)[1] < most


@pytest.mark.parametrize('seed', range(6))
def test_books_stay_within_their_row(seed: int) -> None:
    volumes = storage.books(seeded(seed), (0.9, 0.28, 0.32))
    low, high = extent(volumes)
    assert len(volumes) > 5
    assert low[0] >= -0.45 - 1e-9
    assert high[0] <= 0.45 + 0.02  # a leaning one
    assert max(-low[1], high[1]) <= 0.14 + 1e-9
    assert low[2] >= -1e-9
    assert high[2] < 0.32


@pytest.mark.parametrize('seed', range(4))
def test_what_is_in_a_shelf_is_not_wider_than_the_shelf(seed: int) -> None:
    item = storage.shelf(seeded(seed))
    low, high = extent(item.primitives)
    assert high[0] - low[0] < item.width_m + 0.1
    assert high[1] - low[1] < item.depth_m + 0.1
