import numpy as np
import pytest
from solids import seeded

from depth_nodes.data.synthetic import arrangement, small_thing
from depth_nodes.data.synthetic.scene import Material, Primitive
from depth_nodes.data.synthetic.small_thing import Thing

GREY = Material(pattern='noise', palette=((0.5, 0.5, 0.5),))


def test_things_lie_on_the_surface_without_overlap() -> None:
    cubes: list[Thing] = [
        lambda draw: [
            Primitive(
                shape='box', centre=(0, 0, 0.05), half_size=(0.05, 0.05, 0.05), material=GREY
            )
        ]
    ]
    parts = arrangement.things_on(seeded(0), (1.0, 0.6, 0.7), 60, cubes)
    assert 10 < len(parts) < 60
    places = np.array([part.centre for part in parts])
    assert np.abs(places[:, 0]).max() < 0.5
    assert np.abs(places[:, 1]).max() < 0.3
    np.testing.assert_allclose(places[:, 2], 0.75)
    gaps = np.linalg.norm(places[:, None] - places[None], axis=2) + np.eye(len(places))
    assert gaps.min() > 0.08


def test_some_things_have_the_material_of_what_they_lie_on() -> None:
    parts = arrangement.things_on(seeded(1), (30.0, 30.0, 0.0), 400, [small_thing.cup], GREY)
    share = np.mean([part.material == GREY for part in parts])
    assert share == pytest.approx(arrangement.SHARED_MATERIAL, abs=0.07)


def test_sheets_may_overlap_but_never_lie_in_one_plane() -> None:
    parts = arrangement.things_on(seeded(2), (0.4, 0.4, 0.0), 12, [small_thing.sheet])
    tops = [round(part.centre[2] + part.half_size[2], 6) for part in parts]
    assert len(set(tops)) == len(tops) > 6


def test_what_is_wider_than_the_surface_is_left_out() -> None:
    assert not arrangement.things_on(seeded(3), (0.02, 0.02, 0.7), 20, [small_thing.book])
