import pytest
from solids import heights, seeded

from depth_nodes.data.synthetic import chair as chairs
from depth_nodes.data.synthetic.item import ItemBuilder

HEIGHTS_M = {
    chairs.wooden_chair: (0.78, 1.05),
    chairs.tube_chair: (0.7, 1.0),
    chairs.swivel_chair: (0.8, 1.35),
    chairs.stool: (0.44, 0.75),
    chairs.easy_chair: (0.9, 1.1),
    chairs.bench: (0.44, 0.95),
}


@pytest.mark.parametrize('build', HEIGHTS_M)
@pytest.mark.parametrize('seed', range(4))
def test_seats_have_real_heights(build: ItemBuilder, seed: int) -> None:
    least, most = HEIGHTS_M[build]
    assert least < heights(build(seeded(seed)).primitives)[1] < most


def test_now_and_then_someone_sits() -> None:
    draw = seeded(0)
    seat = chairs.stool(draw)
    items = [chairs.occupied(draw, seat) for _ in range(400)]
    taken = [item for item in items if item is not seat]
    assert len(taken) / 400 == pytest.approx(0.12, abs=0.05)
    assert all(1.2 < heights(item.primitives)[1] < 1.6 for item in taken)
