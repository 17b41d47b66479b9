import pytest
from solids import extent, heights, seeded

from depth_nodes.data.synthetic import desk
from depth_nodes.data.synthetic.desk import DeskTop
from depth_nodes.data.synthetic.scene import Material

GREY = Material(pattern='noise', palette=((0.5, 0.5, 0.5),))
TOP = DeskTop(width_m=1.6, depth_m=0.8, height_m=0.72, material=GREY)


@pytest.mark.parametrize('seed', range(6))
def test_the_frame_carries_the_board_and_ends_below_it(seed: int) -> None:
    parts = desk.desk_frame(seeded(seed), TOP)
    assert heights(parts) == pytest.approx((0, 0.72), abs=0.03)
    board = parts[0]
    assert board.material is GREY
    assert (2 * board.half_size[0], 2 * board.half_size[1]) == pytest.approx((1.6, 0.8))


@pytest.mark.parametrize('seed', range(8))
def test_machines_stand_on_the_board(seed: int) -> None:
    parts = desk.machines(seeded(seed), TOP)
    if not parts:
        return
    assert heights(parts)[0] == pytest.approx(0.72, abs=0.02)
    assert heights(parts)[1] < 0.72 + 0.75
    low, high = extent(parts)
    assert max(-low[0], high[0]) < 1.3


@pytest.mark.parametrize('size', [0.4, 0.6])
def test_a_monitor_is_as_wide_as_asked_for(size: float) -> None:
    low, high = extent(desk.monitor(seeded(1), size))
    assert high[0] - low[0] == pytest.approx(size)
