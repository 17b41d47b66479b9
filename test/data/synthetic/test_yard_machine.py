import pytest
from solids import extent, heights, seeded

from depth_nodes.data.synthetic import yard_machine as machines
from depth_nodes.data.synthetic.item import ItemBuilder

# Length along x, height [m].
SIZES = {
    machines.forklift: ((2.0, 4.5), (1.9, 3.5)),
    machines.tractor: ((2.8, 5.0), (2.0, 3.2)),
    machines.trailer: ((2.0, 7.0), (0.6, 2.5)),
    machines.skip: ((2.0, 7.0), (0.8, 2.6)),
}


@pytest.mark.parametrize('build', SIZES)
@pytest.mark.parametrize('seed', range(4))
def test_machines_have_real_sizes(build: ItemBuilder, seed: int) -> None:
    parts = build(seeded(seed)).primitives
    low, high = extent(parts)
    length, height = SIZES[build]
    assert length[0] < high[0] - low[0] < length[1]
    assert height[0] < heights(parts)[1] < height[1]


@pytest.mark.parametrize('seed', range(6))
def test_containers_are_those_of_the_iso(seed: int) -> None:
    """20 or 40 feet long, 8 wide, 8.5 high, one or two on each other."""
    low, high = extent(machines.container(seeded(seed)).primitives)
    length, width, height = high - low
    assert min(abs(length - feet) for feet in (6.06, 12.19)) < 0.4
    assert width == pytest.approx(2.44, abs=0.2)
    assert min(abs(height - levels) for levels in (2.59, 5.19)) < 0.05


@pytest.mark.parametrize('seed', range(4))
def test_parked_cars_stay_between_their_lines(seed: int) -> None:
    row = machines.car_row(seeded(seed))
    lines = sorted(part.centre[0] for part in row.primitives if part.half_size[2] < 0.005)
    assert lines[-1] - lines[0] == pytest.approx(row.width_m)
    bay = lines[1] - lines[0]
    for part in row.primitives:
        aside = (part.centre[0] - lines[0]) % bay
        assert part.half_size[2] < 0.005 or min(aside, bay - aside) > 0.05
