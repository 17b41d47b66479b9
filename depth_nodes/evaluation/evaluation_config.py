"""What is compared with the truth, and how; the protocols of config/evaluation fill it."""

from __future__ import annotations

from dataclasses import dataclass
import math
from typing import Literal

from depth_nodes.errors import ConfigError
from depth_nodes.evaluation.crop import Crop

Align = Literal['none', 'median', 'affine']


@dataclass(frozen=True, kw_only=True)
class EvaluationConfig:
    """What is compared: ground truth with min < depth < max, inside the crop, after alignment."""

    align: Align = 'none'
    crop: Crop = 'none'
    min_depth_m: float = 0.1
    max_depth_m: float = 80.0

    def __post_init__(self) -> None:
        """Refuses what is no range."""
        if not 0 < self.min_depth_m < self.max_depth_m < math.inf:
            raise ConfigError(
                f'depth range {self.min_depth_m} to {self.max_depth_m} m: give 0 < min < max'
            )

    @property
    def alignments(self) -> tuple[Align, ...]:
        """What is reported side by side: without (what a robot sees), by medians, and `align`."""
        return tuple(dict.fromkeys(('none', 'median', self.align)))
