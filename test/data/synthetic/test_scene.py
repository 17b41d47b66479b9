import numpy as np
import pytest

from depth_nodes.data.synthetic.scene import frustum, Material, Primitive, rod

GREY = Material(pattern='noise', palette=((0.5, 0.5, 0.5),))


@pytest.mark.parametrize(
    ('start', 'end'), [((0, 0, 0), (0, 0, 2)), ((1, 2, 3), (-4, 0, 3)), ((0, 0, 5), (0.1, 0, -1))]
)
def test_a_rod_reaches_from_start_to_end(start: tuple, end: tuple) -> None:
    solid = rod(start, end, 0.03, GREY)
    turn = solid.world_from_object
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(turn) == pytest.approx(1)
    reach = turn[:, 2] * solid.half_size[2]
    np.testing.assert_allclose(solid.centre - reach, start, atol=1e-12)
    np.testing.assert_allclose(solid.centre + reach, end, atol=1e-12)
    assert solid.half_size[:2] == (0.03, 0.03)


def test_a_frustum_stands_on_its_base() -> None:
    solid = frustum((1.0, 2.0, 0.5), (2.0, 3.0, 1.5), GREY, taper=(0.0, 1.0))
    assert solid.centre == (1.0, 2.0, 2.0)
    assert solid.shape == 'frustum'


@pytest.mark.parametrize(
    'wrong',
    [
        {'shape': 'cone'},
        {'half_size': (1.0, 0.0, 1.0)},
        {'shape': 'frustum', 'taper': (-0.1, 1.0)},
        {'shape': 'frustum', 'taper': (0.8, 1.0), 'shear': (0.3, 0.0)},
        {'shape': 'frustum', 'cutout': 0.5},
    ],
)
def test_a_builders_mistakes_show_at_once(wrong: dict) -> None:
    right = {'shape': 'box', 'centre': (0.0, 0.0, 0.0), 'half_size': (1.0, 1.0, 1.0)}
    with pytest.raises(AssertionError):
        Primitive(**(right | {'material': GREY} | wrong))
