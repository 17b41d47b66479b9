import math

import numpy as np

from depth_nodes.data.synthetic.scene import box, Light, Material, placed, Scene
from depth_nodes.data.synthetic.table_top import table_tops

GREY = Material(pattern='noise', palette=((0.5, 0.5, 0.5),))
LIGHT = Light(
    towards_sun=(0.0, 0.0, 1.0), sun=(1, 1, 1), ambient_up=(1, 1, 1), ambient_down=(1, 1, 1)
)


def test_a_board_at_table_height_is_found_with_what_lies_on_it() -> None:
    floor = box((-5, -5, -0.2), (5, 5, 0), GREY)
    shelf = box((-5, 4, 1.5), (5, 5, 1.53), GREY)
    table = box((-1, -0.4, 0.7), (1, 0.4, 0.74), GREY)
    thing = box((0.7, -0.1, 0.74), (0.8, 0.1, 0.9), GREY)
    under = box((0.1, 0.1, 0.0), (0.2, 0.2, 0.5), GREY)
    lamp = box((0, 0, 2.0), (0.2, 0.2, 2.1), GREY)
    desk = placed([table, thing, under, lamp], (2.0, 1.0, 0.0), math.pi / 2)
    scene = Scene(primitives=(floor, shelf, *desk), light=LIGHT)
    (top,) = table_tops(scene)
    assert top.num_things == 1
    np.testing.assert_allclose(top.point(0, 0), (2, 1, 0.74))
    np.testing.assert_allclose(top.point(1, 0), (2, 2, 0.74), atol=1e-12)
