"""What the frame before does to depth: a network of several frames, with poses and without.

    python benchmarks/multi_frame_accuracy.py [--single FILE] [--sequence DIR[:FIRST] ...]
                                              [--pose-errors]

Videos of held-out scenes are rendered, and `--sequence` adds folders with depth and poses.txt,
whole or from a frame on. `alone` is the same network where nobody tells it how the camera moved;
`--single` adds the network of one frame of the same training (`--set architecture=small_depth`),
`--pose-errors` what becomes of `previous` where the poses are wrong.
Bar: abs_rel in metres at most 0.90 times that of the network of one frame, or of `alone` without
--single. Exit code 1 if it is missed.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import replace
import json
from pathlib import Path
import sys
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from depth_nodes.cli.machine import describe_machine
from depth_nodes.cli.predictor import make_predictor, UNLIMITED_RANGE_M
from depth_nodes.data.sample import Sample
from depth_nodes.data.sequence import Sequence
from depth_nodes.data.synthetic.parallel import render_scenes
from depth_nodes.data.synthetic.scene import DOMAINS, SceneConfig
from depth_nodes.errors import DepthNodesError, InputError
from depth_nodes.evaluation.held_out import (
    FIRST_SEED,
    HEIGHT_PX,
    renderer_in_words,
    WIDTH_PX,
)
from depth_nodes.evaluation.metrics import image_metrics
from depth_nodes.evaluation.model_card import markdown_table
from depth_nodes.evaluation.scorecard import MEDIAN, METRES
from depth_nodes.evaluation.source import Predictor
from depth_nodes.training.rendered import FRAME_SPACING_M

ROOT = Path(__file__).resolve().parents[1]
MAX_RATIO = 0.90
# Factor of all ways, and the standard deviation [deg] of each pose's rotation about each axis.
POSE_ERRORS = {
    'way + 5 %': (1.05, 0.0),
    'way + 20 %': (1.2, 0.0),
    '0.1 deg off': (1.0, 0.1),
    '0.5 deg off': (1.0, 0.5),
}
Scores = dict[str, dict[str, float]]


def main() -> int:
    """Measures, prints and writes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--model', default='multi_frame_depth', help='%(default)s')
    parser.add_argument('--single', metavar='FILE', help='the network of one frame')
    parser.add_argument('--backend', default='auto')
    parser.add_argument('--sequence', type=part, nargs='+', default=[], metavar='DIR[:FIRST]')
    parser.add_argument('--pose-errors', action='store_true', help='wrong odometry too')
    parser.add_argument('--domains', nargs='*', choices=DOMAINS, default=list(DOMAINS))
    parser.add_argument('--scenes', type=int, default=20, help='of each domain; %(default)s')
    parser.add_argument('--frames', type=int, default=8, help='of each scene; %(default)s')
    parser.add_argument(
        '--output', type=Path, default=ROOT / 'benchmarks/results/multi_frame_accuracy.json'
    )
    arguments = parser.parse_args()
    try:
        result = measure(arguments)
    except DepthNodesError as error:
        print(error, file=sys.stderr)
        return 2
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(result, indent=2, allow_nan=False) + '\n')
    print(f'written: {arguments.output}')
    return 1 if result['missed'] else 0


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """The scores of every source, and which miss the bar, ready for JSON; prints a table."""
    paths = {'previous': arguments.model, 'alone': arguments.model}
    if arguments.single:
        paths['single'] = arguments.single
    pose_errors = POSE_ERRORS if arguments.pose_errors else {}
    paths |= dict.fromkeys(pose_errors, arguments.model)
    predictors = {
        name: make_predictor(path, arguments.backend, depth_range_m=UNLIMITED_RANGE_M)
        for name, path in paths.items()
    }
    compared: dict[str, Predictor] = {
        **predictors,
        'alone': lambda sample: predictors['alone'](replace(sample, world_from_camera=None)),
        **{name: misled(predictors[name], *error) for name, error in pose_errors.items()},
    }
    sources = {f'rendered_{domain}': _video(domain, arguments) for domain in arguments.domains}
    sources |= {path.name: _posed(path, first) for path, first in arguments.sequence}
    scores = {
        name: scored(compared, source)
        for name, source in tqdm(sources.items(), unit='sequence', disable=None)
    }
    reference = 'single' if arguments.single else 'alone'
    print(table(scores, reference))
    missed = missed_bars(scores, reference)
    print('\n'.join(missed) or 'within the bar')
    result = {
        'machine': describe_machine(),
        'settings': {
            'models': {name: predictor.model_name for name, predictor in predictors.items()},
            'weights_sha256': {name: one.weights_sha256 for name, one in predictors.items()},
            'video': f'{arguments.scenes} scenes of {arguments.frames} frames',
            'renderer': renderer_in_words((HEIGHT_PX, WIDTH_PX)),
            'first_frames': {path.name: first for path, first in arguments.sequence},
        },
        'sequences': scores,
        'missed': missed,
    }
    for predictor in predictors.values():
        predictor.close()
    return result


