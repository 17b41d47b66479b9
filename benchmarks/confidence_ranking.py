"""Which confidence ranks errors better: agreement with the mirrored image, or with the last frame?

    python benchmarks/confidence_ranking.py --data DIR [--model small_depth] [--output FILE.json]

By the area between its sparsification curve and the oracle's (AUSE: Ilg et al., ECCV 2018) on the
sequence folders below DIR, beside that of random numbers; 0 is best. It sets no bar.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
import json
from pathlib import Path

import cv2
from filter_accuracy import means, Predict, predictor
import numpy as np

from depth_nodes.cli.machine import describe_machine
from depth_nodes.data.sample import Sample
from depth_nodes.data.sequence import Sequence
from depth_nodes.runtime.continuity import Continuity
from depth_nodes.runtime.frame import Frame
from depth_nodes.runtime.temporal_filter import CONFIDENCE_BLUR_PX, TemporalFilter

DEFAULT_OUTPUT = Path(__file__).parent / 'results' / 'confidence_ranking.json'
MIN_DEPTH_M, MAX_DEPTH_M = 0.1, 80.0
REMOVED_SHARES = np.linspace(0, 0.98, 50)


def main() -> None:
    """Measures, prints and writes the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--data', type=Path, required=True, help='folder of sequence folders')
    parser.add_argument('--model', default='small_depth')
    parser.add_argument('--output', type=Path, default=DEFAULT_OUTPUT)
    arguments = parser.parse_args()
    predict = predictor(arguments.model)
    sequences = {}
    for folder in sorted(arguments.data.iterdir()):
        if scores := confidence_scores(Sequence(folder), predict):
            sequences[folder.name] = scores
    videos = [one for one in sequences.values() if one['compared'] == one['frames'] - 1]
    result = {
        'model': arguments.model,
        'mean_of_videos': {name: means(videos)[name] for name in ('random', 'flip', 'temporal')},
        'sequences': sequences,
        'machine': describe_machine(),
    }
    text = json.dumps(result, indent=2)
    arguments.output.write_text(text + '\n')
    print(text)


def confidence_scores(sequence: Sequence, predict: Predict) -> dict[str, float]:
    """AUSE of both candidates, and of random numbers; empty without depth or camera.

    `compared` frames go on from the one before: in a video all but the first.
    """
    temporal, continuity, rows = TemporalFilter(), Continuity(), []
    for sample in sequence:
        if sample.camera is None or sample.depth_m is None:
            continue
        inverse_depth = predict(sample)
        size = inverse_depth.shape[::-1]
        green = cv2.resize(sample.image[..., 1], size).astype(np.float32) / 255
        frame = Frame(image=sample.image, camera=sample.camera, stamp_ns=sample.stamp_ns)
        goes_on = continuity.goes_on(frame)
        agreement = temporal(inverse_depth, green, gain=1.0, goes_on=goes_on).confidence
        candidates = {'flip': -flip_difference(sample, inverse_depth, predict)}
        if agreement.any():
            candidates['temporal'] = agreement
        rows.append(ause_row(sample, inverse_depth, candidates))
    compared = sum('temporal' in row for row in rows)
    return {'frames': len(rows), 'compared': compared, **means(rows)} if rows else {}


def flip_difference(sample: Sample, inverse_depth: np.ndarray, predict: Predict) -> np.ndarray:
    """|difference| in log depth from what the mirrored image says, averaged as confidence is."""
    camera = replace(sample.camera, cx_px=sample.image.shape[1] - 1 - sample.camera.cx_px)
    mirrored = replace(sample, image=np.ascontiguousarray(sample.image[:, ::-1]), camera=camera)
    difference = np.abs(np.log(inverse_depth / predict(mirrored)[:, ::-1]))
    return cv2.blur(difference, (CONFIDENCE_BLUR_PX, CONFIDENCE_BLUR_PX))


def ause_row(
    sample: Sample, inverse_depth: np.ndarray, candidates: dict[str, np.ndarray]
) -> dict[str, float]:
    """Areas above the oracle, of abs_rel over its mean without removal, after median scaling."""
    truth = sample.depth_m
    size = truth.shape[::-1]
    is_known = (truth > MIN_DEPTH_M) & (truth < MAX_DEPTH_M)
    depth = 1 / cv2.resize(inverse_depth, size)[is_known]
    depth *= np.median(truth[is_known] / depth)
    error = np.abs(depth / truth[is_known] - 1)
    oracle = sparsification(error, -error)
    areas = {'random': np.trapezoid(1 - oracle, REMOVED_SHARES)}
    for name, confidence in candidates.items():
        curve = sparsification(error, cv2.resize(confidence, size)[is_known])
        areas[name] = np.trapezoid(curve - oracle, REMOVED_SHARES)
    return areas


def sparsification(error: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    """Mean error of what is left once the least confident shares are removed, over the whole's."""
    best_first = error[np.argsort(-confidence, kind='stable')]
    running = np.cumsum(best_first) / np.arange(1, len(best_first) + 1)
    kept = np.maximum(np.rint((1 - REMOVED_SHARES) * len(error)).astype(int), 1)
    return running[kept - 1] / error.mean()


if __name__ == '__main__':
    main()
