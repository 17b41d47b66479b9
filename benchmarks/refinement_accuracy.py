"""What refinement does to depth: edges, RMSE and abs_rel, coarse against refined.

    python benchmarks/refinement_accuracy.py [--sequence DIR ...] [--refiner NAME or PATH]

Views of held-out scenes are rendered at 1080p, and `--sequence` adds folders with dense depth,
such as middlebury_2014. Bars: on the rendered views F1 of the edges 1.25 times that of the coarse
depth and RMSE no larger; on folders 1.10 times, and abs_rel at most 1.02 times. Both depths are
scaled by the ratio of medians. Exit code 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
import json
import math
from pathlib import Path
import sys
from typing import Any

from tqdm import tqdm

from depth_nodes.cli.image_size import picture_size
from depth_nodes.cli.machine import describe_machine
from depth_nodes.cli.predictor import (
    DEFAULT_MODEL,
    make_predictor,
    UNLIMITED_RANGE_M,
)
from depth_nodes.data.sequence import Sequence
from depth_nodes.data.synthetic.scene import DOMAINS
from depth_nodes.errors import DepthNodesError
from depth_nodes.evaluation.held_out import HeldOutScenes, renderer_in_words
from depth_nodes.evaluation.refinement import RefinementScores, score_refinement
from depth_nodes.evaluation.refiner_card import refinement_table
from depth_nodes.evaluation.source import FrameSource
from depth_nodes.evaluation.source import Predictor as FramePredictor
from depth_nodes.runtime.edge_sharpening import sharpen_edges
from depth_nodes.runtime.refiner import DEFAULT_REFINER

ROOT = Path(__file__).resolve().parents[1]
# Least ratio of F1, and the most of an error: refined over coarse.
RENDERED_BARS = {'min_edge_f1': 1.25, 'max_rmse_m': 1.0}
RECORDED_BARS = {'min_edge_f1': 1.10, 'max_abs_rel': 1.02}


def main() -> int:
    """Measures, prints and writes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--model', default=DEFAULT_MODEL, help='the coarse one; %(default)s')
    parser.add_argument('--refiner', default=DEFAULT_REFINER, help='%(default)s')
    parser.add_argument('--backend', default='auto')
    parser.add_argument(
        '--sharpen-coarse',
        action='store_true',
        help='the coarse depth too gets the last step of refinement, which needs no network',
    )
    parser.add_argument('--sequence', type=Path, nargs='+', default=[], metavar='DIR')
    parser.add_argument('--domains', nargs='*', choices=DOMAINS, default=['room', 'street'])
    parser.add_argument('--views', type=int, default=6, help='of each domain; %(default)s')
    parser.add_argument('--size', type=picture_size, default=(1080, 1920), metavar='HxW')
    parser.add_argument(
        '--output', type=Path, default=ROOT / 'benchmarks/results/refinement_accuracy.json'
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
    """The scores of every source, and which bars they miss, ready for JSON; prints a table."""
    predictors = [
        make_predictor(
            arguments.model, arguments.backend, refine=refine, depth_range_m=UNLIMITED_RANGE_M
        )
        for refine in (None, arguments.refiner)
    ]
    scenes = [
        HeldOutScenes(domain=domain, num_views=arguments.views, size_px=arguments.size)
        for domain in arguments.domains
    ]
    compared: list[FramePredictor] = list(predictors)
    if arguments.sharpen_coarse:
        compared[0] = lambda sample: sharpen_edges(predictors[0](sample))
    rendered = scored(compared, scenes)
    recorded = scored(compared, [Sequence(path) for path in arguments.sequence])
    print(refinement_table(rendered | recorded))
    missed = missed_bars(rendered, RENDERED_BARS) + missed_bars(recorded, RECORDED_BARS)
    print('\n'.join(missed) or 'within all bars')
    result = {
        'machine': describe_machine(),
        'settings': {
            'model': predictors[1].model_name,
            'weights_sha256': predictors[1].weights_sha256,
            'is_coarse_sharpened': arguments.sharpen_coarse,
            'renderer': renderer_in_words(arguments.size),
        },
        'sequences': {name: in_json(one) for name, one in (rendered | recorded).items()},
        'missed': missed,
    }
    for predictor in predictors:
        predictor.close()
    return result


def scored(
    predictors: list[FramePredictor], sources: Iterable[FrameSource]
) -> dict[str, RefinementScores]:
    """Coarse and refined depth against the truth of each source."""
    shown = tqdm(sources, unit='sequence', disable=None)
    return {source.name: score_refinement(*predictors, source) for source in shown}


def missed_bars(scores: dict[str, RefinementScores], bars: dict[str, float]) -> list[str]:
    """A line for each bar that a source misses; a ratio that is unknown misses it."""
    missed = []
    for name, one in scores.items():
        for bar, limit in bars.items():
            kind, _, score = bar.partition('_')
            ratio = getattr(one.ratios, score)
            if not (ratio >= limit if kind == 'min' else ratio <= limit):
                missed.append(
                    f'{name}: {score} is {ratio:.3f} times the coarse one; {bar} {limit}'
                )
    return missed


def in_json(scores: RefinementScores) -> dict[str, Any]:
    """Numbers; None where there is none, or an infinite ratio."""
    stages = {'coarse': scores.coarse, 'refined': scores.refined, 'ratio': scores.ratios}
    values = {
        stage: {
            name: round(value, 4) if math.isfinite(value) else None
            for name, value in found._asdict().items()
        }
        for stage, found in stages.items()
    }
    return {'frames': scores.frames, 'edge_frames': scores.edge_frames, **values}


if __name__ == '__main__':
    sys.exit(main())
