"""What a network of several frames is, and how it learns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from depth_nodes.networks.multi_frame_depth import MatchingConfig
from depth_nodes.training.limits import require_at_least, require_share


@dataclass(frozen=True, kw_only=True)
class MultiFrameConfig:
    """The network of several frames, and how it learns.

    Attributes:
        single: the network of one frame that it is built around.
        matching: how frames are compared.
        matching_weight: of the cross entropy between the cost volume and labelled depth.
        consistency_weight: of the distance from what the network says of one frame alone, where
            the volume is not believed or its minimum is at another depth by a factor of 2.
        static_probability: chance that the current image stands in for the previous one, as where
            everything moves along with the camera.
        missing_probability: chance that there is no previous frame.
    """

    single: Literal['small_depth', 'hqdec_v2'] = 'small_depth'
    matching: MatchingConfig = field(default_factory=MatchingConfig)
    matching_weight: float = 0.1
    consistency_weight: float = 0.0
    static_probability: float = 0.25
    missing_probability: float = 0.25

    def __post_init__(self) -> None:
        """Refuses weights that push errors up, and chances that are none."""
        require_at_least(self, 0, 'matching_weight', 'consistency_weight')
        require_share(self, 'static_probability', 'missing_probability')
