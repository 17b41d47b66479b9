"""What the inverse depth of one camera goes through between the network and the metres."""

from __future__ import annotations

from typing import NamedTuple

from jaxtyping import Bool, Float32
import numpy as np

from depth_nodes.runtime.continuity import Continuity
from depth_nodes.runtime.filter_config import FilterConfig
from depth_nodes.runtime.flying_pixels import flying_pixels
from depth_nodes.runtime.frame import Frame
from depth_nodes.runtime.temporal_filter import GAIN, TemporalFilter

Map = Float32[np.ndarray, 'height width']


class Wants(NamedTuple):
    """What somebody subscribes to, beside depth."""

    points: bool
    confidence: bool


class Filtered(NamedTuple):
    """All of the network's size.

    Attributes:
        inverse_depth: NaN where it flies and such pixels shall have no depth.
        hidden: pixels with a depth that must give no point; None where nobody asked.
        confidence: 0..1; None where nobody asked.
    """

    inverse_depth: Map
    hidden: Bool[np.ndarray, 'height width'] | None
    confidence: Map | None


class DepthFilters:
    """Keeps what the temporal filter has to remember of a camera."""

    def __init__(self) -> None:
        self._continuity = Continuity()
        self._temporal = TemporalFilter()

    def __call__(
        self,
        frame: Frame,
        inverse_depth: Map,
        brightness: Map,
        config: FilterConfig,
        wants: Wants,
    ) -> Filtered:
        """Runs those filters that are on, or that somebody wants the result of."""
        hidden = confidence = None
        if config.is_temporal or wants.confidence:
            inverse_depth, confidence = self._temporal(
                inverse_depth,
                brightness,
                gain=GAIN if config.is_temporal else 1.0,
                goes_on=self._continuity.goes_on(frame),
            )
        if config.flying_pixels == 'all':
            inverse_depth[flying_pixels(inverse_depth)] = np.nan
        elif config.flying_pixels == 'points' and wants.points:
            hidden = flying_pixels(inverse_depth)
        return Filtered(inverse_depth, hidden, confidence)
