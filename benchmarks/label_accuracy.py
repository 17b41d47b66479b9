"""Holds the depth labels of driven paths against stereo labels and recorded poses.

    python benchmarks/label_accuracy.py --sequence DIR [DIR ...] [--camera-height-m 1.65]

Each folder needs stereo pairs or depth, and poses. Prints JSON; it sets no bar.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
import json
from pathlib import Path
import sys

import numpy as np

from depth_nodes.data.multi_view import with_multi_view_depth
from depth_nodes.data.road_odometry import RoadConfig, with_road_poses
from depth_nodes.data.sample import Sample
from depth_nodes.data.sequence import Sequence
from depth_nodes.data.stereo import with_stereo_depth


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--sequence', type=Path, nargs='+', required=True, metavar='DIR')
    parser.add_argument('--frames', type=int, default=50, help='the first of each folder')
    parser.add_argument('--camera-height-m', type=float, default=1.65)
    arguments = parser.parse_args()
    road = RoadConfig(camera_height_m=arguments.camera_height_m)
    results = {}
    for path in arguments.sequence:
        folder = Sequence(path)
        samples = [folder[index] for index in range(min(arguments.frames, len(folder)))]
        results[folder.name] = {**depth_errors(samples), **step_ratios(samples, road)}
    print(json.dumps(results, indent=2))
    return 0


def depth_errors(samples: list[Sample]) -> dict[str, float]:
    """Labels along the recorded poses against those of the stereo pairs."""
    errors, ratios, shares = [], [], []
    truths = {sample.name: with_stereo_depth(sample) for sample in samples if _is_pair(sample)}
    for label in with_multi_view_depth([replace(one, depth_m=None) for one in samples]):
        if label.name not in truths:
            continue
        step = label.depth_stride
        truth = truths[label.name].depth_m[::step, ::step]
        both = (truth > 0) & (label.depth_m > 0)
        ratio = label.depth_m[both] / truth[both]
        errors.append(float(np.median(np.abs(ratio - 1))))
        ratios.append(float(np.median(ratio)))
        shares.append(float((label.depth_m > 0).mean()))
    if not errors:
        return {}
    return {
        'median_relative_error': round(float(np.mean(errors)), 4),
        'median_ratio': round(float(np.mean(ratios)), 4),
        'labelled_share': round(float(np.mean(shares)), 3),
    }


def step_ratios(samples: list[Sample], road: RoadConfig) -> dict[str, float]:
    """Steps found on the road over the recorded ones."""
    found = list(with_road_poses([replace(one, world_from_camera=None) for one in samples], road))
    ratios = steps(found) / np.maximum(steps(samples), 1e-3)
    low, middle, high = np.percentile(ratios, [5, 50, 95])
    return {
        'step_ratio_p05': round(float(low), 3),
        'step_ratio_median': round(float(middle), 3),
        'step_ratio_p95': round(float(high), 3),
    }


def steps(samples: list[Sample]) -> np.ndarray:
    """Ways between the frames [m]."""
    places = np.array([sample.world_from_camera[:3, 3] for sample in samples])
    return np.linalg.norm(np.diff(places, axis=0), axis=-1)


def _is_pair(sample: Sample) -> bool:
    return sample.right is not None and sample.stereo_baseline_m is not None


if __name__ == '__main__':
    sys.exit(main())
