"""Frames of rendered scenes, kept in a folder from one training to the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
import logging
from pathlib import Path

from tqdm import tqdm

from depth_nodes.data.sample import Sample
from depth_nodes.data.sequence import Sequence, write_sequence
from depth_nodes.data.synthetic.gl_context import has_gl
from depth_nodes.data.synthetic.parallel import render_scenes
from depth_nodes.data.synthetic.scene import DEPTH_SCALES_M, RENDERER_VERSION, SceneConfig
from depth_nodes.training.source_config import SourceConfig

# From frame to frame of a video: a car at 30 km/h, a walker at 3 m/s and a hand at 0.8 m/s, ten
# times a second. Half of the pixels then move by 10 to 20 of 416 columns, and four of five are
# seen in both.
FRAME_SPACING_M = {'room': 0.08, 'street': 0.8, 'yard': 0.3}
logger = logging.getLogger(__name__)


def rendered_frames(config: SourceConfig, kept_root: Path) -> Iterator[Sample]:
    """The frames of a rendered source, scene by scene; renders those not in `kept_root` yet."""
    yield from rendered_folder(config, kept_root)


def rendered_folder(config: SourceConfig, kept_root: Path) -> Sequence:
    """The folder with the frames of a rendered source; renders it where it is not there yet.

    They are independent views, or a video where they are to be compared with their neighbours.
    """
    # OpenGL and the ray caster draw one scene with different bytes.
    renderer = 'gl' if has_gl() else 'ray_caster'
    name = _folder_name(config, renderer)
    folder = kept_root / name
    # The description is written last: with it, the folder is complete.
    if not (folder / 'sequence.json').is_file():
        logger.info('rendering %s', folder)
        depth_scale_m = DEPTH_SCALES_M[config.render]
        views = _scene_views(config, renderer)
        write_sequence(folder, views, name=name, depth_scale_m=depth_scale_m)
    return Sequence(folder)


def _folder_name(config: SourceConfig, renderer: str) -> str:
    """Everything that the pixels depend on, so that a kept folder is never another's."""
    scenes = f'{config.render}_{config.seed}_{config.num_scenes}x{config.views_per_scene}'
    height, width = config.frame_size
    if config.neighbour_step:
        scenes += f'_{FRAME_SPACING_M[config.render]:g}m'
    return f'{scenes}_{height}x{width}_{renderer}_v{RENDERER_VERSION}'


def _scene_views(config: SourceConfig, renderer: str) -> Iterator[Sample]:
    height, width = config.frame_size
    is_video = config.neighbour_step > 0
    scenes = [
        SceneConfig(
            domain=config.render,
            seed=config.seed + scene,
            num_frames=config.views_per_scene,
            height_px=height,
            width_px=width,
            is_scattered=not is_video,
            frame_spacing_m=FRAME_SPACING_M[config.render] if is_video else None,
            renderer=renderer,
        )
        for scene in range(config.num_scenes)
    ]
    rendered = tqdm(render_scenes(scenes), total=len(scenes), unit='scene', mininterval=5)
    for scene, samples in enumerate(rendered):
        for view, sample in enumerate(samples):
            # Files are read in the order of their names, which counts in a video alone.
            number = f'{view:06d}' if is_video else f'{view}'
            yield replace(sample, name=f'{scene:06d}_{number}')
