"""Which filters depth goes through after the network; a node may change them while it runs."""

from __future__ import annotations

from dataclasses import dataclass

from depth_nodes.errors import ConfigError

FLYING_PIXELS = ('keep', 'points', 'all')


@dataclass(frozen=True, kw_only=True)
class FilterConfig:
    """Both filters work on inverse depth of the network's size: their cost knows no camera.

    Attributes:
        flying_pixels: `keep`; `points`: they give no point in clouds; `all`: they have no depth.
        is_temporal: whether depth is smoothed over time where image and depth stand still.
    """

    flying_pixels: str = 'keep'
    is_temporal: bool = False

    def __post_init__(self) -> None:
        """Refuses what is unknown."""
        if self.flying_pixels not in FLYING_PIXELS:
            raise ConfigError(
                f'flying_pixels {self.flying_pixels!r} is unknown; choose from '
                f'{", ".join(FLYING_PIXELS)}'
            )
