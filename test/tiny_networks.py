"""Every network of the registry, with as few operations as it can have."""

from typing import Any

from depth_nodes.networks.depth_network import NUM_LEVELS
from depth_nodes.networks.hqdec_v2 import HqDecV2Config
from depth_nodes.networks.small_depth import SmallDepthConfig

TINY_SMALL_DEPTH = SmallDepthConfig(
    widths=(8, 8, 16, 16, 32), last_width=8, num_blocks=(0, 0, 1, 1, 1)
)
TINY_HQDEC_V2 = HqDecV2Config(
    backbone='test_efficientnet',
    coefficient_width=4,
    squeeze=(2,) * NUM_LEVELS,
    context_levels=(1, 0, 0, 0, 0),
    context_widths=(8,) * NUM_LEVELS,
    context_heads=(2,) * NUM_LEVELS,
    context_layers=(1, 0, 0, 0, 0),
    head_width=8,
)
TINY_NETWORKS: dict[str, Any] = {'small_depth': TINY_SMALL_DEPTH, 'hqdec_v2': TINY_HQDEC_V2}
