"""What a network of several frames is given beside the newest one; numpy only."""

from __future__ import annotations

from typing import NamedTuple

from jaxtyping import Float32, Float64
import numpy as np


class PreviousView(NamedTuple):
    """A frame before as the network saw it, its pose [m], and the intrinsics of both [px]."""

    image: Float32[np.ndarray, '1 3 height width']
    previous_from_current: Float64[np.ndarray, '4 4']
    intrinsics: Float64[np.ndarray, '3 3']
