import math

import numpy as np
import pytest
from solids import seeded

from depth_nodes.data.synthetic.room_plan import KINDS, RoomPlan


def test_kinds_come_by_their_shares_and_sizes() -> None:
    source = seeded(0)
    plans = [RoomPlan.drawn(source) for _ in range(600)]
    total = sum(kind.share for kind in KINDS.values())
    for kind in KINDS.values():
        mine = [plan for plan in plans if plan.kind is kind]
        assert len(mine) / len(plans) == pytest.approx(kind.share / total, abs=0.06)
        assert all(kind.length_m[0] <= plan.x_m <= kind.length_m[1] for plan in mine)
        assert all(kind.height_m[0] <= plan.z_m <= kind.height_m[1] for plan in mine)


def test_walls_surround_the_room() -> None:
    plan = RoomPlan.drawn(seeded(3))
    for wall in plan.walls:
        into = np.array([-math.sin(wall.yaw_rad), math.cos(wall.yaw_rad)])
        assert into @ wall.middle == pytest.approx(-np.linalg.norm(wall.middle))
        assert wall.length_m == (plan.x_m if wall.is_along_x else plan.y_m)
