"""Textures and framebuffers that are given back together."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from jaxtyping import Float32
import numpy as np

Size = tuple[int, int]


class GlResources:
    """Makes textures and framebuffers of one context, width before height, and holds them."""

    def __init__(self, context: Any) -> None:
        self.context = context
        self._held = ExitStack()

    def keep(self, resource: Any) -> Any:
        """Holds anything that has `release`."""
        self._held.callback(resource.release)
        return resource

    def release(self) -> None:
        """Gives everything back, the last first."""
        self._held.close()

    def table(self, rows: Float32[np.ndarray, 'row texel 4']) -> Any:
        """A texture that shaders read texel by texel."""
        size = (rows.shape[1], rows.shape[0])
        texture = self.keep(self.context.texture(size, 4, rows.tobytes(), dtype='f4'))
        texture.filter = (self.context.NEAREST, self.context.NEAREST)
        return texture

    def picture(self, size: Size, num_channels: int, kind: str, *, is_smooth: bool = False) -> Any:
        """An empty texture of moderngl's data type `kind`; a smooth one is read between texels."""
        texture = self.keep(self.context.texture(size, num_channels, dtype=kind))
        texture.filter = (self.context.LINEAR if is_smooth else self.context.NEAREST,) * 2
        texture.repeat_x = texture.repeat_y = False
        return texture

    def target(self, size: Size, textures: list[Any], *, has_depth: bool = False) -> Any:
        """A framebuffer that draws into the textures."""
        depth = self.keep(self.context.depth_texture(size)) if has_depth else None
        return self.keep(self.context.framebuffer(textures, depth))

    def shadow_map(self, size: Size) -> Any:
        """A depth texture that answers what is nearer than a given depth."""
        texture = self.keep(self.context.depth_texture(size))
        texture.compare_func = '<='
        texture.filter = (self.context.LINEAR, self.context.LINEAR)
        texture.repeat_x = texture.repeat_y = False
        return texture
