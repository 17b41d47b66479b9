"""The networks that a configuration or a checkpoint can name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import nn

from depth_nodes.networks.deployment import DeployedSmallDepth, GpuSmallDepth
from depth_nodes.networks.depth_network import DepthNetwork
from depth_nodes.networks.diffnet.diffnet import DeployedDiffNet, DiffNet, DiffNetConfig
from depth_nodes.networks.hqdec_v2 import DeployedHqDecV2, HqDecV2, HqDecV2Config
from depth_nodes.networks.multi_frame_depth import MultiFrameDepth, MultiFrameDepthConfig
from depth_nodes.networks.patch_refiner_v2.config import PatchRefinerConfig
from depth_nodes.networks.patch_refiner_v2.patch_refiner import PatchRefiner
from depth_nodes.networks.prior.deployed_small_prior import (
    DeployedSmallDepthPrior,
    GpuSmallDepthPrior,
)
from depth_nodes.networks.prior.diffnet_prior import (
    DeployedDiffNetPrior,
    DiffNetPrior,
    DiffNetPriorConfig,
)
from depth_nodes.networks.prior.small_prior import SmallDepthPrior, SmallDepthPriorConfig
from depth_nodes.networks.small_depth import SmallDepth, SmallDepthConfig


@dataclass(frozen=True)
class NetworkKind:
    """A network class, the dataclass that configures it, and what engines run instead of it.

    The deployed forms take the network, and map an image to the full resolution alone; `on_gpu` is
    the one for GPUs.
    """

    network: type[DepthNetwork]
    config: type[Any]
    deployed: Callable[[Any], nn.Module]
    on_gpu: Callable[[Any], nn.Module]


@dataclass(frozen=True)
class RefinerKind:
    """A network that sharpens what a depth network says, and the dataclass that configures it."""

    network: type[PatchRefiner]
    config: type[Any]


# Engines take one image, of which a network of several frames says what its single one does.
NETWORKS = {
    'small_depth': NetworkKind(SmallDepth, SmallDepthConfig, DeployedSmallDepth, GpuSmallDepth),
    'hqdec_v2': NetworkKind(HqDecV2, HqDecV2Config, DeployedHqDecV2, DeployedHqDecV2),
    'small_depth_prior': NetworkKind(
        SmallDepthPrior, SmallDepthPriorConfig, DeployedSmallDepthPrior, GpuSmallDepthPrior
    ),
    'diffnet': NetworkKind(DiffNet, DiffNetConfig, DeployedDiffNet, DeployedDiffNet),
    'diffnet_prior': NetworkKind(
        DiffNetPrior, DiffNetPriorConfig, DeployedDiffNetPrior, DeployedDiffNetPrior
    ),
    'multi_frame_depth': NetworkKind(
        MultiFrameDepth,
        MultiFrameDepthConfig,
        lambda network: deployed_form(network.single),
        lambda network: gpu_form(network.single),
    ),
}
REFINERS = {'patch_refiner_v2': RefinerKind(PatchRefiner, PatchRefinerConfig)}


def deployed_form(network: nn.Module) -> nn.Module:
    """What engines run of a network of this package, in evaluation mode."""
    return _kind_of(network).deployed(network).eval()


def gpu_form(network: nn.Module) -> nn.Module:
    """The same function for engines on a GPU."""
    return _kind_of(network).on_gpu(network).eval()


def _kind_of(network: nn.Module) -> NetworkKind:
    (kind,) = (kind for kind in NETWORKS.values() if type(network) is kind.network)
    return kind
