"""Yards that several tests look at, built once."""

import functools

import numpy as np
from solids import seeded

from depth_nodes.data.synthetic.scene import Scene
from depth_nodes.data.synthetic.yard import build_yard
from depth_nodes.data.synthetic.yard_path import yard_views


@functools.cache
def built_yard(seed: int) -> tuple[Scene, tuple[np.ndarray, ...]]:
    """A yard, and five views of it."""
    draw = seeded(seed)
    scene = build_yard(draw)
    return scene, tuple(yard_views(draw, scene, 5))
