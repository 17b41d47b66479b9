"""Render scenes as sequence folders with exact depth, poses and, if wanted, stereo pairs."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

from depth_nodes.cli.image_size import picture_size
from depth_nodes.data.sample import Sample
from depth_nodes.data.sequence import write_sequence
from depth_nodes.data.synthetic.gl_context import gl_context
from depth_nodes.data.synthetic.render import render_sequence
from depth_nodes.data.synthetic.scene import (
    DEPTH_SCALES_M,
    DOMAINS,
    RENDERER_VERSION,
    RENDERERS,
    SceneConfig,
)
from depth_nodes.errors import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's options."""
    parser.add_argument('--domain', choices=DOMAINS, required=True, help='what to render')
    parser.add_argument('--scenes', type=int, default=1, metavar='N', help='how many (default 1)')
    parser.add_argument(
        '--frames', type=int, default=10, metavar='F', help='of each scene (default 10)'
    )
    parser.add_argument(
        '--size',
        type=picture_size,
        default=(192, 640),
        metavar='HxW',
        help='of the pictures [px] (default 192x640)',
    )
    parser.add_argument(
        '--seed',
        type=int,
        default=0,
        metavar='S',
        help='of the first scene; the next ones have S+1, S+2, ... (default 0)',
    )
    parser.add_argument(
        '--output', type=Path, required=True, metavar='DIR', help='gets a folder DOMAIN_SEED each'
    )
    parser.add_argument(
        '--scattered', action='store_true', help='independent views in place of a smooth path'
    )
    parser.add_argument(
        '--frame-spacing-m',
        type=float,
        metavar='D',
        help='about how far the camera moves from frame to frame; if not given, as fast as what '
        'carries it',
    )
    parser.add_argument(
        '--stereo-baseline-m',
        type=float,
        default=0.0,
        metavar='B',
        help='also render a right picture from this far to the right',
    )
    parser.add_argument(
        '--fov-deg',
        type=float,
        metavar='A',
        help='horizontal field of view; each scene draws its own if not given',
    )
    parser.add_argument(
        '--renderer',
        choices=RENDERERS,
        default='auto',
        help='OpenGL, the slower ray caster, or whatever works (default auto)',
    )


def run(arguments: argparse.Namespace) -> int:
    """Renders scene after scene.

    Raises:
        ConfigError: a number makes no sense, or a folder is there already.
        BackendError: OpenGL is demanded and missing.
    """
    configs = [_config(arguments, scene) for scene in range(arguments.scenes)]
    if not configs:
        raise ConfigError(f'--scenes is {arguments.scenes}; ask for at least 1')
    folders = [arguments.output / f'{config.domain}_{config.seed}' for config in configs]
    for folder in folders:
        if folder.exists():
            raise ConfigError(
                f'{folder} is there already; remove it, or change --output or --seed'
            )
    if arguments.renderer == 'gl':
        gl_context()  # says what is missing before there is a folder
    with tqdm(total=len(configs) * arguments.frames, unit='frame', disable=None) as progress:
        for config, folder in zip(configs, folders, strict=True):
            _write(config, folder, progress)
    print(f'{arguments.output}: {len(folders)} x {arguments.frames} frames, {folders[0].name} ...')
    return 0


def _config(arguments: argparse.Namespace, scene: int) -> SceneConfig:
    height, width = arguments.size
    return SceneConfig(
        domain=arguments.domain,
        seed=arguments.seed + scene,
        num_frames=arguments.frames,
        height_px=height,
        width_px=width,
        fov_deg=arguments.fov_deg,
        is_scattered=arguments.scattered,
        renderer=arguments.renderer,
        stereo_baseline_m=arguments.stereo_baseline_m,
        frame_spacing_m=arguments.frame_spacing_m,
    )


def _write(config: SceneConfig, folder: Path, progress: tqdm) -> None:
    def frames() -> Iterator[Sample]:
        for sample in render_sequence(config):
            yield sample
            progress.update()

    write_sequence(
        folder,
        frames(),
        name=folder.name,
        rate_hz=config.rate_hz,
        depth_scale_m=DEPTH_SCALES_M[config.domain],
        metadata={
            'domain': config.domain,
            'license': 'Apache-2.0',
            'source': f'rendered, seed {config.seed}, renderer version {RENDERER_VERSION}',
            'is_scattered': config.is_scattered,
        },
    )
