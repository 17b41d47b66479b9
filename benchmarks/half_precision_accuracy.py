"""What float16 costs in accuracy: the GPU's fp16 network against fp32, on torch's CPU device.

    python benchmarks/half_precision_accuracy.py --sequence DIR [DIR ...] --output FILE.json

The rounding of weights and activations is that of a GPU, the order of its sums is not. Prints
JSON; it sets no bar.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
import sys

import numpy as np

from depth_nodes.cli.machine import describe_machine
from depth_nodes.cli.predictor import Predictor
from depth_nodes.data.sequence import Sequence
from depth_nodes.evaluation.metrics import image_metrics
from depth_nodes.evaluation.scorecard import MEDIAN, METRES
from depth_nodes.runtime.backend import BackendConfig
from depth_nodes.runtime.depth_estimate import EstimatorConfig
from depth_nodes.runtime.model_store import find_model
from depth_nodes.runtime.torch_estimator import TorchEstimator
from depth_nodes.runtime.torch_gpu_backend import TorchGpuBackend

PRECISIONS = ('fp32', 'fp16')
UNLIMITED = EstimatorConfig(min_depth_m=1e-3, max_depth_m=1e4)


def main() -> int:
    """Measures, prints and writes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--sequence', type=Path, nargs='+', required=True, metavar='DIR')
    parser.add_argument('--model', nargs='+', default=['small_depth', 'small_depth_research'])
    parser.add_argument('--frames', type=int, default=20, help='the first of each folder')
    parser.add_argument('--output', type=Path, required=True, metavar='FILE.json')
    arguments = parser.parse_args()
    results = {
        model: {
            path.name: compare(model, Sequence(path), arguments.frames)
            for path in arguments.sequence
        }
        for model in arguments.model
    }
    text = json.dumps({'machine': describe_machine(), 'models': results}, indent=2)
    arguments.output.write_text(text + '\n')
    print(text)
    return 0


def compare(model: str, folder: Sequence, num_frames: int) -> dict[str, float]:
    """Errors of both precisions, and the difference between them, as means over the frames."""
    predictors = {precision: make_predictor(model, precision) for precision in PRECISIONS}
    rows: list[dict[str, float]] = []
    for index in range(min(num_frames, len(folder))):
        sample = folder[index]
        if sample.depth_m is None:
            continue
        depths = {name: predict(sample) for name, predict in predictors.items()}
        row = {'difference': float(np.mean(np.abs(depths['fp16'] / depths['fp32'] - 1)))}
        for name, depth in depths.items():
            for align, config in (('metres', METRES), ('median', MEDIAN)):
                metrics = image_metrics(depth, sample.depth_m, config, sample.depth_stride)
                assert metrics is not None, f'{folder.name}: no depth in range'
                row[f'abs_rel_{align}_{name}'] = metrics.abs_rel
        rows.append(row)
    means = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
    return {'frames': len(rows)} | {name: round(value, 6) for name, value in means.items()}


def make_predictor(model: str, precision: str) -> Predictor:
    """The network in the form that a GPU runs, on the CPU."""
    files = find_model(model)
    backend = TorchGpuBackend(files, BackendConfig(device='cpu', precision=precision))
    return Predictor(TorchEstimator(backend, files, UNLIMITED))


if __name__ == '__main__':
    sys.exit(main())
