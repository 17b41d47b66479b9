from gl_machine import require_gl
import numpy as np
import pytest

from depth_nodes.data.synthetic.gl_context import gl_context
from depth_nodes.data.synthetic.gl_light_map import LightFrame
from depth_nodes.data.synthetic.gl_pattern import PatternLayers
from depth_nodes.data.synthetic.gl_table import SolidTable
from depth_nodes.data.synthetic.scene import box, Material

GREY = Material(pattern='noise', palette=((0.5, 0.5, 0.5),))
BOUNDS = ((0.0, -5.0, 0.0), (40.0, 5.0, 4.0))


@pytest.fixture
def table() -> SolidTable:
    require_gl()
    boxes = [
        box((10, 0, 0), (11, 1, 20), GREY),
        box((10, 50, 0), (11, 51, 2), GREY),
    ]
    return SolidTable(boxes, PatternLayers(gl_context()))


@pytest.mark.parametrize('towards', [(0.0, 0.0, 1.0), (0.6, 0.0, 0.8), (-0.48, 0.6, 0.64)])
def test_the_map_covers_the_bounds(table: SolidTable, towards: tuple) -> None:
    frame = LightFrame.around(towards, BOUNDS, table)
    eye = np.array([3.0, 1.0, 1.5])
    matrix = frame.map_from_eye(eye, 0.0)
    corners = np.array([[x, y, z] for x in (0, 40) for y in (-5, 5) for z in (0, 4)], float) - eye
    at = corners @ matrix[:3, :3].T + matrix[:3, 3]
    assert at.min() > -1e-9
    assert at.max() < 1 + 1e-9
    np.testing.assert_allclose([at[:, :2].min(), at[:, :2].max()], [0, 1], atol=1e-9)


def test_depth_grows_along_the_light(table: SolidTable) -> None:
    frame = LightFrame.around((0.0, 0.0, 1.0), BOUNDS, table)
    matrix = frame.map_from_eye(np.zeros(3), 0.0)
    low, high = (matrix[2, :3] @ (20, 0, z) + matrix[2, 3] for z in (0.0, 3.0))
    assert low - high == pytest.approx(3 / frame.extent[2])
    # The bias lifts points towards the light.
    assert frame.map_from_eye(np.zeros(3), 0.5)[2, 3] < matrix[2, 3]


def test_texels_are_square_and_as_many_as_asked_for(table: SolidTable) -> None:
    frame = LightFrame.around((0.0, 0.0, 1.0), BOUNDS, table)
    width, height = frame.size_for(10_000)
    assert width * height == pytest.approx(10_000, rel=0.05)
    assert frame.extent[0] / width == pytest.approx(frame.extent[1] / height, rel=0.05)


def test_only_what_is_over_the_box_casts(table: SolidTable) -> None:
    frame = LightFrame.around((0.0, 0.0, 1.0), BOUNDS, table)
    assert frame.casters(table).tolist() == [True, False]
