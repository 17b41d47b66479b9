"""What a setting of a training may be."""

from __future__ import annotations

import math
from typing import Any

from depth_nodes.errors import ConfigError
from depth_nodes.networks.depth_network import NUM_HEADS


def require_at_least(config: Any, least: float, *names: str) -> None:
    """Refuses fields below a limit, or infinite.

    Raises:
        ConfigError: a field is; the error names it.
    """
    for name in names:
        if not least <= getattr(config, name) < math.inf:
            raise ConfigError(f'{name} is {getattr(config, name)}; choose {least} or more')


def require_positive(config: Any, *names: str) -> None:
    """Refuses fields that are not above 0, or infinite.

    Raises:
        ConfigError: a field is; the error names it.
    """
    for name in names:
        if not 0 < getattr(config, name) < math.inf:
            raise ConfigError(f'{name} is {getattr(config, name)}; choose more than 0')


def require_share(config: Any, *names: str) -> None:
    """Refuses fields outside 0 (inclusive) to 1 (exclusive).

    Raises:
        ConfigError: a field is; the error names it.
    """
    for name in names:
        if not 0 <= getattr(config, name) < 1:
            raise ConfigError(f'{name} is {getattr(config, name)}; choose 0 or more, below 1')


def require_head_weights(config: Any) -> None:
    """Refuses `head_weights` that are not one for each head, negative, or all 0.

    Raises:
        ConfigError: they are; the error says what to give.
    """
    weights = config.head_weights
    if len(weights) != NUM_HEADS or not all(0 <= one < math.inf for one in weights):
        raise ConfigError(f'head_weights are {weights}; give {NUM_HEADS}, each 0 or more')
    if sum(weights) == 0:
        raise ConfigError('head_weights are all 0; give at least one above 0')
