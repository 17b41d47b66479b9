import pytest
from solids import extent, heights, seeded

from depth_nodes.data.synthetic import room_plan, wall_thing
from depth_nodes.data.synthetic.item import horizontal_bounds
from depth_nodes.data.synthetic.scene import Material
from depth_nodes.data.synthetic.wall_thing import WallBuilder

GREY = Material(pattern='noise', palette=((0.5, 0.5, 0.5),))
SEEDS = range(4)


def wall_things() -> set[WallBuilder]:
    return {thing for kind in room_plan.KINDS.values() for thing in kind.on_walls}


@pytest.mark.parametrize('thing', sorted(wall_things(), key=lambda t: t.__name__))
def test_what_hangs_on_walls_keeps_to_its_side_and_below_the_ceiling(thing: WallBuilder) -> None:
    for seed in SEEDS:
        parts = thing(seeded(seed), 1.2, 2.6)
        if not parts:
            continue
        low, high = horizontal_bounds(parts)
        assert low[1] > -0.11
        assert high[1] < 0.6
        assert max(-low[0], high[0]) < 1.0
        assert heights(parts)[0] > -0.02
        assert heights(parts)[1] < 2.75


def test_folds_of_cloth_leave_no_gap_over_their_span() -> None:
    parts = wall_thing.folds(GREY, (-0.7, 0.5), (0.05, 2.3))
    low, high = extent(parts)
    assert low[0] == pytest.approx(-0.7, abs=0.02)
    assert high[0] == pytest.approx(0.5, abs=0.02)
    assert heights(parts) == pytest.approx((0.05, 2.3))
    edges = sorted((part.centre[0] - part.half_size[0], part.centre[0] + part.half_size[0])
                   for part in parts)  # fmt: skip
    assert all(left[1] > right[0] for left, right in zip(edges, edges[1:], strict=False))
