import math

import numpy as np
import pytest
from solids import seeded

from depth_nodes.data.synthetic.room_light import draw_room_light


def test_sun_comes_through_a_window_and_walls_keep_it_out_else() -> None:
    windows = [((0.0, 3.0, 1.5), math.pi / 2)]
    kinds = set()
    for seed in range(40):
        lit = draw_room_light(seeded(seed), (6.0, 6.0, 2.5), windows, [(0.0, 0.0, 2.2)])
        assert np.linalg.norm(lit.light.towards_sun) == pytest.approx(1)
        kinds.add(lit.is_through_windows)
        if lit.is_through_windows:
            assert lit.light.towards_sun[2] > 0.2
            assert max(lit.light.sun) > max(lit.light.ambient_up)
    assert kinds == {True, False}
    without = [draw_room_light(seeded(s), (6.0, 6.0, 2.5), [], []) for s in range(20)]
    assert not any(lit.is_through_windows for lit in without)
