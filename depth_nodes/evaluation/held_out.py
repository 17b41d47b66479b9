"""Rendered scenes that no training uses, as sequences to be measured on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from depth_nodes.data.sample import Sample
from depth_nodes.data.synthetic.gl_context import has_gl
from depth_nodes.data.synthetic.parallel import render_scenes
from depth_nodes.data.synthetic.scene import RENDERER_VERSION, SceneConfig
from depth_nodes.errors import ConfigError

# Trainings take their scenes from seeds below.
FIRST_SEED = 900_000
VIEWS_PER_SCENE = 2
HEIGHT_PX, WIDTH_PX = 240, 416


@dataclass(frozen=True, kw_only=True)
class HeldOutScenes:
    """Scattered views of a domain's scenes, two in each; rendered anew whenever they are read.

    Attributes:
        domain: `room`, `street` or `yard`.
        num_views: of all scenes together.
        size_px: height and width.
        num_workers: processes that render; None: as many as there are cores.
    """

    domain: str
    num_views: int = 40
    size_px: tuple[int, int] = (HEIGHT_PX, WIDTH_PX)
    num_workers: int | None = None

    def __post_init__(self) -> None:
        """Refuses nothing to look at."""
        if self.num_views < 1:
            raise ConfigError(f'{self.num_views} rendered views tell nothing; ask for at least 1')

    @property
    def name(self) -> str:
        """What the scores are listed under."""
        return f'rendered_{self.domain}'

    def __iter__(self) -> Iterator[Sample]:
        """The views, scene by scene."""
        for samples in render_scenes(self.scenes(), self.num_workers):
            yield from samples

    def scenes(self) -> list[SceneConfig]:
        """What is rendered."""
        return [
            SceneConfig(
                domain=self.domain,
                seed=FIRST_SEED + scene,
                num_frames=min(VIEWS_PER_SCENE, self.num_views - scene * VIEWS_PER_SCENE),
                height_px=self.size_px[0],
                width_px=self.size_px[1],
                is_scattered=True,
            )
            for scene in range(-(-self.num_views // VIEWS_PER_SCENE))
        ]


def renderer_in_words(size_px: tuple[int, int]) -> str:
    """What draws scenes on this machine, for a card; `size_px` is height and width."""
    renderer = 'OpenGL' if has_gl() else 'ray caster'
    return f'{renderer}, version {RENDERER_VERSION}, {size_px[0]}x{size_px[1]}'
