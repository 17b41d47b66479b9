import pytest
from solids import extent, heights, seeded

from depth_nodes.data.synthetic import yard_edge
from depth_nodes.data.synthetic.yard_edge import EdgeBuilder
from depth_nodes.data.synthetic.yard_plan import KINDS

EDGES = sorted({edge for kind in KINDS.values() for edge in kind.edges}, key=lambda e: e.__name__)
LENGTH_M = 20.0


@pytest.mark.parametrize('edge', EDGES)
@pytest.mark.parametrize('seed', range(3))
def test_edges_keep_to_their_side_and_stand_on_the_ground(edge: EdgeBuilder, seed: int) -> None:
    parts = edge(seeded(seed), LENGTH_M)
    if not parts:
        assert edge is yard_edge.open_edge
        return
    low, high = extent(parts)
    assert -2 < heights(parts)[0] < 0.06
    assert high[1] < 7  # steps, balconies, canopies and tree crowns
    assert max(-low[0], high[0]) < LENGTH_M / 2 + 7.0


def test_what_is_behind_an_edge_is_behind_it() -> None:
    parts = yard_edge.backdrop(seeded(0), LENGTH_M)
    assert len(parts) > 4
    assert extent(parts)[1][1] < 0
    assert not any(part.casts_shadow for part in parts if part.centre[1] < -15)


def test_cables_sag_between_their_poles() -> None:
    parts = yard_edge.overhead_cables(seeded(1), LENGTH_M)
    cables = [part for part in parts if part.half_size[0] == 0.012]
    assert len(cables) == 24
    middle = min(cables, key=lambda part: abs(part.centre[0]))
    end = max(cables, key=lambda part: abs(part.centre[0]))
    assert middle.centre[2] < end.centre[2]
    assert min(part.centre[2] for part in cables) > 3