def scored(predictors: dict[str, Predictor], source: Callable[[], Iterator[Sample]]) -> Scores:
    """Means over the frames, by predictor: abs_rel in metres, and after median scaling.

    Raises:
        InputError: no frame has depth in range.
    """
    rows: dict[str, list[tuple[float, float]]] = {name: [] for name in predictors}
    for sample in source():
        for name, predict in predictors.items():
            depth_m = predict(sample)  # of frames without truth too: the next one looks back
            if sample.depth_m is None:
                continue
            found = [
                image_metrics(depth_m, sample.depth_m, config, sample.depth_stride)
                for config in (METRES, MEDIAN)
            ]
            if all(found):
                rows[name].append((found[0].abs_rel, found[1].abs_rel))
    if not all(rows.values()):
        raise InputError('a source has no frame with depth in range; give others')
    return {name: _means(values) for name, values in rows.items()}


def misled(predict: Predictor, way_factor: float, rotation_deg: float) -> Predictor:
    """A predictor that is told wrong poses: ways by a factor, each rotation off at random."""
    random = np.random.default_rng(0)

    def predict_misled(sample: Sample) -> np.ndarray:
        told = sample.world_from_camera
        if told is not None:
            turn, _ = cv2.Rodrigues(random.normal(0, np.radians(rotation_deg), 3))
            told = told.copy()
            told[:3, :3] = told[:3, :3] @ turn
            told[:3, 3] *= way_factor
        return predict(replace(sample, world_from_camera=told))

    return predict_misled


def table(scores: dict[str, Scores], reference: str) -> str:
    """abs_rel in metres / after median scaling, and the ratio to the reference."""
    names = list(next(iter(scores.values())))
    rows = [('sequence', *names, f'previous / {reference}', 'frames')]
    for source, one in scores.items():
        cells = (f'{one[name]["metres"]:.3f} / {one[name]["median"]:.3f}' for name in names)
        ratios = (f'{_ratio(one, reference, kind):.2f}' for kind in ('metres', 'median'))
        rows.append((source, *cells, ' / '.join(ratios), str(one['previous']['frames'])))
    return markdown_table(rows)


def missed_bars(scores: dict[str, Scores], reference: str) -> list[str]:
    """A line for each source that misses the bar."""
    return [
        f'{source}: {_ratio(one, reference, "metres"):.3f} times {reference}; at most {MAX_RATIO}'
        for source, one in scores.items()
        if not _ratio(one, reference, 'metres') <= MAX_RATIO
    ]


def _ratio(scores: Scores, reference: str, kind: str) -> float:
    return scores['previous'][kind] / scores[reference][kind]


def _means(rows: list[tuple[float, float]]) -> dict[str, float]:
    metres, median = np.mean(rows, axis=0)
    return {'metres': round(metres, 4), 'median': round(median, 4), 'frames': len(rows)}


def part(text: str) -> tuple[Path, int]:
    """A folder, and the first frame that counts."""
    folder, _, first = text.rpartition(':')
    return (Path(folder), int(first)) if folder and first.isdecimal() else (Path(text), 0)


def _video(domain: str, arguments: argparse.Namespace) -> Callable[[], Iterator[Sample]]:
    """Scenes that no training uses, one after the other; each begins at time 0."""
    scenes = [
        SceneConfig(
            domain=domain,
            seed=FIRST_SEED + scene,
            num_frames=arguments.frames,
            height_px=HEIGHT_PX,
            width_px=WIDTH_PX,
            is_scattered=False,
            frame_spacing_m=FRAME_SPACING_M[domain],
        )
        for scene in range(arguments.scenes)
    ]
    return lambda: (sample for samples in render_scenes(scenes) for sample in samples)


def _posed(path: Path, first_frame: int) -> Callable[[], Iterator[Sample]]:
    """The frames of a folder from one on.

    Raises:
        InputError: it has no poses, or fewer frames.
    """
    sequence = Sequence(path)
    if not (path / 'poses.txt').is_file() or len(sequence) <= first_frame:
        raise InputError(f'{path} has no poses.txt or no frame {first_frame}; give another one')
    return lambda: (sequence[index] for index in range(first_frame, len(sequence)))


if __name__ == '__main__':
    sys.exit(main())
