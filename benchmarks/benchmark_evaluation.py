"""Times what `evaluate` computes of a frame: every metric, for every alignment.

    python benchmarks/benchmark_evaluation.py [--size 240x320] [--output FILE.json]

Frames of a rendered room, whose truth is known at every pixel and whose poses reproject it.
Processor time of one thread, so that waiting for a core that others use does not count. Exit code
1 if a bar is missed.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
import itertools
import json
from pathlib import Path
import sys
import time

import numpy as np

from depth_nodes.cli.machine import describe_machine
from depth_nodes.data.sample import Sample
from depth_nodes.data.synthetic.render import render_sequence
from depth_nodes.data.synthetic.scene import SceneConfig
from depth_nodes.evaluation.evaluation_config import EvaluationConfig
from depth_nodes.evaluation.sequence_evaluation import SequenceEvaluation

DEFAULT_OUTPUT = Path(__file__).parent / 'results' / 'evaluation.json'
ALIGNMENTS = ('none', 'median', 'affine')
WARM_UP = 5
NUM_FRAMES = 8
MAX_P50_MS = 12.0


def main() -> int:
    """Measures, prints and writes the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--size', default='240x320', metavar='HxW')
    parser.add_argument('--iterations', type=int, default=100)
    parser.add_argument('--output', type=Path, default=DEFAULT_OUTPUT)
    arguments = parser.parse_args()
    height, width = (int(value) for value in arguments.size.split('x'))
    result = measure(height, width, arguments.iterations)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(result, indent=2) + '\n')
    print(json.dumps(result, indent=2))
    return 0 if result['is_within_bars'] else 1


def measure(height: int, width: int, iterations: int) -> dict:
    """Times a frame under every alignment, in turns."""
    frames = make_frames(height, width)
    evaluations = {
        align: SequenceEvaluation(EvaluationConfig(align=align)) for align in ALIGNMENTS
    }
    times_ms: dict[str, list[float]] = {align: [] for align in ALIGNMENTS}
    for index, (sample, depth) in zip(
        range(WARM_UP + iterations), itertools.cycle(frames), strict=False
    ):
        stamped = replace(sample, stamp_ns=index * 10**8)
        for align, evaluation in evaluations.items():
            start = time.thread_time()
            evaluation.add(stamped, depth)
            if index >= WARM_UP:
                times_ms[align].append((time.thread_time() - start) * 1e3)
    times = {align: statistics(values) for align, values in times_ms.items()}
    known = np.mean([np.mean(sample.depth_m > 0) for sample, _ in frames])
    return {
        'height_px': height,
        'width_px': width,
        'known_share': round(float(known), 3),
        'iterations': iterations,
        'processor_times': times,
        'bars': {'p50_ms': MAX_P50_MS},
        'is_within_bars': max(time['p50_ms'] for time in times.values()) <= MAX_P50_MS,
        'machine': describe_machine(),
    }


def make_frames(height: int, width: int) -> list[tuple[Sample, np.ndarray]]:
    """Frames, and depth that is wrong by a factor and noise."""
    scene = SceneConfig(
        domain='room', seed=0, num_frames=NUM_FRAMES, height_px=height, width_px=width
    )
    random = np.random.default_rng(0)
    return [
        (sample, (sample.depth_m * random.normal(1.1, 0.05, (height, width))).astype(np.float32))
        for sample in render_sequence(scene)
    ]


def statistics(values: list[float]) -> dict[str, float]:
    """Median, 99th percentile and median absolute deviation [ms]."""
    median = np.median(values)
    numbers = {
        'p50_ms': median,
        'p99_ms': np.percentile(values, 99),
        'spread_ms': np.median(np.abs(values - median)),
    }
    return {key: round(float(value), 4) for key, value in numbers.items()}


if __name__ == '__main__':
    sys.exit(main())
