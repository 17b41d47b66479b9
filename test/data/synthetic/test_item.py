import math

import numpy as np
import pytest

from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.item import (
    camouflaged,
    gathered,
    horizontal_bounds,
    Item,
    repainted,
    standing,
    tilted,
    tube,
)
from depth_nodes.data.synthetic.scene import box, Material, placed

GREY = Material(pattern='noise', palette=((0.5, 0.5, 0.5),))
RED = Material(pattern='noise', palette=((0.8, 0.1, 0.1),))
LAMP = Material(pattern='noise', palette=((1.0, 1.0, 1.0),), emission=0.9)


def draw() -> Draw:
    return Draw(np.random.default_rng(0))


def test_horizontal_bounds_of_a_turned_box() -> None:
    turned = placed([box((-2, -1, 0), (2, 1, 1), GREY)], (10, 0, 0), math.pi / 2)
    low, high = horizontal_bounds(turned)
    np.testing.assert_allclose([low, high], [(9, -2), (11, 2)])


def test_standing_covers_solids_on_both_sides_of_the_origin() -> None:
    item = standing([box((-1, -0.5, 0), (3, 2, 1), GREY)])
    assert (item.width_m, item.depth_m) == (6, 4)


def test_gathered_items_are_centred_and_keep_their_distances() -> None:
    one = Item(primitives=[box((-1, -1, 0), (1, 1, 1), GREY)], width_m=2, depth_m=2)
    both = gathered([(one, (0.0, 0.0), 0.0), (one, (5.0, 0.0), 0.3)])
    centres = np.array([part.centre for part in both.primitives])
    np.testing.assert_allclose(centres[1] - centres[0], (5, 0, 0))
    low, high = horizontal_bounds(both.primitives)
    np.testing.assert_allclose(np.add(low, high), 0, atol=1e-12)
    assert both.width_m == pytest.approx(high[0] - low[0])


def test_tubes_join_end_to_end() -> None:
    parts = tube([(0, 0, 0), (0, 0, 1), (0, 2, 1)], 0.01, GREY)
    assert [part.half_size[2] for part in parts] == pytest.approx([0.5, 1.0])


def test_a_tilt_raises_the_far_side() -> None:
    part = tilted(box((-1, -1, -0.1), (1, 1, 0.1), GREY), about_x_rad=0.3)
    np.testing.assert_allclose(
        part.world_from_object @ (0, 1, 0), (0, math.cos(0.3), math.sin(0.3))
    )


def test_repainting_keeps_what_shines() -> None:
    parts = [box((0, 0, 0), (1, 1, 1), GREY), box((0, 0, 1), (1, 1, 2), LAMP)]
    assert [part.material for part in repainted(parts, RED)] == [RED, LAMP]


def test_camouflage_takes_the_largest_material_and_happens_at_its_share() -> None:
    parts = [box((0, 0, 0), (2, 2, 2), GREY), box((0, 0, 2), (0.1, 0.1, 2.1), LAMP)]
    item = Item(primitives=parts, width_m=2, depth_m=2)
    assert camouflaged(draw(), item, RED, share=0.0) is item
    hidden = camouflaged(draw(), item, RED, share=1.0)
    assert [part.material for part in hidden.primitives] == [RED, LAMP]
    source = draw()
    share = np.mean([camouflaged(source, item, RED, 0.3) is not item for _ in range(1000)])
    assert share == pytest.approx(0.3, abs=0.05)
