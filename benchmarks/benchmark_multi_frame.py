"""What the frame before costs: multi_frame_depth with it and alone against small_depth.

    python benchmarks/benchmark_multi_frame.py [--size 192x640] [--threads 1]

In turns; the networks alone, in ONNX Runtime on the CPU, as deployed. It sets no bar.
"""

from __future__ import annotations

import argparse
from functools import partial
import json
from pathlib import Path
from typing import Any

import numpy as np

from depth_nodes.cli.image_size import network_size
from depth_nodes.cli.machine import describe_machine
from depth_nodes.cli.stopwatch import summarise, time_in_turns
from depth_nodes.model_header import INPUT_NAME, PREVIOUS_NAMES
from depth_nodes.runtime.model_store import find_model
from depth_nodes.runtime.onnx_session import open_session

ROOT = Path(__file__).resolve().parents[1]
FOCAL_PX = 400.0
STEP_M = 0.5


def main() -> None:
    """Measures, prints and writes the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--model', default='multi_frame_depth', help='%(default)s')
    parser.add_argument('--single', default='small_depth', help='compared with; %(default)s')
    parser.add_argument('--size', type=network_size, default=(192, 640), metavar='HxW')
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument('--calls', type=int, default=400)
    parser.add_argument('--limit-s', type=float, default=120.0, help='then fewer calls do')
    parser.add_argument(
        '--output', type=Path, default=ROOT / 'benchmarks/results/multi_frame.json'
    )
    arguments = parser.parse_args()
    result = measure(arguments)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(result, indent=2) + '\n')
    print(json.dumps(result, indent=2))


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """Times of the network of one frame, and of the other two ways."""
    image, earlier = np.random.default_rng(0).random((2, 1, 3, *arguments.size), np.float32)
    both, single = (
        open_session(find_model(name).path('onnx'), arguments.threads)
        for name in (arguments.model, arguments.single)
    )
    pose = np.eye(4, dtype=np.float32)[None]
    moved = pose.copy()
    moved[0, 2, 3] = STEP_M
    height, width = arguments.size
    intrinsics = np.array(
        [[[FOCAL_PX, 0, width / 2], [0, FOCAL_PX, height / 2], [0, 0, 1]]], np.float32
    )
    inputs = {
        name: dict(zip((INPUT_NAME, *PREVIOUS_NAMES), values, strict=True))
        for name, values in {
            'alone': (image, image, pose, intrinsics),
            'previous': (image, earlier, moved, intrinsics),
        }.items()
    }
    calls = {'single': partial(single.run, None, {INPUT_NAME: image})}
    calls |= {name: partial(both.run, None, values) for name, values in inputs.items()}
    times_ms = time_in_turns(calls, arguments.calls, arguments.limit_s)
    of_single = float(np.median(times_ms['single']))
    return {
        'size': list(arguments.size),
        'threads': arguments.threads,
        'models': {'single': arguments.single, 'alone and previous': arguments.model},
        'times': {name: summarise(values) for name, values in times_ms.items()},
        'times_single': {
            name: round(float(np.median(values)) / of_single, 3)
            for name, values in times_ms.items()
        },
        'machine': describe_machine(),
    }


if __name__ == '__main__':
    main()
