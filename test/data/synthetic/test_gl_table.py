from gl_machine import require_gl
import numpy as np
import pytest

from depth_nodes.data.synthetic.gl_context import gl_context
from depth_nodes.data.synthetic.gl_pattern import PatternLayers
from depth_nodes.data.synthetic.gl_table import MAX_KNOTS, nearest_first, SolidTable
from depth_nodes.data.synthetic.ray_caster import world_corners
from depth_nodes.data.synthetic.scene import box, ellipsoid, Material, Primitive, rod

GREY = Material(pattern='noise', palette=((0.5, 0.5, 0.5),))
RED = Material(pattern='noise', palette=((1.0, 0.0, 0.0), (0.5, 0.0, 0.0)), gloss=0.3)


@pytest.fixture
def solids() -> list[Primitive]:
    leafy = Primitive(
        shape='ellipsoid', centre=(9.0, 0, 0), half_size=(1, 1, 1), material=GREY, cutout=0.4
    )
    return [
        box((0, 0, 0), (1, 2, 3), GREY, top_material=RED),
        ellipsoid((5, 0, 0), (1, 1, 1), GREY),
        leafy,
        rod((1, 1, 1), (4, 5, 1), 0.1, RED),
    ]


@pytest.fixture
def table(solids: list[Primitive]) -> SolidTable:
    require_gl()
    return SolidTable(solids, PatternLayers(gl_context()))


def test_equal_materials_have_one_row(table: SolidTable) -> None:
    assert table.materials.shape[0] == 2
    np.testing.assert_array_equal(table.solids[:, 2, 3], [0, 0, 0, 1])
    np.testing.assert_array_equal(table.solids[:, 3, 3], [1, 0, 0, 1])
    assert table.materials[1, 2, 0] == pytest.approx(0.3)


def test_every_primitive_is_drawn_by_one_program(table: SolidTable) -> None:
    groups = np.stack(list(table.groups.values()))
    np.testing.assert_array_equal(groups.sum(0), 1)
    np.testing.assert_array_equal(table.groups['perforated'], [False, False, True, False])


def test_corners_are_the_ray_casters(table: SolidTable, solids: list[Primitive]) -> None:
    np.testing.assert_allclose(table.corners(), world_corners(solids), atol=1e-12)


def test_clearance_is_the_distance_to_the_nearest_box(table: SolidTable) -> None:
    assert table.clearance(np.array([-2.0, 1.0, 1.0])) == pytest.approx(2)
    assert table.clearance(np.array([0.5, 1.0, 1.0])) == 0


def test_near_things_come_first(table: SolidTable) -> None:
    chosen = np.array([True, True, False, True])
    rows = nearest_first(table, chosen, np.array([9.0, 3.0, 1.0, 20.0]))
    assert rows.tolist() == [1, 0, 3]


def test_long_palettes_are_shortened_with_their_ends() -> None:
    require_gl()
    ramp = tuple((i / 11, 0.0, 0.0) for i in range(12))
    material = Material(pattern='noise', palette=ramp)
    rows = SolidTable([box((0, 0, 0), (1, 1, 1), material)], PatternLayers(gl_context())).materials
    assert rows[0, 2, 1] == MAX_KNOTS
    np.testing.assert_allclose(rows[0, [3, 2 + MAX_KNOTS], 0], [0, 1], atol=1e-6)
