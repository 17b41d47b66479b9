from gl_machine import require_gl
import numpy as np
import pytest

from depth_nodes.data.synthetic.gl_context import gl_context
from depth_nodes.data.synthetic.gl_pattern import baked, MIRRORED, PatternLayers, TEXELS, TILES
from depth_nodes.data.synthetic.scene import Material
from depth_nodes.data.synthetic.texture import Footprints, PATTERNS

GREYS = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


def test_every_tile_is_of_a_pattern() -> None:
    assert set(TILES) <= set(PATTERNS)


@pytest.mark.parametrize('name', sorted(PATTERNS))
def test_a_material_finds_its_pattern_where_the_ray_caster_has_it(name: str) -> None:
    """Texture coordinates of the placement lead to the value that PATTERNS computes."""
    require_gl()
    tile = TILES.get(name, MIRRORED)
    aspect = 0.4 if tile.use_of_aspect in ('bake', 'multiply_v') else tile.aspect
    material = Material(
        pattern=name, palette=GREYS, scale_m=0.3, aspect=aspect, offset=(0.13, 0.07)
    )
    place = PatternLayers(gl_context()).placement(material)
    random = np.random.default_rng(3)
    # Inside the first tile, in metres.
    unit = 0.25 if tile.is_centred else 0.8 * min(tile.period)
    u, v = (random.uniform(0, unit, (2, 400)) - np.array(material.offset)[:, None]) * 0.3
    steps = [
        np.floor((axis * scale + offset) % 1 * TEXELS).astype(int)
        for axis, scale, offset in zip((u, v), place.scale, place.offset, strict=True)
    ]
    texels = baked(name, aspect)[steps[1], steps[0]] / 255
    period = np.array(tile.period) * (2 if tile.is_mirrored else 1)
    width = np.full((2, 400), period[:, None] / TEXELS, np.float32)
    at = Footprints(
        u=(u / 0.3 + 0.13).astype(np.float32),
        v=(v / 0.3 + 0.07).astype(np.float32),
        width_u=width[0],
        width_v=width[1],
    )
    expected = np.clip(PATTERNS[name](at, aspect), 0, 1)
    # Half a texel beside the point, edges and fine grain differ.
    assert np.median(np.abs(texels - expected)) < 0.06
    assert np.corrcoef(texels, expected)[0, 1] > 0.75


@pytest.mark.parametrize('name', ['noise', 'leaves', 'marble', 'asphalt', 'wood'])
def test_tiles_repeat_without_seams(name: str) -> None:
    values = baked(name, 1.0).astype(float)
    within = np.abs(np.diff(values, axis=1)).mean()
    across = np.abs(values[:, 0] - values[:, -1]).mean()
    assert across < 3 * within + 2


def test_materials_of_one_pattern_share_a_layer() -> None:
    require_gl()
    layers = PatternLayers(gl_context())
    one, two, other = (
        layers.placement(Material(pattern=name, palette=GREYS, scale_m=scale)).layer
        for name, scale in (('noise', 1.0), ('noise', 2.0), ('checker', 1.0))
    )
    assert one == two != other
