"""Measures of primitives for tests of scene builders."""

from collections.abc import Iterable

import numpy as np

from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.ray_caster import CORNERS
from depth_nodes.data.synthetic.scene import Primitive


def seeded(seed: int) -> Draw:
    """Random choices of one seed."""
    return Draw(np.random.Generator(np.random.PCG64(seed)))


def extent(parts: Iterable[Primitive]) -> tuple[np.ndarray, np.ndarray]:
    """Low and high corner [m] of the boxes around the solids."""
    corners = np.concatenate(
        [(CORNERS * part.half_size) @ part.world_from_object.T + part.centre for part in parts]
    )
    return corners.min(0), corners.max(0)
