import numpy as np
import pytest

from depth_nodes.data.synthetic import opening
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.opening import OpeningBuilder, WALL_M


@pytest.mark.parametrize('build', [opening.door, opening.window])
def test_a_closed_opening_is_filled(build: OpeningBuilder) -> None:
    """Along every line through the hole there is a solid within the wall."""
    for seed in range(8):
        hole = build(Draw(np.random.default_rng(seed)), 1.2, 2.6)
        panes = [
            part
            for part in hole.primitives
            if part.half_size[0] > 0.45 * hole.width_m and part.centre[1] < 0
        ]
        low = min(part.centre[2] - part.half_size[2] for part in panes)
        high = max(part.centre[2] + part.half_size[2] for part in panes)
        assert low <= hole.low_m + 1e-9
        assert high >= hole.high_m - 1e-9
        assert all(part.centre[1] > -WALL_M for part in panes)
        assert hole.is_window == (build is opening.window)


def test_the_sun_shines_through_windows_only() -> None:
    for seed in range(8):
        hole = opening.window(Draw(np.random.default_rng(seed)), 1.2, 2.6)
        pane = hole.primitives[0]
        assert pane.material.emission >= 0.25
        assert not pane.casts_shadow
        shut = opening.door(Draw(np.random.default_rng(seed)), 1.2, 2.6)
        assert shut.primitives[0].casts_shadow


def test_behind_a_doorway_is_a_closed_corridor() -> None:
    for seed in range(8):
        hole = opening.doorway(Draw(np.random.default_rng(seed)), 1.2, 2.6)
        floor, ceiling, back, left, right = hole.primitives[:5]
        assert floor.centre[2] + floor.half_size[2] == pytest.approx(0)
        assert ceiling.centre[2] - ceiling.half_size[2] == pytest.approx(2.6)
        depth = -WALL_M - (back.centre[1] + back.half_size[1])
        assert 1.2 <= depth <= 4.0
        assert left.centre[0] + left.half_size[0] < -hole.width_m / 2
        assert right.centre[0] - right.half_size[0] > hole.width_m / 2
