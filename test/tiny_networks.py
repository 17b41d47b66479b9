"""Every network of the registry, with as few operations as it can have."""

from dataclasses import asdict
from typing import Any

from depth_nodes.networks.depth_network import NUM_LEVELS
from depth_nodes.networks.diffnet.diffnet import DiffNetConfig
from depth_nodes.networks.hqdec_v2 import HqDecV2Config
from depth_nodes.networks.multi_frame_depth import MatchingConfig, MultiFrameDepthConfig
from depth_nodes.networks.prior.diffnet_prior import DiffNetPriorConfig
from depth_nodes.networks.prior.small_prior import SmallDepthPriorConfig
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
TINY_SMALL_DEPTH_PRIOR = SmallDepthPriorConfig(
    **asdict(TINY_SMALL_DEPTH), num_entries=20, bank_channels=6, key_channels=4
)
TINY_DIFFNET = DiffNetConfig(backbone='hrnet_w18_small')
TINY_DIFFNET_PRIOR = DiffNetPriorConfig(
    backbone='hrnet_w18_small', num_entries=20, bank_channels=6, key_channels=4, num_heads=2
)
TINY_MULTI_FRAME_DEPTH = MultiFrameDepthConfig(
    small_depth=TINY_SMALL_DEPTH, hqdec_v2=TINY_HQDEC_V2, matching=MatchingConfig(num_planes=12)
)
TINY_NETWORKS: dict[str, Any] = {
    'small_depth': TINY_SMALL_DEPTH,
    'hqdec_v2': TINY_HQDEC_V2,
    'small_depth_prior': TINY_SMALL_DEPTH_PRIOR,
    'diffnet': TINY_DIFFNET,
    'diffnet_prior': TINY_DIFFNET_PRIOR,
    'multi_frame_depth': TINY_MULTI_FRAME_DEPTH,
}
