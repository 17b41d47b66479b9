"""The networks that a configuration or a checkpoint can name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from depth_nodes.networks.depth_network import DepthNetwork
from depth_nodes.networks.small_depth import SmallDepth, SmallDepthConfig


@dataclass(frozen=True)
class NetworkKind:
    """A network class and the dataclass that configures it."""

    network: type[DepthNetwork]
    config: type[Any]


NETWORKS = {'small_depth': NetworkKind(SmallDepth, SmallDepthConfig)}
