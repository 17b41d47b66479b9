"""What is evaluated: where frames come from, and what turns them into depth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, runtime_checkable

from jaxtyping import Float32
import numpy as np

from depth_nodes.data.sample import Sample

Predictor = Callable[[Sample], Float32[np.ndarray, 'height width']]


@runtime_checkable
class FrameSource(Protocol):
    """A sequence folder, a bag, or anything else with a name and frames."""

    @property
    def name(self) -> str:
        """What the results are listed under."""

    def __iter__(self) -> Iterator[Sample]:
        """The frames; those without ground truth are passed over."""
