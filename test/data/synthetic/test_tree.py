from collections.abc import Callable

import pytest
from solids import extent, seeded

from depth_nodes.data.synthetic import tree


@pytest.mark.parametrize('build', [tree.tree, tree.conifer, tree.bare_tree, tree.far_tree])
@pytest.mark.parametrize('seed', range(5))
def test_is_about_as_high_as_asked(build: Callable, seed: int) -> None:
    low, high = extent(build(seeded(seed), 8.0))
    assert 6.0 < high[2] < 11.0
    assert low[2] <= 0.0


@pytest.mark.parametrize('seed', range(5))
def test_street_tree_leaves_room_for_trucks(seed: int) -> None:
    """No leaves below the bare part of the trunk."""
    crown = [part for part in tree.tree(seeded(seed), 9.0, 3.0) if part.cutout > 0]
    low, _ = extent(crown)
    assert low[2] > 2.4


def test_leaves_are_perforated_and_bare_trees_have_none() -> None:
    assert any(part.cutout > 0.2 for part in tree.tree(seeded(0)))
    assert all(part.shape == 'cylinder' for part in tree.bare_tree(seeded(0)))


@pytest.mark.parametrize('length', [2.0, 7.5])
def test_hedge_has_its_length_and_a_dense_core(length: float) -> None:
    parts = tree.hedge(seeded(1), length, 1.5)
    low, high = extent(parts)
    assert high[0] - low[0] == pytest.approx(length)
    assert high[2] == pytest.approx(1.5, abs=0.2)
    assert parts[0].cutout == 0
