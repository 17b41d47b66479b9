from dataclasses import replace

import numpy as np
import pytest
from solids import seeded

from depth_nodes.data.synthetic.furnishing import MOST_PRIMITIVES
from depth_nodes.data.synthetic.room import build_room
from depth_nodes.data.synthetic.scene import Scene

SEEDS = range(10)


@pytest.fixture(scope='module')
def rooms() -> list[Scene]:
    return [build_room(seeded(seed)) for seed in SEEDS]


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


def test_the_same_seed_builds_the_same_room() -> None:
    first, second = build_room(seeded(5)), build_room(seeded(5))
    assert first.light == second.light
    assert len(first.primitives) == len(second.primitives)
    for one, two in zip(first.primitives, second.primitives, strict=True):
        assert (one.centre, one.half_size, one.material) == (
            two.centre,
            two.half_size,
            two.material,
        )
