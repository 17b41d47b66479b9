"""What a setting of a training may be."""

from __future__ import annotations

import math
from typing import Any

from depth_nodes.errors import ConfigError


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
