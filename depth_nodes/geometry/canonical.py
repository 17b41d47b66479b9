"""The canonical camera: one network, metres on any camera.

An image fixes depth only up to the focal length, so the network predicts depth as if every
image had been taken with one focal length f_c, at the size at which the network sees it
(Yin et al., Metric3D, ICCV 2023, the label form of the canonical transform):

    depth_canonical = depth * f_c / f_network,    f_network = fx * resize_scale

The functions are plain arithmetic: they take floats, numpy arrays and torch tensors alike.
"""

from __future__ import annotations

from dataclasses import dataclass
import math
from typing import Any

from depth_nodes.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class CanonicalCamera:
    """Focal length f_c [px] and the range of canonical depth [m] that the sigmoid spans.

    With the defaults every camera with 51 px <= f_network <= 1280 px has 0.1-100 m inside.
    """

    focal_px: float = 256.0
    min_depth_m: float = 0.02
    max_depth_m: float = 500.0

    def __post_init__(self) -> None:
        """Refuses what gives no depth, or depth with the wrong sign."""
        if not 0 < self.focal_px < math.inf:
            raise ConfigError(f'focal_px is {self.focal_px}; give a focal length above 0')
        if not 0 < self.min_depth_m < self.max_depth_m < math.inf:
            raise ConfigError(
                f'the depth range is {self.min_depth_m} to {self.max_depth_m} m; '
                'give 0 < min_depth_m < max_depth_m'
            )

    def inverse_depth_from_sigmoid(self, sigmoid_output: Any) -> Any:
        """Canonical inverse depth [1/m] from the network's output in [0, 1]."""
        far, near = 1 / self.max_depth_m, 1 / self.min_depth_m
        return far + (near - far) * sigmoid_output

    def sigmoid_from_inverse_depth(self, inverse_depth: Any) -> Any:
        """The network output in [0, 1] that stands for this canonical inverse depth [1/m]."""
        far, near = 1 / self.max_depth_m, 1 / self.min_depth_m
        return (inverse_depth - far) / (near - far)

    def canonical_from_depth(self, depth: Any, focal_network_px: Any) -> Any:
        """Canonical depth [m] from depth [m] of a camera with this focal length [px]."""
        return depth * (self.focal_px / focal_network_px)

    def depth_from_canonical(self, depth_canonical: Any, focal_network_px: Any) -> Any:
        """Depth [m] from canonical depth [m] for a camera with this focal length [px]."""
        return depth_canonical * (focal_network_px / self.focal_px)
