"""Measures of primitives for tests of scene builders."""

from collections.abc import Iterable

import numpy as np

from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.ray_caster import CORNERS
from depth_nodes.data.synthetic.scene import Material, Primitive, SceneConfig
from depth_nodes.data.synthetic.texture import PATTERNS


def seeded(seed: int) -> Draw:
    """Random choices of one seed."""
    return Draw(np.random.Generator(np.random.PCG64(seed)))


def clip_config(num_frames: int, frame_spacing_m: float | None = None) -> SceneConfig:
    """A path of so many frames, ten a second; of no domain's own."""
    return SceneConfig(
        domain='room',
        seed=0,
        num_frames=num_frames,
        height_px=1,
        width_px=1,
        frame_spacing_m=frame_spacing_m,
    )


def extent(parts: Iterable[Primitive]) -> tuple[np.ndarray, np.ndarray]:
    """Low and high corner [m] of the boxes around the solids."""
    corners = np.concatenate(
        [(CORNERS * part.half_size) @ part.world_from_object.T + part.centre for part in parts]
    )
    return corners.min(0), corners.max(0)


def heights(parts: Iterable[Primitive]) -> tuple[float, float]:
    """Lowest and highest point [m] of the solids; exact for boxes, rods and ellipsoids."""
    levels = []
    for part in parts:
        row = part.world_from_object[2] * part.half_size
        if part.shape == 'ellipsoid':
            reach = np.linalg.norm(row)
        elif part.shape == 'cylinder':
            reach = np.linalg.norm(row[:2]) + abs(row[2])
        else:
            reach = np.abs(row).sum()
        levels += [part.centre[2] - reach, part.centre[2] + reach]
    return float(min(levels)), float(max(levels))


def assert_paintable(material: Material) -> None:
    """A renderer can draw the material: known pattern, real colours, sizes above 0."""
    assert material.pattern in PATTERNS
    palette = np.array(material.palette)
    assert palette.shape[1:] == (3,)
    assert palette.min() >= 0
    assert palette.max() <= 1
    assert min(material.scale_m, material.aspect) > 0
    assert 0 <= material.gloss < 1
    assert 0 <= material.grain < 1
    assert 0 <= material.emission <= 1
