import numpy as np
import pytest

from depth_nodes.data.synthetic import street_pattern
from depth_nodes.data.synthetic.texture import Footprints, PATTERNS

NAMES = ['asphalt', 'lawn', 'foliage', 'weathered', 'roof_tiles', 'slats', 'cobbles']


def values(name: str, width: float) -> np.ndarray:
    grid = np.linspace(0, 8, 160, dtype=np.float32)
    u, v = (axis.ravel() for axis in np.meshgrid(grid, grid))
    size = np.full_like(u, width)
    return PATTERNS[name](Footprints(u=u, v=v, width_u=size, width_v=size), 1.0)


@pytest.mark.parametrize('name', NAMES)
def test_values_run_through_the_palette(name: str) -> None:
    near = values(name, 0.01)
    assert near.dtype == np.float32
    assert near.min() >= 0
    assert near.max() <= 1
    assert near.std() > 0.05


@pytest.mark.parametrize('name', NAMES)
def test_fades_with_distance(name: str) -> None:
    assert values(name, 4.0).std() < 0.7 * values(name, 0.01).std()


def test_all_are_registered() -> None:
    assert all(PATTERNS[name] is getattr(street_pattern, name) for name in NAMES)
