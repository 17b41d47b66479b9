"""Times rendering whole sequences, building their scenes included.

    python benchmarks/benchmark_renderer.py [--size 192x640] [--scenes 6] [--output FILE.json]

The yardstick is the ray caster, which draws the same scenes without OpenGL. Exit code 1 if a bar
is missed.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
import statistics
import sys
import time

from tqdm import tqdm

from depth_nodes.cli.image_size import picture_size
from depth_nodes.cli.machine import describe_machine
from depth_nodes.data.synthetic.gl_context import gl_context
from depth_nodes.data.synthetic.render import render_sequence
from depth_nodes.data.synthetic.scene import DOMAINS, SceneConfig

DEFAULT_OUTPUT = Path(__file__).parent / 'results' / 'renderer.json'
MIN_FRAMES_PER_S = 5.0
FIRST_SEED = 500_000  # nothing is trained on these
RAY_CAST_FRAMES = 1


def main() -> int:
    """Measures, prints and writes the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--size', type=picture_size, default=(192, 640), metavar='HxW')
    parser.add_argument('--scenes', type=int, default=6, help='of each domain')
    parser.add_argument('--frames', type=int, default=10, help='of each scene')
    parser.add_argument('--output', type=Path, default=DEFAULT_OUTPUT)
    arguments = parser.parse_args()
    result = measure(arguments.size, arguments.scenes, arguments.frames)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(result, indent=2) + '\n')
    print(json.dumps(result, indent=2))
    return 0 if result['is_within_bars'] else 1


def measure(size: tuple[int, int], num_scenes: int, num_frames: int) -> dict:
    """Times domain after domain; the two renderers take turns."""
    domains = {}
    for domain in DOMAINS:
        seconds(config(domain, 0, size, 1, 'gl'))  # compiles shaders, bakes patterns
        scenes = tqdm(range(num_scenes), desc=domain, leave=False, disable=None)
        times = [
            (
                seconds(config(domain, scene, size, num_frames, 'gl')) / num_frames,
                seconds(config(domain, scene, size, RAY_CAST_FRAMES, 'ray_caster'))
                / RAY_CAST_FRAMES,
            )
            for scene in scenes
        ]
        drawn, cast = ([pair[i] for pair in times] for i in (0, 1))
        domains[domain] = {
            'frames_per_s': round(num_scenes / sum(drawn), 2),
            'median_s_per_frame': round(statistics.median(drawn), 4),
            'slowest_scene_s_per_frame': round(max(drawn), 4),
            'ray_caster_over_gl': round(sum(cast) / sum(drawn), 1),
        }
    slowest = min(values['frames_per_s'] for values in domains.values())
    return {
        'height_px': size[0],
        'width_px': size[1],
        'scenes_per_domain': num_scenes,
        'frames_per_scene': num_frames,
        'image_samples_per_pixel': 4,
        'opengl': gl_context().context.info['GL_RENDERER'],
        'domains': domains,
        'bars': {'frames_per_s': MIN_FRAMES_PER_S},
        'is_within_bars': slowest >= MIN_FRAMES_PER_S,
        'machine': describe_machine(),
    }


def config(
    domain: str, scene: int, size: tuple[int, int], num_frames: int, renderer: str
) -> SceneConfig:
    """A sequence of a scene, drawn as well as GL does by default."""
    return SceneConfig(
        domain=domain,
        seed=FIRST_SEED + scene,
        num_frames=num_frames,
        height_px=size[0],
        width_px=size[1],
        renderer=renderer,
        image_oversampling=2,
    )


def seconds(scene: SceneConfig) -> float:
    """Wall-clock time of a sequence."""
    start = time.monotonic()
    for _ in render_sequence(scene):
        pass
    return time.monotonic() - start


if __name__ == '__main__':
    sys.exit(main())
