from dataclasses import replace
import math

import numpy as np
import pytest

from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.furnishing import MOST_PRIMITIVES
from depth_nodes.data.synthetic.room import build_room
from depth_nodes.data.synthetic.room_light import draw_room_light
from depth_nodes.data.synthetic.room_plan import KINDS, RoomPlan
from depth_nodes.data.synthetic.scene import Scene

SEEDS = range(10)


def drawn(seed: int) -> Draw:
    return Draw(np.random.default_rng(seed))


@pytest.fixture(scope='module')
def rooms() -> list[Scene]:
    return [build_room(drawn(seed)) for seed in SEEDS]


def test_the_floor_comes_first_and_all_furniture_is_within_the_room(rooms: list[Scene]) -> None:
    for room in rooms:
        assert room.interior is not None
        floor, high = room.primitives[0], room.interior[1]
        assert floor.centre[2] + floor.half_size[2] == 0
        centres = np.array([part.centre for part in room.primitives])
        # What is further out belongs to walls and to the corridors behind doorways.
        inside = (np.abs(centres[:, :2]) < np.add(high[:2], 0.02)).all(1)
        assert inside.mean() > 0.8
        assert (centres[inside, 2] > -0.3).all()
        assert (centres[inside, 2] < high[2] + 0.3).all()


def test_rooms_differ_in_fullness(rooms: list[Scene]) -> None:
    counts = sorted(len(room.primitives) for room in rooms)
    assert counts[0] < 350
    assert counts[-1] > 500
    assert counts[-1] < MOST_PRIMITIVES + 1500


def test_depth_edges_often_have_no_colour_edge(rooms: list[Scene]) -> None:
    """In many rooms furniture shares its material with a wall or the floor."""
    num_rooms = 0
    for room in rooms:
        assert room.interior is not None
        high = np.array(room.interior[1])[:2]
        surfaces, furniture = {room.primitives[0].material}, set()
        for part in room.primitives[1:]:
            is_inside = (np.abs(part.centre[:2]) < high).all()
            place = furniture if is_inside and part.centre[2] < room.interior[1][2] else surfaces
            place.add(replace(part.material, offset=(0.0, 0.0)))
        surfaces = {replace(material, offset=(0.0, 0.0)) for material in surfaces}
        num_rooms += bool(surfaces & furniture)
    assert num_rooms >= len(rooms) // 2


def test_kinds_come_by_their_shares_and_sizes() -> None:
    source = drawn(0)
    plans = [RoomPlan.drawn(source) for _ in range(600)]
    total = sum(kind.share for kind in KINDS.values())
    for kind in KINDS.values():
        mine = [plan for plan in plans if plan.kind is kind]
        assert len(mine) / len(plans) == pytest.approx(kind.share / total, abs=0.06)
        assert all(kind.length_m[0] <= plan.x_m <= kind.length_m[1] for plan in mine)
        assert all(kind.height_m[0] <= plan.z_m <= kind.height_m[1] for plan in mine)


def test_walls_surround_the_room() -> None:
    plan = RoomPlan.drawn(drawn(3))
    for wall in plan.walls:
        into = np.array([-math.sin(wall.yaw_rad), math.cos(wall.yaw_rad)])
        assert into @ wall.middle == pytest.approx(-np.linalg.norm(wall.middle))
        assert wall.length_m == (plan.x_m if wall.is_along_x else plan.y_m)


def test_sun_comes_through_a_window_and_walls_keep_it_out_else() -> None:
    windows = [((0.0, 3.0, 1.5), math.pi / 2)]
    kinds = set()
    for seed in range(40):
        lit = draw_room_light(drawn(seed), (6.0, 6.0, 2.5), windows, [(0.0, 0.0, 2.2)])
        assert np.linalg.norm(lit.light.towards_sun) == pytest.approx(1)
        kinds.add(lit.is_through_windows)
        if lit.is_through_windows:
            assert lit.light.towards_sun[2] > 0.2
            assert max(lit.light.sun) > max(lit.light.ambient_up)
    assert kinds == {True, False}
    without = [draw_room_light(drawn(s), (6.0, 6.0, 2.5), [], []) for s in range(20)]
    assert not any(lit.is_through_windows for lit in without)


def test_the_same_seed_builds_the_same_room() -> None:
    first, second = build_room(drawn(5)), build_room(drawn(5))
    assert first.light == second.light
    assert len(first.primitives) == len(second.primitives)
    for one, two in zip(first.primitives, second.primitives, strict=True):
        assert (one.centre, one.half_size, one.material) == (
            two.centre,
            two.half_size,
            two.material,
        )
