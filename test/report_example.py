"""Results such as `evaluate` writes, of a network that is a bit worse than another."""

from typing import Any

import numpy as np

METRICS = ('abs_rel', 'sq_rel', 'rmse', 'rmse_log', 'd1', 'd2', 'd3', 'silog', 'irmse_per_km',
           'imae_per_km')  # fmt: skip
REGIONS = ('top_left', 'top', 'top_right', 'left', 'centre', 'right', 'bottom_left', 'bottom',
           'bottom_right')  # fmt: skip


def correlated_noise(rng: np.random.Generator, num_frames: int, memory: float) -> np.ndarray:
    """An autoregressive series of variance 1."""
    noise = rng.normal(size=num_frames)
    for index in range(1, num_frames):
        noise[index] = memory * noise[index - 1] + np.sqrt(1 - memory**2) * noise[index]
    return noise


def example_frames(num_frames: int, shift: float = 0.0, seed: int = 0) -> list[dict[str, Any]]:
    """Frames of one scene; `shift` is what a network adds to the error of each, about."""
    scene = 0.2 + 0.03 * correlated_noise(np.random.default_rng(0), num_frames, 0.9)
    own = 0.01 * correlated_noise(np.random.default_rng(100 + seed), num_frames, 0.8)
    errors = np.maximum(scene + own + shift, 0.01)
    return [
        {
            'name': f'{index:06d}', 'stamp_s': 1700000000.0 + index / 10, 'abs_rel': error,
            'rmse': 3 * error, 'd1': 1 - 1.5 * error, 'scale': 1 + 0.5 * error, 'density': 1.0,
            'silog': 70 * error,
        }
        for index, error in enumerate(errors.tolist())
    ]  # fmt: skip


def example_sequence(frames: list[dict[str, Any]], ground_truth: str = 'folder') -> dict[str, Any]:
    error = float(np.mean([frame['abs_rel'] for frame in frames]))
    scales = np.array([frame['scale'] for frame in frames])
    means = dict.fromkeys(METRICS, error) | {'density': 0.98}
    ranges = ((0, 2), (2, 5), (5, 10), (10, 20), (20, 40), (40, 80))
    return {
        'frames': len(frames),
        **means,
        'scale_median': float(np.median(scales)),
        'scale_std_over_median': float(np.std(scales / np.median(scales))),
        'alignments': {'none': means, 'median': {name: 0.7 * error for name in means}},
        'by_range': [
            {
                'min_m': near, 'max_m': far, 'share': 0.4 / 2**index, 'rmse': error * far / 2,
                'abs_rel': error + index / 50, 'bias_m': 0.1 * index - 0.05,
                'd1': 0.8 - index / 20, 'density': 1.0,
            }
            for index, (near, far) in enumerate(ranges)
        ],
        'by_region': {
            name: {'share': 1 / 9, 'abs_rel': error * (1 + index / 20), 'bias_m': 0.1, 'd1': 0.8,
                   'density': 1.0}
            for index, name in enumerate(REGIONS)
        },
        'temporal': {
            'pairs': len(frames) - 1, 'scale_drift_per_min': 0.02, 'scale_jitter': 0.031,
            'flicker': 0.042, 'flicker_of': 'static pixels', 'static_share': 0.6,
        },
        'obstacles': {
            'columns': 64_000, 'nearest_error_m': 0.21, 'nearest_rel': 0.11,
            'within': [
                {'distance_m': distance, 'true_columns': 1000 * distance, 'missed': 60 * distance,
                 'phantom': 15 * distance, 'missed_share': 0.06, 'phantom_share': 0.015}
                for distance in (1, 2, 5)
            ],
        },
        'skipped': {'no depth within 50 ms': 3},
        'clock_offset_s': None,
        'warnings': [],
        'ground_truth': ground_truth,
        'per_frame': frames,
    }  # fmt: skip


def example_results(sequences: dict[str, dict[str, Any]], model: str = 'fake') -> dict[str, Any]:
    return {
        'schema': 2,
        'model': model,
        'weights_sha256': 'c0ffee' * 10 + '1234',
        'command': 'depth_nodes evaluate --bag kitchen.bag --output run.json',
        'versions': {'depth_nodes': '0.1.0', 'python': '3.11.7', 'numpy': '2.4.6'},
        'protocol': None,
        'align': 'none',
        'crop': 'none',
        'min_depth_m': 0.1,
        'max_depth_m': 80.0,
        'complete': True,
        'problems': [],
        'sequences': sequences,
        'overall': {'frames': sum(result['frames'] for result in sequences.values())},
    }


LATENCY = {
    'age_p50_ms': 41.0, 'age_p95_ms': 63.0, 'age_p99_ms': 88.0, 'jitter_ms': 6.1,
    'published': 196, 'expected': 200, 'dropped': 4, 'cpu_share': 0.62,
}  # fmt: skip
